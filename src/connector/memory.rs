//! One budget for what engines send and what is made of it.
//!
//! A limit on each message is not enough where anybody who reaches the port may send
//! many at once, nor a limit on what came over the wire where templates repeat it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use connectrpc::ConnectError;
use metrics::Gauge;
use tokio::sync::Semaphore;

/// The bytes that are left; cheap to clone.
#[derive(Clone)]
pub struct Memory {
    left: Arc<Semaphore>,
    in_flight: Gauge,
}

/// What one call has taken, which is given back when all that hold it are gone.
#[derive(Clone)]
pub struct Share(Arc<Taken>);

struct Taken {
    memory: Memory,
    bytes: AtomicUsize,
}

/// There is not so much left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many bytes are being looked at; connector.max_bytes_in_flight says how many may")]
pub struct Full;

impl Memory {
    pub(super) fn new(bytes: usize, in_flight: Gauge) -> Self {
        Self {
            left: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
            in_flight,
        }
    }

    /// The share of a call that has taken nothing yet.
    pub fn share(&self) -> Share {
        Share(Arc::new(Taken {
            memory: self.clone(),
            bytes: AtomicUsize::new(0),
        }))
    }
}

impl Share {
    /// Takes so many bytes more. What does not fit is refused at once: were it to wait,
    /// calls would come to wait for one another.
    ///
    /// # Errors
    ///
    /// Where there is not so much left.
    pub fn take(&self, bytes: usize) -> Result<(), Full> {
        let Taken {
            memory,
            bytes: taken,
        } = &*self.0;
        let count = u32::try_from(bytes).map_err(|_many| Full)?;
        let more = memory.left.try_acquire_many(count);
        more.map_err(|_none_left| Full)?.forget();
        memory.in_flight.increment(count);
        taken.fetch_add(bytes, Relaxed);
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let bytes = *self.bytes.get_mut();
        self.memory.left.add_permits(bytes);
        let count = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.memory.in_flight.decrement(count);
    }
}

impl From<Full> for ConnectError {
    fn from(full: Full) -> Self {
        Self::resource_exhausted(full.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_given_back_with_the_last_who_holds_it() {
        let memory = Memory::new(10, Gauge::noop());
        let (one, other) = (memory.share(), memory.share());
        assert_eq!((one.take(4), one.take(3)), (Ok(()), Ok(())));
        assert_eq!((other.take(4), other.take(3)), (Err(Full), Ok(())));
        let held = one.clone();
        drop(one);
        assert_eq!(other.take(1), Err(Full));
        drop(held);
        assert_eq!((other.take(7), other.take(1)), (Ok(()), Err(Full)));
    }
}
