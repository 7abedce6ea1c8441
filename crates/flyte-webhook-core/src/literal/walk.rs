//! The bounds of one conversion.

use std::cell::Cell;

use super::error::{Errors, Reason, refuse};
use crate::json::Value;

/// How deep a walk goes: the depth of a body, with room for references and unions between.
const DEPTH: usize = 200;

/// Work that every conversion may do, whatever its size.
const BASE: usize = 100_000;

/// Work for each value of the input: unions and defaults cost more than one step each.
const PER_VALUE: usize = 16;

/// Bytes to copy, or declarations to look through, that make one step.
const BULK: usize = 64;

/// Where a walk is, and what it may still do.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    depth: usize,
    budget: &'a Cell<usize>,
    /// Accept only what the reference accepts, nothing that was added here.
    pub(super) strict: bool,
    /// Fill the defaults of a struct's fields.
    pub(super) fill: bool,
}

/// The budget for a conversion of this much input.
pub(super) fn budget(weight: usize) -> Cell<usize> {
    Cell::new(BASE.saturating_add(weight.saturating_mul(PER_VALUE)))
}

/// The budget for showing all of an upstream answer, whose size is bounded too.
pub(super) fn output_budget() -> Cell<usize> {
    Cell::new(1_000_000)
}

/// How much work a value is, in steps.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 1,
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| text_weight(key) + weight(value);
            members.iter().map(member).sum::<usize>() + 1
        }
        Value::String(text) | Value::BigInt(text) => text_weight(text),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 1,
    }
}

fn text_weight(text: &str) -> usize {
    1 + text.len() / BULK
}

impl<'a> Walk<'a> {
    pub(super) fn new(budget: &'a Cell<usize>) -> Self {
        let (depth, strict, fill) = (0, false, true);
        Self {
            depth,
            budget,
            strict,
            fill,
        }
    }

    /// One level down, one unit of work done.
    pub(super) fn step(self) -> Result<Self, Reason> {
        if self.depth >= DEPTH {
            return Err(Reason::TooDeep);
        }
        self.charge(1)?;
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    /// [`Self::step`] for a caller's value, with the error about it.
    pub(super) fn enter(self, value: &Value) -> Result<Self, Errors> {
        self.step().or_else(|reason| refuse(reason, value))
    }

    /// Some work done.
    pub(super) fn charge(self, steps: usize) -> Result<(), Reason> {
        let left = self.budget.get().checked_sub(steps);
        self.budget.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Reason::TooLarge)
    }

    /// Bytes copied or declarations looked through, which are nothing once but much if repeated.
    pub(super) fn bulk(self, size: usize) -> Result<(), Reason> {
        self.charge(size / BULK)
    }

    /// [`Self::bulk`] for a caller's value, with the error about it.
    pub(super) fn bulk_in(self, size: usize, value: &Value) -> Result<(), Errors> {
        self.bulk(size).or_else(|reason| refuse(reason, value))
    }

    pub(super) fn strict(self) -> Self {
        Self {
            strict: true,
            ..self
        }
    }

    pub(super) fn unfilled(self) -> Self {
        Self {
            fill: false,
            ..self
        }
    }
}
