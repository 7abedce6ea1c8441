//! A body that is small where it is sent and large where it is read.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

/// A gibibyte of zeros in some megabytes, by gzip.
pub(crate) fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..1 << 10 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}
