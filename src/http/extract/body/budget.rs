//! One budget for the bytes of all bodies that are being read.
//!
//! A limit on each body is not enough where anybody may open many connections.
//! Bodies are charged as they come, not by what they announce: who announces much
//! and sends nothing takes nothing from others. What does not fit is refused at
//! once; were it to wait, bodies would come to wait for one another.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bytes that are left; cheap to clone.
#[derive(Clone, Debug)]
pub struct BodyBudget(Arc<Semaphore>);

/// What one body has taken; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Charge {
    budget: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl BodyBudget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    pub(super) fn charge(&self) -> Charge {
        Charge {
            budget: Arc::clone(&self.0),
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
        let Ok(more) = Arc::clone(&self.budget).try_acquire_many_owned(bytes) else {
            return false;
        };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_body_has_taken_is_given_back_with_it_and_what_was_refused_took_nothing() {
        let budget = BodyBudget::new(10);
        let (mut one, mut other) = (budget.charge(), budget.charge());
        assert!(one.add(4) && one.add(3));
        assert!(!other.add(4));
        assert!(other.add(3));
        assert!(!one.add(1));
        drop(one);
        assert!(other.add(7));
    }
}
