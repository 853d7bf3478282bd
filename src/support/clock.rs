//! The one place that knows what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::faults;

/// An instant in UTC, cut to microseconds so that both databases give back what they were given.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Timestamp)]
pub struct Utc(Timestamp);

impl Utc {
    /// The instant so many microseconds after 1970-01-01T00:00:00Z; out of range becomes the epoch.
    pub fn from_micros(micros: i64) -> Utc {
        Utc(Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Microseconds after 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Whole seconds after 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// This much later; stays put at the end of time.
    pub fn plus(self, span: SignedDuration) -> Utc {
        Utc(self.0.saturating_add(span).unwrap_or(self.0))
    }

    /// This much earlier; stays put at the beginning of time.
    pub fn minus(self, span: SignedDuration) -> Utc {
        Utc(self.0.saturating_sub(span).unwrap_or(self.0))
    }

    /// The end of a day in a time zone, so many days after the one it is there: the first instant of the next.
    pub fn end_of_day_in(self, zone: &str, days: i64) -> Utc {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = self.0.to_zoned(zone.clone()).date();
        let ends = today.checked_add(jiff::Span::new().try_days(days.saturating_add(1)).unwrap_or_default());
        let ends = ends.and_then(|day| day.to_zoned(zone));
        ends.map_or(self, |ends| Utc(ends.timestamp()))
    }

    /// How long ago `earlier` was.
    pub fn since(self, earlier: Utc) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// RFC 3339 in UTC, as `<time datetime>` and feeds want it.
    pub fn rfc3339(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Formats in a time zone by `strftime` words; an unknown zone counts as UTC.
    pub fn format_in(self, zone: &str, words: &str) -> String {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        self.0.to_zoned(zone).strftime(words).to_string()
    }

    /// Reads a date and time of day as a form sends it, `2026-11-21T10:00`, in a time zone.
    pub fn parse_in(zone: &str, typed: &str) -> Option<Utc> {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let time: jiff::civil::DateTime = typed.trim().parse().ok()?;
        Some(Utc(time.to_zoned(zone).ok()?.timestamp()))
    }

    /// As [`Utc::parse_in`], for the end of something: a day without a time of day is meant to its end, which is the
    /// beginning of the next.
    pub fn parse_end_in(zone: &str, typed: &str) -> Option<Utc> {
        let Ok(day) = typed.trim().parse::<jiff::civil::Date>() else { return Utc::parse_in(zone, typed) };
        if typed.contains([':', 'T', 't']) {
            return Utc::parse_in(zone, typed);
        }
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Some(Utc(day.tomorrow().ok()?.to_zoned(zone).ok()?.timestamp()))
    }

    /// So many days earlier in a time zone, at the same time of day.
    pub fn days_earlier_in(self, zone: &str, days: i32) -> Utc {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let earlier = self.0.to_zoned(zone).checked_sub(jiff::Span::new().days(days));
        earlier.map_or(self, |earlier| Utc(earlier.timestamp()))
    }

    /// The text form in SQLite: sorts rightly, always six digits.
    pub fn sql_text(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
    }

    /// Reads the text form of SQLite.
    pub fn from_sql_text(text: &str) -> Result<Utc, jiff::Error> {
        let time: jiff::civil::DateTime = text.parse()?;
        Ok(Utc(time.to_zoned(TimeZone::UTC)?.timestamp()))
    }
}

/// Reads a day as forms send it and writes it the one way that sorts: `2026-01-31`.
pub fn day(typed: &str) -> Option<String> {
    let day: jiff::civil::Date = typed.trim().parse().ok()?;
    Some(day.strftime("%Y-%m-%d").to_string())
}

/// How long to wait, in words: `1 second`, `90 seconds`, `58 minutes`.
pub fn waiting_time(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..=120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl std::fmt::Display for Utc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Tells the time: the system's, or one that a test sets.
#[derive(Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn fixed(at: Utc) -> Clock {
        Clock::Fixed(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
    pub fn now(&self) -> Utc {
        match self {
            Clock::System => Utc::from_micros(Timestamp::now().as_microsecond()).plus(faults::clock_skew()),
            Clock::Fixed(at) => Utc::from_micros(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock on; does nothing to the system's.
    pub fn advance(&self, span: SignedDuration) {
        if let Clock::Fixed(at) = self {
            let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
            at.fetch_add(micros, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_comes_back_as_it_was() {
        let at = Utc::from_micros(1_795_224_415_000_120);
        assert_eq!(at.sql_text().len(), "2026-11-21 01:26:55.000120".len());
        assert_eq!(Utc::from_sql_text(&at.sql_text()).unwrap(), at);
    }

    #[test]
    fn what_a_form_sends_is_read_in_the_zone_of_the_shop() {
        let read = |zone, typed| Utc::parse_in(zone, typed).map(Utc::rfc3339);
        assert_eq!(read("Europe/Berlin", "2026-07-01T10:30").as_deref(), Some("2026-07-01T08:30:00Z"));
        assert_eq!(read("UTC", "2026-07-01T10:30:15").as_deref(), Some("2026-07-01T10:30:15Z"));
        assert_eq!(read("UTC", "2026-07-01").as_deref(), Some("2026-07-01T00:00:00Z"));
        for nonsense in ["", "tomorrow", "2026-13-01T00:00", "2026-07-01T25:00"] {
            assert_eq!(read("UTC", nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_day_as_an_end_is_its_last_moment() {
        let read = |zone, typed| Utc::parse_end_in(zone, typed).map(Utc::rfc3339);
        assert_eq!(read("Europe/Berlin", "2026-12-31").as_deref(), Some("2026-12-31T23:00:00Z"));
        assert_eq!(read("Europe/Berlin", "2026-03-29").as_deref(), Some("2026-03-29T22:00:00Z"), "23 hours");
        assert_eq!(read("America/New_York", "2026-12-31").as_deref(), Some("2027-01-01T05:00:00Z"));
        assert_eq!(read("UTC", "2026-12-31T00:00").as_deref(), Some("2026-12-31T00:00:00Z"), "a time is itself");
        assert_eq!(read("UTC", "2026-02-30"), None);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let at = Utc::parse_in("Europe/Berlin", "2026-04-10T09:00").unwrap();
        assert_eq!(at.days_earlier_in("Europe/Berlin", 30).rfc3339(), "2026-03-11T08:00:00Z");
    }
}
