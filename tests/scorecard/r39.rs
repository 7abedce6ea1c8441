//! R39: what the binary is built of is known, permitted and listed, and the same sources
//! give the same bytes.

use crate::{
    Size,
    script::{measure, texts},
    verdict::Verdict,
};

/// Where `make release-files` lays out what is released.
pub(crate) const FILES: &str = "target/release-files";
/// Of ten checks nine have to hold.
const KEPT: (u64, u64) = (9, 10);

pub(crate) async fn run(size: Size) -> Verdict {
    let measured = match measure("supply/chain.py", size, &[FILES]).await {
        Ok(measured) => measured,
        Err(error) => return Verdict::new("none".to_owned(), vec![error]),
    };
    let lists = ["denied", "unsafe", "unlisted", "unknown"];
    let told = |name: &&str| {
        let found = texts(&measured[*name]).into_iter();
        found.map(|it| format!("{name}: {it}")).collect::<Vec<_>>()
    };
    let complaints: Vec<_> = lists.iter().flat_map(told).collect();
    let count = |name: &str| measured[name].as_u64().unwrap_or_default();
    let (kept, checks) = (count("kept"), count("checks"));
    let builds = texts(&measured["builds"]);
    let value = format!(
        "wrong={},packages={},builds={},static={kept}/{checks}",
        complaints.len(),
        count("packages"),
        builds.len()
    );
    let equal = builds.first() == builds.last();
    let control = &measured["control"];
    let found = |name: &str| !texts(&control[name]).is_empty();
    Verdict::new(value, complaints)
        .require(
            count("packages") > 100,
            "the binary says what it was built from",
        )
        .require(equal, "the same sources give the same bytes")
        .require(size == Size::Small || builds.len() == 2, "two builds")
        .require(
            checks > 0 && kept * KEPT.1 >= checks * KEPT.0,
            "enough static checks hold",
        )
        .with_control(!found("checks"), "a careless tree")
        .with_control(found("unsafe"), "code that the compiler has to trust")
        .with_control(found("list"), "a package that is not listed")
}
