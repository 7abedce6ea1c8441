//! The same as in the row ACKED, by three servers that share an inbox in PostgreSQL.

use crate::{
    Size,
    acked::{self, KILLS, VOLUME, WEATHER},
    postgres::Server,
    storm::{Setup, Storm, Volume},
    verdict::Verdict,
};

const REPLICAS: usize = 3;

pub(crate) async fn run(size: Size) -> Verdict {
    let volume = Volume {
        events: size.of(VOLUME.events),
        ..VOLUME
    };
    let server = Server::start(true).await;
    let blow = async |setup: Setup, database: &str| {
        server.create(database).await;
        let url = server.url(database);
        let setup = Setup {
            store: Some(format!("postgres_url: '{url}'")),
            replicas: REPLICAS,
            ..setup
        };
        let storm = Storm {
            setup,
            volume,
            kills: size.of(KILLS),
            weather: WEATHER,
        };
        storm.blow().await
    };
    let stored = blow(Setup::stored("".as_ref()), "stored").await;
    let launched = blow(Setup::launched(), "launched").await;
    acked::verdict(volume.events, [("stored", stored), ("launched", launched)]).await
}
