//! One budget for the bytes of all bodies that are being read.
//!
//! A limit on each body is not enough where anybody may open many connections.
//! Bodies are charged as they come, not by what they announce: who announces much
//! and sends nothing takes nothing from others. What does not fit is refused at
//! once; were it to wait, bodies would come to wait for one another.

use std::sync::Arc;

use metrics::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes that are left; cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyBudget {
    left: Arc<Semaphore>,
    in_flight: Gauge,
}

/// What one body has taken; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Charge {
    budget: BodyBudget,
    taken: Option<OwnedSemaphorePermit>,
}

impl BodyBudget {
    /// A budget of so many bytes, of which the gauge says how many are taken.
    pub fn new(bytes: usize, in_flight: Gauge) -> Self {
        Self {
            left: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
            in_flight,
        }
    }

    pub(super) fn charge(&self) -> Charge {
        Charge {
            budget: self.clone(),
            taken: None,
        }
    }
}

impl Charge {
    /// Takes so many bytes more; whether there were as many.
    #[must_use]
    pub(super) fn add(&mut self, bytes: usize) -> bool {
        let Ok(bytes) = u32::try_from(bytes) else {
            return false;
        };
        let Ok(more) = Arc::clone(&self.budget.left).try_acquire_many_owned(bytes) else {
            return false;
        };
        self.budget.in_flight.increment(bytes);
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        true
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let taken = self.taken.as_ref();
        let bytes = taken.map_or(0, OwnedSemaphorePermit::num_permits);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.budget.in_flight.decrement(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_body_has_taken_is_given_back_with_it_and_what_was_refused_took_nothing() {
        let budget = BodyBudget::new(10, Gauge::noop());
        let (mut one, mut other) = (budget.charge(), budget.charge());
        assert!(one.add(4) && one.add(3));
        assert!(!other.add(4));
        assert!(other.add(3));
        assert!(!one.add(1));
        drop(one);
        assert!(other.add(7));
    }
}
