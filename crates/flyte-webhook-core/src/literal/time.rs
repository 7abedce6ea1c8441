//! Datetimes and durations, as text and as protobuf's seconds and nanoseconds.

use jiff::{
    SignedDuration, Span, SpanRelativeTo,
    civil::{self, DateTime},
    fmt::temporal::Pieces,
    tz::Offset,
};

use super::error::Reason;
use crate::json::Value;

/// Seconds since the epoch and nanoseconds of it.
pub(super) type Instant = (i64, i32);

/// What both sides count from.
const EPOCH: DateTime = civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// Reads ISO 8601 and RFC 3339; a time without an offset is UTC.
///
/// Calendar arithmetic rather than jiff's timestamps, which end a day before
/// Python's `datetime.max`.
pub(super) fn parse_datetime(text: &str) -> Option<Instant> {
    // An annotation `[Europe/Paris]` names a zone, of which nothing is known here.
    if text.contains('[') {
        return None;
    }
    let pieces = Pieces::parse(text).ok()?;
    let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let offset = pieces.to_numeric_offset().map_or(0, Offset::seconds);
    let since = local.duration_since(EPOCH) - SignedDuration::from_secs(offset.into());
    calendar(since)?;
    // Protobuf counts nanoseconds up from the second, also before the epoch.
    let nanos = since.subsec_nanos();
    if nanos < 0 {
        return Some((since.as_secs() - 1, nanos + 1_000_000_000));
    }
    Some((since.as_secs(), nanos))
}

/// Writes a datetime as Python's `isoformat` does.
pub(super) fn format_datetime((seconds, nanos): Instant) -> Option<String> {
    let micros = nanos / 1000;
    let since = SignedDuration::from_secs(seconds)
        .checked_add(SignedDuration::from_micros(micros.into()))?;
    let format = if micros == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6f+00:00"
    };
    calendar(since).map(|datetime| datetime.strftime(format).to_string())
}

/// The date and time so long after the epoch, in the years that Python has.
fn calendar(since: SignedDuration) -> Option<DateTime> {
    let datetime = EPOCH.checked_add(since).ok()?;
    (1..=9999).contains(&datetime.year()).then_some(datetime)
}

/// The longest duration of protobuf, 10 000 years.
const LONGEST: i64 = 315_576_000_000;

/// Reads a duration given in either way.
pub(super) fn duration(value: &Value) -> Result<SignedDuration, Reason> {
    let duration = match (value, value.as_str()) {
        (_, Some(text)) => parse_duration(text),
        (Value::Int(seconds), _) => in_range(SignedDuration::from_secs(*seconds)),
        (Value::Float(seconds), _) => duration_from_seconds(*seconds),
        (Value::BigInt(_), _) => None,
        _ => return Err(Reason::DurationType),
    };
    duration.ok_or(Reason::Duration)
}

/// Reads an ISO 8601 duration in weeks, days, hours, minutes and seconds.
fn parse_duration(text: &str) -> Option<SignedDuration> {
    // Without the check other notations of durations would pass.
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(['P', 'p']) {
        return None;
    }
    let span: Span = text.parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    in_range(duration)
}

/// Reads a number of seconds, rounded to microseconds as Python does.
fn duration_from_seconds(seconds: f64) -> Option<SignedDuration> {
    let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
    in_range(
        duration
            .round(jiff::SignedDurationRound::new().smallest(jiff::Unit::Microsecond))
            .ok()?,
    )
}

fn in_range(duration: SignedDuration) -> Option<SignedDuration> {
    (duration.as_secs().unsigned_abs() <= LONGEST.unsigned_abs()).then_some(duration)
}

/// A duration in seconds, with Python's precision of microseconds.
pub(super) fn seconds_of((seconds, nanos): Instant) -> f64 {
    let micros = i128::from(seconds) * 1_000_000 + i128::from(nanos / 1000);
    #[expect(clippy::cast_precision_loss, reason = "a JSON number is a double")]
    let micros = micros as f64;
    micros / 1_000_000.0
}
