//! What a row has found.

/// How many complaints are told; the rest would say the same.
const TOLD: usize = 60;
/// How much of a complaint is told.
const TOLD_BYTES: usize = 1_000;

/// The outcome of a row: it passed where there is no complaint.
pub(crate) struct Verdict {
    /// What was measured, without spaces.
    pub(crate) value: String,
    pub(crate) complaints: Vec<String>,
}

impl Verdict {
    pub(crate) fn new(value: String, mut complaints: Vec<String>) -> Self {
        complaints.truncate(TOLD);
        for complaint in &mut complaints {
            complaint.truncate(complaint.floor_char_boundary(TOLD_BYTES));
        }
        Self { value, complaints }
    }

    /// Demands that the same check has found something wrong with a stand-in
    /// that does wrong.
    pub(crate) fn with_control(mut self, caught: bool, what: &str) -> Self {
        if !caught {
            let complaint = format!("the negative control was not caught: {what}");
            self.complaints.push(complaint);
        }
        self
    }

    /// Demands something of the measurement.
    pub(crate) fn require(mut self, holds: bool, what: &str) -> Self {
        if !holds {
            self.complaints.push(format!("not so: {what}"));
        }
        self
    }
}
