//! Which operations a configuration switches on.

use std::collections::BTreeSet;

use super::{Endpoint, Error, Group};

/// The operations that are on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointSet(BTreeSet<Endpoint>);

impl EndpointSet {
    /// Reads `endpoint_groups` and `endpoints`; without either, all but the opt-in ones are on.
    pub fn resolve(groups: Option<&[String]>, endpoints: Option<&[String]>) -> Result<Self, Error> {
        match (groups, endpoints) {
            (Some(_), Some(_)) => Err(Error::Both),
            (None, None) => Ok(Self::standard()),
            (Some(groups), None) => Self::of_groups(groups),
            (None, Some(names)) => {
                let parsed: Result<_, Error> = names.iter().map(|name| name.parse()).collect();
                parsed.map(Self)
            }
        }
    }

    /// Every operation that is not opt-in.
    fn standard() -> Self {
        Self(
            Endpoint::ALL
                .into_iter()
                .filter(|it| !it.is_opt_in())
                .collect(),
        )
    }

    fn of_groups(names: &[String]) -> Result<Self, Error> {
        let mut chosen = BTreeSet::new();
        for name in names {
            if name == "all" {
                chosen.extend(Group::ALL);
            } else {
                chosen.insert(name.parse()?);
            }
        }
        let Self(mut on) = Self::standard();
        on.retain(|endpoint| chosen.contains(&endpoint.group()));
        Ok(Self(on))
    }

    /// Whether this operation is on.
    pub fn contains(&self, endpoint: Endpoint) -> bool {
        self.0.contains(&endpoint)
    }

    /// The operations that are on, in the order of documentation.
    pub fn iter(&self) -> impl Iterator<Item = Endpoint> + '_ {
        self.0.iter().copied()
    }

    /// How many operations are on.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every operation is off.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
