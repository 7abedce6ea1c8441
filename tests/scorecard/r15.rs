//! R15: one delivery that comes a thousand times at once is one run, whatever is killed
//! meanwhile; a signature counts for as long as it says and not a second longer; and
//! nothing is refused while a secret is changed.

mod edge;
mod rotation;

use crate::{
    Size,
    harness::allow_many_connections,
    storm::{Setup, Storm, Volume, Weather, control},
    verdict::Verdict,
};

const VOLUME: Volume = Volume {
    events: 1,
    times: 3_000,
    connections: 1_000,
};
const KILLS: usize = 3;
const WEATHER: Weather = Weather(10);
/// How many deliveries come while secrets are changed.
const DELIVERIES: usize = 10_000;

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let blow = async |setup| {
        let storm = Storm {
            setup,
            volume: VOLUME,
            kills: KILLS,
            weather: WEATHER,
        };
        storm.blow().await
    };
    let stored = blow(Setup::stored(folder.path())).await;
    let launched = blow(Setup::launched()).await;
    let (edges, wrong) = edge::look(edge::WINDOW);
    let (_, wider) = edge::look(edge::WINDOW + 1);
    let rotated = rotation::rotate(size.of(DELIVERIES), rotation::Order::Overlapping).await;
    let hasty = rotation::rotate(size.of(DELIVERIES) / 10, rotation::Order::Hasty).await;
    let value = format!(
        "runs={}+{},edges={edges},wrong={},deliveries={},rotations={},rejected={}",
        stored.runs,
        launched.runs,
        wrong.len(),
        rotated.deliveries,
        rotated.rotations,
        rotated.complaints.len(),
    );
    let is_one = stored.runs == 1 && launched.runs == 1;
    let complaints = [
        stored.complaints,
        launched.complaints,
        wrong,
        rotated.complaints,
    ]
    .concat();
    Verdict::new(value, complaints)
        .require(is_one, "one run of one delivery")
        .with_control(control::is_noticed().await, "servers that lose or double")
        .with_control(!wider.is_empty(), "a window that is a second wider")
        .with_control(!hasty.complaints.is_empty(), "a secret that goes too soon")
}
