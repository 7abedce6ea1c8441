//! What goes on, and has a record in the end.

use super::{auditor::Slot, record::Record, trail::Trail};

/// Something whose record is written whatever becomes of it. Where it is dropped,
/// it was given up: the client went away, it took too long or met a bug, and what was
/// begun may have been done.
#[must_use]
pub struct Pending {
    trail: Trail,
    /// Until the record is written.
    open: Option<(Slot, Box<Record>)>,
}

impl Pending {
    /// Something that begins, with what is known of it; the rest is on its trail when it
    /// ends.
    pub fn new(slot: Slot, trail: Trail, record: Record) -> Self {
        let open = Some((slot, Box::new(record)));
        Self { trail, open }
    }

    /// Its trail.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// It has ended, and came to this.
    pub fn ended(mut self, complete: impl FnOnce(&mut Record)) {
        self.write(complete);
    }

    /// There was nothing to record.
    pub fn forget(mut self) {
        self.open = None;
    }

    fn write(&mut self, complete: impl FnOnce(&mut Record)) {
        let Some((slot, mut record)) = self.open.take() else {
            return;
        };
        record.facts = self.trail.facts();
        complete(&mut record);
        slot.write(*record);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.write(|_| {});
    }
}
