//! Requests with something wrong in them, the same ones in every run.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::vectors;

const CLEAN: [&str; 9] = [
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /a?b=c HTTP/1.1\r\nHost: x:80\r\nAccept: */*\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 38\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: inner\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nh\r\n04\r\nello\r\n0\r\nA: b\r\n\r\n",
    "PUT http://x/a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /a HTTP/1.0\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
];

/// What is put somewhere into a request.
const PIECES: [&[u8]; 34] = [
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"\x0b",
    b"\0",
    b"\x7f",
    b"\xff",
    b"0",
    b"5",
    b"-",
    b"+",
    b"0x",
    b"chunked",
    b", chunked",
    b"identity",
    b"\r\n ",
    b"\r\n\t",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"content-length : 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Host: y\r\n",
    b"X: y\r\n",
    b"0\r\n\r\n",
    b"\r\n\r\n",
    b" HTTP/1.0",
    b"#",
    b"*",
];

/// So many of them.
pub(super) struct Mutants {
    random: StdRng,
    bases: Vec<Vec<u8>>,
    left: usize,
}

impl Mutants {
    pub(super) fn new(count: usize) -> Self {
        let clean = CLEAN.iter().map(|it| it.as_bytes().to_vec());
        // Clean ones more often: one mistake is harder to see than two.
        let clean = clean.cycle().take(CLEAN.len() * 10);
        let listed = vectors::refused()
            .into_iter()
            .map(|(bytes, _)| bytes.into_bytes());
        let small = listed.filter(|bytes| bytes.len() < 1024);
        Self {
            random: StdRng::seed_from_u64(25),
            bases: clean.chain(small).collect(),
            left: count,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.left
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.random.random_range(0..bytes.len());
        let end = (at + self.random.random_range(1..8)).min(bytes.len());
        match self.random.random_range(0..6) {
            0 => bytes[at] ^= 1 << self.random.random_range(0..8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            3 => bytes[at] = bytes[at].wrapping_add(1),
            _ => {
                let piece = PIECES[self.random.random_range(0..PIECES.len())];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
        }
    }
}

impl Iterator for Mutants {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(1)?;
        let base = self.random.random_range(0..self.bases.len());
        let mut bytes = self.bases[base].clone();
        for _ in 0..self.random.random_range(1..4) {
            self.mutate(&mut bytes);
            if bytes.is_empty() {
                break;
            }
        }
        Some(bytes)
    }
}
