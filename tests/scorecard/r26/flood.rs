//! The known floods of HTTP/2.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

use super::frame::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GET, GOAWAY, HEADERS, PING, POST, PREFACE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, frame,
};

/// How long a flood goes on, unless it is ended.
const TIME: Duration = Duration::from_secs(3);
/// Within which it has to be ended.
const SOON: Duration = Duration::from_secs(1);

/// A flood: frames by number.
pub(crate) struct Flood {
    name: &'static str,
    frames: fn(u32) -> Vec<u8>,
}

/// What came of it.
pub(crate) struct Outcome {
    /// When the server had enough, if it had.
    ended: Option<Duration>,
}

pub(crate) static FLOODS: [Flood; 7] = [
    Flood {
        name: "rapid_reset",
        frames: |number| {
            let stream = 2 * number + 1;
            let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
            [request(stream), reset].concat()
        },
    },
    Flood {
        name: "made_you_reset",
        frames: |number| {
            let stream = 2 * number + 1;
            // An increment of nothing makes the server reset the stream.
            let nothing = frame(WINDOW_UPDATE, 0, stream, &[0; 4]);
            [frame(HEADERS, END_HEADERS, stream, POST), nothing].concat()
        },
    },
    Flood {
        name: "continuation",
        frames: |number| match number {
            0 => frame(HEADERS, END_STREAM, 1, GET),
            _ => frame(CONTINUATION, 0, 1, &header(number)),
        },
    },
    Flood {
        name: "empty_continuation",
        frames: |number| match number {
            0 => frame(HEADERS, END_STREAM, 1, GET),
            _ => frame(CONTINUATION, 0, 1, &[]),
        },
    },
    Flood {
        name: "settings",
        frames: |_| frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]),
    },
    Flood {
        name: "ping",
        frames: |number| frame(PING, 0, 0, &u64::from(number).to_be_bytes()),
    },
    Flood {
        name: "empty_data",
        frames: |number| match number {
            0 => frame(HEADERS, END_HEADERS, 1, POST),
            _ => frame(DATA, 0, 1, &[]),
        },
    },
];

fn request(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, GET)
}

/// A header of some size that is in no table.
fn header(number: u32) -> Vec<u8> {
    let name = format!("x-{number:06}");
    let value = [b'v'; 100];
    [&[0, 8][..], name.as_bytes(), &[100], &value].concat()
}

impl Flood {
    /// Floods for a while.
    pub(crate) async fn run(&'static self, server: SocketAddr) -> Outcome {
        let stream = TcpStream::connect(server).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let started = Instant::now();
        let sending = async {
            let start = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
            let mut is_sent = write.write_all(&start).await.is_ok();
            let mut numbers = 0..;
            while is_sent {
                let batch = numbers.by_ref().take(64).flat_map(self.frames);
                let batch: Vec<u8> = batch.collect();
                is_sent = write.write_all(&batch).await.is_ok();
            }
        };
        let had_enough = async {
            tokio::select! {
                () = sending => {}
                () = until_goaway(&mut read) => {}
            }
        };
        let ended = timeout(TIME, had_enough).await.is_ok();
        Outcome {
            ended: ended.then(|| started.elapsed()),
        }
    }

    pub(super) fn complaint(&self, outcome: &Outcome) -> Option<String> {
        let in_time = outcome.ended.is_some_and(|after| after <= SOON);
        let complaint = format!("{}: ended after {:?}", self.name, outcome.ended);
        (!in_time).then_some(complaint)
    }
}

/// Reads frames until the server says that it is the last, or closes.
async fn until_goaway(read: &mut (impl AsyncReadExt + Unpin)) {
    let mut head = [0; 9];
    while read.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        if head[3] == GOAWAY || read.read_exact(&mut payload).await.is_err() {
            return;
        }
    }
}
