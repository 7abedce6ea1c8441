//! Two cores: one for the server, one for all others.

use std::fs;

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

/// The calling thread.
const THIS: Pid = Pid::from_raw(0);

pub(super) struct Cores {
    all: CpuSet,
    first: CpuSet,
    second: CpuSet,
}

impl Cores {
    pub(super) fn find() -> Self {
        let all = sched_getaffinity(THIS).unwrap();
        let mut numbers = (0..CpuSet::count()).filter(|core| all.is_set(*core).unwrap());
        let mut next = || {
            let mut set = CpuSet::new();
            set.set(numbers.next().expect("this row needs two cores"))
                .unwrap();
            set
        };
        let (first, second) = (next(), next());
        Self { all, first, second }
    }

    /// What this thread starts from now on runs on the first.
    pub(super) fn start_on_the_first(&self) {
        sched_setaffinity(THIS, &self.first).unwrap();
    }

    /// All of this process runs on the second.
    pub(super) fn stay_on_the_second(&self) {
        pin(&self.second);
    }

    /// All of this process runs wherever it could before.
    pub(super) fn leave(&self) {
        pin(&self.all);
    }
}

fn pin(set: &CpuSet) {
    for thread in fs::read_dir("/proc/self/task").unwrap() {
        let name = thread.unwrap().file_name();
        let id = name.to_str().unwrap().parse().unwrap();
        // An error says that the thread is gone.
        let _ = sched_setaffinity(Pid::from_raw(id), set);
    }
}
