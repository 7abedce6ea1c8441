//! Every event comes several times over many connections, the server is killed again and
//! again, and a third of all calls to the control plane fail in every way that there is:
//! whatever is acknowledged is one run, executed once.

use crate::{
    Size,
    storm::{Outcome, Setup, Storm, Volume, Weather, control},
    verdict::Verdict,
};

pub(crate) const VOLUME: Volume = Volume {
    events: 10_000,
    times: 5,
    connections: 64,
};
pub(crate) const KILLS: usize = 200;
pub(crate) const WEATHER: Weather = Weather(33);

pub(crate) async fn run(size: Size) -> Verdict {
    let volume = Volume {
        events: size.of(VOLUME.events),
        ..VOLUME
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let blow = async |setup| {
        let storm = Storm {
            setup,
            volume,
            kills: size.of(KILLS),
            weather: WEATHER,
        };
        storm.blow().await
    };
    let stored = blow(Setup::stored(folder.path())).await;
    let launched = blow(Setup::launched()).await;
    verdict(volume.events, [("stored", stored), ("launched", launched)]).await
}

/// What is to be said of storms of so many events each.
pub(crate) async fn verdict<const N: usize>(
    events: usize,
    outcomes: [(&'static str, Outcome); N],
) -> Verdict {
    let values: Vec<_> = outcomes
        .iter()
        .map(|(name, outcome)| format!("{name}:{outcome}"))
        .collect();
    let is_one_each = outcomes.iter().all(|(_, it)| it.runs == events);
    let complaints = outcomes.into_iter().flat_map(|(name, outcome)| {
        let told = outcome.complaints.into_iter();
        told.map(move |complaint| format!("{name}: {complaint}"))
    });
    Verdict::new(
        format!("events={events},{}", values.join(",")),
        complaints.collect(),
    )
    .require(is_one_each, "one run an event")
    .with_control(
        control::is_noticed().await,
        "servers that lose one delivery of ten, or start it twice",
    )
}
