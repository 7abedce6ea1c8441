//! One circuit: closed, open until some time, or trying one call.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// When a circuit opens, and for how long, in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// After how many failures in a row; 0 for never.
    pub(super) failures: u32,
    /// How long it stays open.
    pub(super) pause: u64,
    /// How long the call may take that finds out whether it can be closed.
    pub(super) longest_probe: u64,
}

/// What has been seen of calls, all times in milliseconds since the same one.
#[derive(Default)]
pub(super) struct Circuit {
    /// How many calls failed since the last that did not.
    failures: AtomicU32,
    /// Until when no call is made; 0 where the circuit is closed. Whoever moves
    /// it on after that time makes the one call that is tried.
    open_until: AtomicU64,
}

/// What a call is to a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// One of many.
    Ordinary,
    /// The one that finds out whether calls succeed again.
    Probe,
}

impl Circuit {
    /// Lets a call through, or says for how long none is.
    pub(super) fn admit(&self, now: u64, options: Options) -> Result<Pass, u64> {
        let until = self.open_until.load(Ordering::Acquire);
        if until == 0 {
            return Ok(Pass::Ordinary);
        }
        if now < until {
            return Err((until - now).min(options.pause));
        }
        let probe_ends = now + options.longest_probe;
        let taken = self.open_until.compare_exchange(
            until,
            probe_ends,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match taken {
            Ok(_) => Ok(Pass::Probe),
            Err(0) => Ok(Pass::Ordinary),
            Err(_another_tries) => Err(options.pause),
        }
    }

    /// Lets a call through that cannot be the one that is tried.
    pub(super) fn admit_long(&self, now: u64, options: Options) -> Result<Pass, u64> {
        match self.open_until.load(Ordering::Acquire) {
            0 => Ok(Pass::Ordinary),
            until => Err(until.saturating_sub(now).clamp(1, options.pause)),
        }
    }

    /// A call has succeeded; whether that closed the circuit.
    pub(super) fn succeeded(&self) -> bool {
        // Read first: while all goes well nothing is written, and processors do
        // not take the value from each other.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
        self.open_until.load(Ordering::Acquire) != 0
            && self.open_until.swap(0, Ordering::AcqRel) != 0
    }

    /// A call has failed; whether that opened the circuit.
    pub(super) fn failed(&self, pass: Pass, now: u64, options: Options) -> bool {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        let until = now + options.pause;
        match pass {
            Pass::Probe => {
                self.open_until.store(until, Ordering::Release);
                false
            }
            // One that was sent before it opened does not keep it open.
            Pass::Ordinary if options.failures > 0 && failures >= options.failures => self
                .open_until
                .compare_exchange(0, until, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok(),
            Pass::Ordinary => false,
        }
    }

    /// A call has ended and shown nothing: another is tried in its place.
    pub(super) fn given_up(&self, pass: Pass, now: u64) {
        if pass == Pass::Probe {
            self.open_until.store(now, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options = Options {
        failures: 3,
        pause: 100,
        longest_probe: 1_000,
    };

    fn open() -> Circuit {
        let circuit = Circuit::default();
        for expected in [false, false, true] {
            let pass = circuit.admit(1, OPTIONS).unwrap();
            assert_eq!(circuit.failed(pass, 1, OPTIONS), expected);
        }
        circuit
    }

    #[test]
    fn only_failures_in_a_row_open_a_circuit() {
        let circuit = Circuit::default();
        for _ in 0..100 {
            assert!(!circuit.failed(Pass::Ordinary, 1, OPTIONS));
            assert!(!circuit.failed(Pass::Ordinary, 1, OPTIONS));
            assert!(!circuit.succeeded());
            assert_eq!(circuit.admit(1, OPTIONS), Ok(Pass::Ordinary));
        }
        assert_eq!(open().admit(2, OPTIONS), Err(99));
    }

    #[test]
    fn one_call_is_tried_when_the_pause_is_over_and_decides() {
        let circuit = open();
        assert_eq!(circuit.admit(100, OPTIONS), Err(1));
        assert_eq!(circuit.admit(101, OPTIONS), Ok(Pass::Probe));
        assert_eq!(circuit.admit(101, OPTIONS), Err(100));
        circuit.failed(Pass::Probe, 150, OPTIONS);
        assert_eq!(circuit.admit(249, OPTIONS), Err(1));
        assert_eq!(circuit.admit(250, OPTIONS), Ok(Pass::Probe));
        assert!(circuit.succeeded());
        assert_eq!(circuit.admit(250, OPTIONS), Ok(Pass::Ordinary));
    }

    #[test]
    fn a_probe_that_is_given_up_or_never_ends_makes_room_for_another() {
        let circuit = open();
        assert_eq!(circuit.admit(101, OPTIONS), Ok(Pass::Probe));
        circuit.given_up(Pass::Probe, 102);
        assert_eq!(circuit.admit(102, OPTIONS), Ok(Pass::Probe));
        assert_eq!(circuit.admit(1_101, OPTIONS), Err(1));
        assert_eq!(circuit.admit(1_102, OPTIONS), Ok(Pass::Probe));
    }

    #[test]
    fn late_failures_do_not_keep_a_circuit_open_and_late_success_closes_it() {
        let circuit = open();
        for now in 1..100 {
            assert!(!circuit.failed(Pass::Ordinary, now, OPTIONS));
        }
        assert_eq!(circuit.admit(101, OPTIONS), Ok(Pass::Probe));
        let circuit = open();
        assert!(circuit.succeeded());
        assert_eq!(circuit.admit(2, OPTIONS), Ok(Pass::Ordinary));
    }

    #[test]
    fn a_long_call_is_never_the_one_that_is_tried() {
        let circuit = open();
        assert_eq!(circuit.admit_long(50, OPTIONS), Err(51));
        assert_eq!(circuit.admit_long(500, OPTIONS), Err(1));
        assert_eq!(circuit.admit(500, OPTIONS), Ok(Pass::Probe));
        assert_eq!(
            Circuit::default().admit_long(1, OPTIONS),
            Ok(Pass::Ordinary)
        );
    }

    #[test]
    fn a_circuit_that_never_opens_never_does() {
        let options = Options {
            failures: 0,
            ..OPTIONS
        };
        let circuit = Circuit::default();
        for _ in 0..1_000 {
            assert!(!circuit.failed(Pass::Ordinary, 1, options));
        }
        assert_eq!(circuit.admit(1, options), Ok(Pass::Ordinary));
    }
}
