//! Histograms that are found again without the text of their labels.
//!
//! To find one in the recorder takes its labels as owned text, which is most of what
//! counting a request would cost.

use std::{collections::HashMap, hash::Hash};

use metrics::Histogram;
use tokio::sync::watch;

use super::{Family, Metrics, Word};

/// The histograms of one family, by what their labels are made of: as few as the family
/// has series. Nobody waits for new ones.
pub(super) struct Handles<K>(watch::Sender<HashMap<K, Histogram>>);

impl<K> Default for Handles<K> {
    fn default() -> Self {
        Self(watch::Sender::new(HashMap::new()))
    }
}

impl<K: Eq + Hash> Handles<K> {
    /// That of a key, with the labels that it has where it is new.
    pub(super) fn get<const N: usize>(
        &self,
        key: K,
        family: &Family,
        metrics: &Metrics,
        labels: impl FnOnce(&K) -> [Word; N],
    ) -> Histogram {
        if let Some(histogram) = self.0.borrow().get(&key) {
            return histogram.clone();
        }
        let histogram = metrics.histogram(family, labels(&key));
        self.0.send_if_modified(|known| {
            known.insert(key, histogram.clone());
            false
        });
        histogram
    }
}
