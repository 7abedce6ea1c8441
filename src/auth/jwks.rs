//! The keys that an issuer publishes (RFC 7517).
//!
//! One task fetches them, so that however many requests ask at once there is
//! one fetch. Keys that were fetched once stay in use while the issuer cannot
//! be reached: its outage is not this server's.

use std::time::Duration;

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long one fetch may take, and a request that asked for it waits.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The least time between fetches for unknown keys, and between failed ones:
/// anyone can send a token that names a key nobody has.
const LEAST_PAUSE: Duration = Duration::from_secs(10);

/// The largest document, and the most keys that are read of it.
const MOST_BYTES: usize = 1 << 20;
const MOST_KEYS: usize = 100;

/// How many requests may wait for a fetch.
const MOST_WAITING: usize = 256;

/// The issuer's keys, as last fetched.
#[derive(Clone)]
pub(super) struct Jwks {
    keys: watch::Receiver<Keys>,
    ask: mpsc::Sender<Ask>,
}

/// A request that misses a key. What it waits for is dropped, not sent, when the
/// keys are as new as they get.
struct Ask {
    /// Which keys it has looked through.
    seen: u64,
    _done: oneshot::Sender<()>,
}

/// Fetches the keys when they are due, and when a request asks for more.
pub struct Refresher {
    client: reqwest::Client,
    url: Url,
    lifetime: Duration,
    keys: watch::Sender<Keys>,
    asked: mpsc::Receiver<Ask>,
}

/// What was fetched last.
#[derive(Default)]
struct Keys {
    /// How often something was fetched.
    count: u64,
    keys: Vec<Key>,
}

struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    verifies: DecodingKey,
}

/// Why no key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The issuer has no such key.
    Unknown,
    /// The issuer has not been reached yet, or by too many at once.
    Unreachable,
}

impl Jwks {
    /// The keys at a URL, and what fetches them.
    pub(super) fn new(
        url: Url,
        lifetime: Duration,
        connect_timeout: Duration,
    ) -> Result<(Self, Refresher), reqwest::Error> {
        let (keys, current) = watch::channel(Keys::default());
        let (ask, asked) = mpsc::channel(MOST_WAITING);
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(connect_timeout)
            .timeout(FETCH_TIMEOUT)
            .build()?;
        let jwks = Self { keys: current, ask };
        let refresher = Refresher {
            client,
            url,
            lifetime,
            keys,
            asked,
        };
        Ok((jwks, refresher))
    }

    /// The key of this id for this algorithm, fetched anew where it is unknown.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, Missing> {
        let seen = {
            let keys = self.keys.borrow();
            if let Some(key) = keys.find(id, algorithm) {
                return Ok(key);
            }
            keys.count
        };
        let (done, fetched) = oneshot::channel();
        let ask = Ask { seen, _done: done };
        if self.ask.try_send(ask).is_err() {
            return Err(Missing::Unreachable);
        }
        let _ = fetched.await;
        let keys = self.keys.borrow();
        match keys.find(id, algorithm) {
            Some(key) => Ok(key),
            None if keys.count == 0 => Err(Missing::Unreachable),
            None => Err(Missing::Unknown),
        }
    }
}

impl Refresher {
    /// Fetches until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut due = Instant::now() + self.fetch().await;
        // A rotation just after a fetch is noticed at once, a flood is not.
        let mut next_for_asked = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep_until(due) => due = Instant::now() + self.fetch().await,
                asked = self.asked.recv() => {
                    // Nobody is left who could ask.
                    let Some(ask) = asked else { return };
                    let is_new = ask.seen < self.keys.borrow().count;
                    if !is_new && Instant::now() >= next_for_asked {
                        due = Instant::now() + self.fetch().await;
                        next_for_asked = Instant::now() + LEAST_PAUSE;
                    }
                }
            }
        }
    }

    /// Fetches once; gives the time until it is due again.
    async fn fetch(&mut self) -> Duration {
        let fetched = self.keys_of_issuer().await;
        let pause = match fetched {
            Ok(keys) => {
                self.keys.send_modify(|fetched| {
                    fetched.count += 1;
                    fetched.keys = keys;
                });
                self.lifetime
            }
            Err(error) => {
                tracing::warn!(error.message = %error, "The issuer's keys could not be fetched: {error}");
                LEAST_PAUSE
            }
        };
        // Whoever asked meanwhile has waited for this fetch.
        while self.asked.try_recv().is_ok() {}
        pause
    }

    async fn keys_of_issuer(&self) -> Result<Vec<Key>, FetchError> {
        let mut answer = self
            .client
            .get(self.url.clone())
            .send()
            .await?
            .error_for_status()?;
        let mut document = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if document.len() + piece.len() > MOST_BYTES {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&piece);
        }
        keys(&document)
    }
}

impl Keys {
    /// A token that names no key is taken where only one key fits.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| {
            key.verifies.family() == algorithm.family()
                && key.is_for(algorithm)
                && (id.is_none() || key.id.as_deref() == id)
        });
        let found = fitting.next()?;
        (id.is_some() || fitting.next().is_none()).then(|| found.verifies.clone())
    }
}

impl Key {
    /// `None` for what does not verify signatures, or is of an unknown kind.
    fn read(raw: &RawValue) -> Option<Self> {
        let jwk: Jwk = serde_json::from_str(raw.get()).ok()?;
        let for_signatures = !matches!(
            jwk.common.public_key_use,
            Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
        );
        for_signatures.then_some(())?;
        Some(Self {
            verifies: DecodingKey::from_jwk(&jwk).ok()?,
            algorithm: jwk.common.key_algorithm.map(|it| it.to_string()),
            id: jwk.common.key_id,
        })
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        let Some(own) = &self.algorithm else {
            return true;
        };
        *own == format!("{algorithm:?}")
    }
}

fn keys(document: &[u8]) -> Result<Vec<Key>, FetchError> {
    #[derive(Deserialize)]
    struct Document<'a> {
        #[serde(borrow)]
        keys: Vec<&'a RawValue>,
    }

    let document: Document<'_> =
        serde_json::from_slice(document).map_err(|_quotes_the_text| FetchError::NoJwks)?;
    let read = document.keys.into_iter().take(MOST_KEYS);
    Ok(read.filter_map(Key::read).collect())
}

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("auth.jwt.jwks_url does not answer with success")]
    Http(#[source] reqwest::Error),
    #[error("auth.jwt.jwks_url answers with more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error("auth.jwt.jwks_url answers with no JSON Web Key Set")]
    NoJwks,
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error.without_url())
    }
}
