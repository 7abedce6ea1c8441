//! Gathers what is wrong with typed values, finding the place of each by its key.

use std::{fmt, path::Path};

use super::{
    node::{Node, Value},
    origin::Origin,
    problem::{Error, Problem},
    read_file::ReadFile,
};

/// The problems of one stage, and the tree that knows their places.
pub(super) struct Report<'a> {
    tree: &'a Node,
    problems: Vec<Problem>,
    files: Vec<ReadFile>,
}

/// A bound as people write it in the file.
pub(super) trait Bound: PartialOrd + Copy {
    fn show(self) -> String;
}

impl Bound for usize {
    fn show(self) -> String {
        self.to_string()
    }
}

impl Bound for std::time::Duration {
    fn show(self) -> String {
        match (self.as_millis(), self.as_secs()) {
            (millis, _) if millis % 1000 != 0 => format!("{millis}ms"),
            (_, seconds) => format!("{seconds}s"),
        }
    }
}

impl<'a> Report<'a> {
    pub(super) fn new(tree: &'a Node) -> Self {
        Self {
            tree,
            problems: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Everything found so far, and the files that were read.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<ReadFile>) {
        (self.problems, self.files)
    }

    /// Notes that a file that a value names is read next.
    pub(super) fn reads(&mut self, file: &str) {
        self.files.push(ReadFile::at(Path::new(file)));
    }

    /// Reports an error at a key, or at the nearest written section around it.
    pub(super) fn error(&mut self, key: &str, error: Error) {
        let origin = self.place(key);
        let key = key.to_owned();
        self.problems.push(Problem { origin, key, error });
    }

    /// Reports a value that makes no sense; `reason` must not quote it.
    pub(super) fn invalid(&mut self, key: &str, reason: impl fmt::Display) {
        self.error(key, Error::invalid(reason));
    }

    /// Keeps a good value and reports a bad one.
    pub(super) fn keep<T, E: fmt::Display>(
        &mut self,
        key: &str,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.invalid(key, error)).ok()
    }

    /// Reports a value outside its bounds.
    pub(super) fn within<T: Bound>(&mut self, key: &str, value: T, least: T, most: T) {
        if value < least || value > most {
            let (least, most) = (least.show(), most.show());
            self.invalid(
                key,
                format_args!("is out of range; write {least} to {most}"),
            );
        }
    }

    /// The value at a key as it was read.
    pub(super) fn written(&self, key: &str) -> &'a Value {
        &self.tree.nearest(key).value
    }

    /// Whether a key keeps its built-in default.
    pub(super) fn is_default(&self, key: &str) -> bool {
        *self.origin(key) == Origin::Default
    }

    /// The origin of a key's value.
    fn origin(&self, key: &str) -> &'a Origin {
        &self.tree.nearest(key).origin
    }

    fn place(&self, key: &str) -> Origin {
        let mut origin = self.origin(key);
        let mut key = key;
        while *origin == Origin::Default {
            let Some((above, _)) = key.rsplit_once('.') else {
                return self.tree.origin.clone();
            };
            key = above;
            origin = self.origin(key);
        }
        origin.clone()
    }
}
