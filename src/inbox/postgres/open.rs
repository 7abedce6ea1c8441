//! Reaching the database, and making sure that what it commits is on its disk.

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::watch;

use super::{ACQUIRE, Health, Postgres, keeper::Keeper};
use crate::{
    config,
    inbox::{error::OpenError, sweep::Retention},
};

/// The schema that holds the tables.
const SCHEMA: &str = "flyte_webhook";
/// How many connections accept, read and claim.
const CONNECTIONS: u32 = 16;

pub(in crate::inbox) async fn open(
    url: &SecretString,
    config: &config::Inbox,
) -> Result<(Postgres, Keeper), OpenError> {
    let pool = connect(url).await?;
    check(&pool).await?;
    migrate(&pool).await?;
    let (publish, health) = watch::channel(Health::default());
    let store = Postgres {
        pool: pool.clone(),
        health,
        max_bytes: config.max_bytes,
    };
    let keeper = Keeper::new(pool, publish, Retention::of(config), config);
    Ok((store, keeper))
}

/// The database as it is, to look at.
pub(in crate::inbox) async fn look(
    url: &SecretString,
    config: &config::Inbox,
) -> Result<Postgres, OpenError> {
    Ok(Postgres {
        pool: connect(url).await?,
        health: watch::channel(Health::default()).1,
        max_bytes: config.max_bytes,
    })
}

async fn connect(url: &SecretString) -> Result<PgPool, sqlx::Error> {
    let options = PgConnectOptions::from_str(url.expose_secret())?
        .application_name("flyte-webhook")
        .options([
            ("search_path", SCHEMA),
            // A role may have another default, and would lose what it has committed.
            ("synchronous_commit", "on"),
            // Nobody waits longer than this for a commit.
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await
}

/// A database that does not wait for its disk promises nothing.
async fn check(pool: &PgPool) -> Result<(), OpenError> {
    for (setting, question) in [
        ("fsync", "SHOW fsync"),
        ("full_page_writes", "SHOW full_page_writes"),
    ] {
        let value: String = sqlx::query_scalar(question).fetch_one(pool).await?;
        if value != "on" {
            return Err(OpenError::NotDurable { setting });
        }
    }
    Ok(())
}

/// Makes the schema where it is missing, one server at a time.
async fn migrate(pool: &PgPool) -> Result<(), OpenError> {
    let mut connection = pool.acquire().await?;
    make_schema(&mut connection).await?;
    sqlx::migrate!("src/inbox/migrations/postgres")
        .run(&mut *connection)
        .await?;
    Ok(())
}

async fn make_schema(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Any number will do that all servers use.
    const LOCK: &str = "SELECT pg_advisory_lock(7305512)";
    const UNLOCK: &str = "SELECT pg_advisory_unlock(7305512)";
    sqlx::query(LOCK).execute(&mut *connection).await?;
    // To make what is there needs the same right as to make it anew.
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)")
            .bind(SCHEMA)
            .fetch_one(&mut *connection)
            .await?;
    if !known {
        let made = sqlx::raw_sql("CREATE SCHEMA flyte_webhook");
        made.execute(&mut *connection).await?;
    }
    sqlx::query(UNLOCK).execute(connection).await?;
    Ok(())
}
