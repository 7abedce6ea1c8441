//! R18: from the acknowledgement to the run, while a tenth of all calls to the control
//! plane fail and the server is killed now and then.

use crate::{
    Size, acked,
    storm::{Setup, Storm, Volume, Weather},
    verdict::Verdict,
};

/// A million is what is promised, and takes two cores hours.
const VOLUME: Volume = Volume {
    events: 300_000,
    times: 1,
    connections: 64,
};
const KILLS: usize = 20;
const WEATHER: Weather = Weather(10);

pub(crate) async fn run(size: Size) -> Verdict {
    let volume = Volume {
        events: size.of(VOLUME.events),
        ..VOLUME
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let storm = Storm {
        setup: Setup::stored(folder.path()),
        volume,
        kills: KILLS,
        weather: WEATHER,
    };
    acked::verdict(volume.events, [("stored", storm.blow().await)]).await
}
