//! R40: the container is small, starts at once, and can do next to nothing.

use crate::{
    Size,
    r39::FILES,
    script::{measure, texts},
    verdict::Verdict,
};

const MEGABYTE: f64 = 1_000_000.0;
const COMPRESSED: f64 = 20.0;
const START_MS: f64 = 50.0;
const RSS_MIB: f64 = 16.0;

pub(crate) async fn run(_: Size) -> Verdict {
    let measured = match measure("image/measure.py", Size::Full, &[FILES]).await {
        Ok(measured) => measured,
        Err(error) => return Verdict::new("none".to_owned(), vec![error]),
    };
    let number = |name: &str| measured[name].as_f64().unwrap_or(f64::MAX);
    let size = number("compressed_bytes") / MEGABYTE;
    let (start, memory) = (number("start_ms"), number("rss_mib"));
    let told = |name: &str, said: &str| {
        let found = texts(&measured[name]).into_iter();
        found.map(|it| format!("{said} {it}")).collect::<Vec<_>>()
    };
    let mut complaints = told("written", "it wrote:");
    complaints.extend(told("forbidden", "it called"));
    complaints.extend(told("unrestricted", "it had"));
    let value = format!(
        "wrong={},compressed={size:.1}MB,start={start}ms,rss={memory}MiB",
        complaints.len()
    );
    Verdict::new(value, complaints)
        .require(size <= COMPRESSED, "it is small")
        .require(start <= START_MS, "it starts at once")
        .require(memory <= RSS_MIB, "it takes little memory")
        .with_control(measured["control_noticed"] == true, "a program that writes")
}
