//! R38: the tests are worth something: the document is kept to in many requests, most
//! lines run, and mistakes that are made on purpose are noticed.

use crate::{
    Size,
    script::{measure, texts},
    verdict::Verdict,
};

const REQUESTS: usize = 20_000;
const COVERAGE: f64 = 96.0;
const CAUGHT: f64 = 0.95;

pub(crate) async fn run(size: Size) -> Verdict {
    let measured = match measure("supply/proof.py", size, &[]).await {
        Ok(measured) => measured,
        Err(error) => return Verdict::new("none".to_owned(), vec![error]),
    };
    let number = |name: &str| measured[name].as_f64().unwrap_or_default();
    let (contract, untested) = (&measured["contract"], &measured["untested"]);
    let requests = contract["requests"].as_u64().unwrap_or_default();
    let missed = texts(&measured["missed"]);
    #[expect(clippy::cast_precision_loss, reason = "some hundred")]
    let all = number("caught") + missed.len() as f64;
    let caught = number("caught") / all.max(1.0);
    let coverage = number("coverage");
    let value = format!(
        "requests={requests},undeclared={},coverage={coverage:.1}%,caught={:.1}%",
        contract["found"],
        caught * 100.0
    );
    // Those that are missed are told in any case: each is a test to write.
    let complaints = if caught < CAUGHT { missed } else { Vec::new() };
    Verdict::new(value, complaints)
        .require(contract["found"] == 0, "the server keeps to its document")
        .require(requests >= size.of(REQUESTS) as u64, "enough requests")
        .require(coverage >= COVERAGE, "enough lines run")
        .require(all > 0.0 && caught >= CAUGHT, "enough mistakes are noticed")
        .with_control(measured["lying"]["found"] != 0, "a document that lies")
        .with_control(number("uncovered") < COVERAGE, "a part of the tests")
        .with_control(
            untested["caught"] == 0 && !texts(&untested["missed"]).is_empty(),
            "no test at all",
        )
}
