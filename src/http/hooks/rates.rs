//! How many deliveries a hook takes.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    config::Hook,
    http::{LoadProblem, Problem, limits::Buckets},
};

/// One bucket for each hook that has a rate.
#[derive(Clone)]
pub struct HookRates(Arc<BTreeMap<Arc<str>, Buckets<()>>>);

impl HookRates {
    /// Full buckets.
    pub fn new(hooks: &[Hook]) -> Self {
        let bucket = |hook: &Hook| Some((Arc::clone(&hook.name), Buckets::new(hook.rate?)));
        Self(Arc::new(hooks.iter().filter_map(bucket).collect()))
    }

    /// Takes a delivery out of a hook's bucket, if there is one.
    pub(super) async fn take(&self, hook: &str) -> Result<(), Problem> {
        let Some(bucket) = self.0.get(hook) else {
            return Ok(());
        };
        let taken = bucket.take(()).await;
        if taken.is_permitted {
            return Ok(());
        }
        let (name, more_in) = ("hook", taken.more_in);
        Err(LoadProblem::RateLimited { name, more_in }.into())
    }
}
