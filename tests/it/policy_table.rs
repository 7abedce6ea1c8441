//! Nothing passes an allowlist, or leads to this server itself, that a model
//! which shares no code with the server would not let through.

mod cases;
mod live;
mod model;

use self::{cases::systematic, live::differences};
use crate::harness::TestApp;

#[tokio::test]
async fn every_spelling_of_every_name_is_decided_as_the_model_decides() {
    let app = TestApp::with(live::CONFIGURATION).await;
    let cases = systematic();
    assert!(cases.len() >= 300, "only {} cases", cases.len());
    let tally = differences(&app, app.address, &cases).await;
    assert_eq!(tally.differences, [""; 0]);
    assert!(
        tally.allowed >= 40 && tally.denied >= 40 && tally.own >= 10,
        "one-sided: {tally:?}"
    );
}
