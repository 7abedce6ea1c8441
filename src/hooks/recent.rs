//! The last deliveries that came, for people to look at: those that were not
//! believed, too, of which nothing is stored. They are gone with the process.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use tokio::sync::watch;

/// How many are kept.
const MOST: usize = 200;

/// The longest text of one.
const LONGEST: usize = 200;

/// The last deliveries that came; cheap to clone.
#[derive(Clone)]
pub struct Recent(Arc<watch::Sender<VecDeque<Arc<Happening>>>>);

/// A delivery that came.
#[derive(Clone, Debug, Serialize)]
pub struct Happening {
    /// When.
    #[serde(serialize_with = "text")]
    pub at: Timestamp,
    /// To which hook.
    pub hook: Arc<str>,
    /// What came of it: `launched`, `duplicate`, `stored`, `ignored`, `handshake`,
    /// `rejected` or `refused`.
    pub outcome: &'static str,
    /// Why, in a few words, or the run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The type of the event, where it was believed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The id of the delivery, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<String>,
}

fn text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

impl Default for Recent {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(VecDeque::new())))
    }
}

impl Recent {
    /// Adds one, and forgets the oldest where there are too many.
    pub fn add(&self, mut happening: Happening) {
        let texts = [&mut happening.event, &mut happening.delivery_id];
        for text in texts.into_iter().flatten() {
            text.truncate(text.floor_char_boundary(LONGEST));
        }
        self.0.send_modify(|all| {
            if all.len() == MOST {
                all.pop_front();
            }
            all.push_back(Arc::new(happening));
        });
    }

    /// All of them, the newest first.
    pub fn all(&self) -> Vec<Arc<Happening>> {
        self.0.borrow().iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let recent = Recent::default();
        for count in 0..MOST + 5 {
            recent.add(Happening {
                at: Timestamp::UNIX_EPOCH,
                hook: "h".into(),
                outcome: "ignored",
                reason: count.to_string(),
                event: Some("é".repeat(LONGEST)),
                delivery_id: None,
            });
        }
        let all = recent.all();
        assert_eq!(all.len(), MOST);
        assert_eq!(all[0].reason, (MOST + 4).to_string());
        assert!(all[0].event.as_ref().is_some_and(|it| it.len() <= LONGEST));
    }
}
