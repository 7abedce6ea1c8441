//! The time within which a signature counts.

use jiff::Timestamp;

use super::Refusal;
use crate::{hook::body::LIMITS, json};

/// The most digits of a time: microseconds would have as many.
const LONGEST: usize = 16;

/// How long a signature counts, before and after the time that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Where the time stands.
    pub stamp: Stamp,
    /// What it counts.
    pub unit: Unit,
    /// How many seconds it may lie in the past or in the future.
    pub seconds: u32,
}

/// Where the time stands that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stamp {
    /// In the header that [`super::Names`] names.
    Header,
    /// In the header of the signature, as `key=…` in a list.
    Member(String),
    /// In the body, as a member of its object. Where a body has none, nothing
    /// says when it was signed, and it is as with a scheme without a time.
    Body(String),
}

/// What a time counts, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Milliseconds,
}

impl Unit {
    const fn per_second(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Milliseconds => 1000,
        }
    }

    /// A time in this unit, cut to whole ones.
    pub(crate) fn of(self, time: Timestamp) -> i64 {
        match self {
            Self::Seconds => time.as_second(),
            Self::Milliseconds => time.as_millisecond(),
        }
    }

    fn timestamp(self, count: i64) -> Option<Timestamp> {
        match self {
            Self::Seconds => Timestamp::from_second(count).ok(),
            Self::Milliseconds => Timestamp::from_millisecond(count).ok(),
        }
    }
}

impl Window {
    /// When a delivery was signed; `None` where it does not say.
    pub(super) fn signed_at(
        &self,
        text: Option<&str>,
        body: &[u8],
    ) -> Result<Option<Timestamp>, Refusal> {
        let count = match &self.stamp {
            Stamp::Header | Stamp::Member(_) => text.and_then(count),
            Stamp::Body(member) => match in_body(body, member) {
                None => return Ok(None),
                Some(found) => whole(&found),
            },
        };
        let signed_at = count.and_then(|count| self.unit.timestamp(count));
        signed_at.map(Some).ok_or_else(|| self.malformed())
    }

    /// Whether the time lies within the window, its edges included.
    pub(super) fn admits(&self, signed_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        let age = self.unit.of(now).saturating_sub(self.unit.of(signed_at));
        let per_second = self.unit.per_second();
        let seconds = (age.unsigned_abs().div_ceil(per_second.unsigned_abs())).cast_signed();
        match i64::from(self.seconds).saturating_mul(per_second) {
            limit if age > limit => Err(Refusal::Stale { seconds }),
            limit if age < -limit => Err(Refusal::Future { seconds }),
            _ => Ok(()),
        }
    }

    fn malformed(&self) -> Refusal {
        let name = match &self.stamp {
            Stamp::Header => "the timestamp".to_owned(),
            Stamp::Member(key) => format!("{key}= in the header of the signature"),
            Stamp::Body(member) => format!("{member} in the body"),
        };
        let expected = "whole number since 1970";
        Refusal::Malformed { name, expected }
    }
}

/// A count, written in decimal digits and nothing else.
fn count(text: &str) -> Option<i64> {
    let is_count = text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_count)
}

/// The member of a body.
fn in_body(body: &[u8], member: &str) -> Option<json::Value> {
    let payload = json::Document::parse(body, &LIMITS).ok()?;
    let member = payload.root().get(member);
    member.exists().then(|| member.value())
}

fn whole(value: &json::Value) -> Option<i64> {
    let json::Value::Int(count) = value else {
        return None;
    };
    Some(*count).filter(|count| *count >= 0)
}
