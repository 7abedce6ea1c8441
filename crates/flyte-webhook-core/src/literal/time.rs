//! Datetimes and durations, as text and as protobuf's seconds and nanoseconds.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, civil, tz};

/// Seconds since the epoch and nanoseconds of it.
pub(super) type Instant = (i64, i32);

/// Reads ISO 8601 and RFC 3339; a time without an offset is UTC.
pub(super) fn parse_datetime(text: &str) -> Option<Instant> {
    let instant = text.parse::<Timestamp>().or_else(|_| {
        let local: civil::DateTime = text.parse()?;
        local
            .to_zoned(tz::TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
    });
    let instant = instant.ok().filter(|it| in_years_of_python(*it))?;
    // Protobuf counts nanoseconds up from the second, also before the epoch.
    let nanos = i64::from(instant.subsec_nanosecond());
    let second = instant.as_second() - i64::from(nanos < 0);
    Some((second, i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?))
}

/// Writes a datetime as Python's `isoformat` does.
pub(super) fn format_datetime((seconds, nanos): Instant) -> Option<String> {
    let micros = nanos / 1000;
    let instant = Timestamp::new(seconds, micros * 1000).ok()?;
    let format = if micros == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6f+00:00"
    };
    in_years_of_python(instant).then(|| instant.strftime(format).to_string())
}

fn in_years_of_python(instant: Timestamp) -> bool {
    let year = instant.to_zoned(tz::TimeZone::UTC).year();
    (1..=9999).contains(&year)
}

/// The longest duration of protobuf, 10 000 years.
const LONGEST: i64 = 315_576_000_000;

/// Reads an ISO 8601 duration in weeks, days, hours, minutes and seconds.
pub(super) fn parse_duration(text: &str) -> Option<SignedDuration> {
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
pub(super) fn duration_from_seconds(seconds: f64) -> Option<SignedDuration> {
    let duration = SignedDuration::try_from_secs_f64(seconds).ok()?;
    in_range(
        duration
            .round(jiff::SignedDurationRound::new().smallest(jiff::Unit::Microsecond))
            .ok()?,
    )
}

/// Reads a whole number of seconds.
pub(super) fn duration_from_whole_seconds(seconds: i64) -> Option<SignedDuration> {
    in_range(SignedDuration::from_secs(seconds))
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
