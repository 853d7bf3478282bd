//! Time: instants in UTC, and the clock that tests can set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::faults;

/// An instant in UTC with microsecond precision, which both databases preserve.
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
    /// From microseconds since the Unix epoch; out of range becomes the epoch.
    pub fn from_micros(micros: i64) -> Utc {
        Utc(Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Microseconds since the Unix epoch.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Seconds since the Unix epoch, rounded toward zero.
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Adds a duration; unchanged on overflow.
    pub fn plus(self, span: SignedDuration) -> Utc {
        Utc(self.0.saturating_add(span).unwrap_or(self.0))
    }

    /// Subtracts a duration; unchanged on overflow.
    pub fn minus(self, span: SignedDuration) -> Utc {
        Utc(self.0.saturating_sub(span).unwrap_or(self.0))
    }

    /// End of the day in a time zone, `days` days later: the first instant of the next day.
    pub fn end_of_day_in(self, zone: &str, days: i64) -> Utc {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = self.0.to_zoned_datetime(zone.clone()).date();
        let ends = today.checked_add(jiff::Span::new().try_days(days.saturating_add(1)).unwrap_or_default());
        let ends = ends.and_then(|day| day.to_zoned_datetime(zone));
        ends.map_or(self, |ends| Utc(ends.timestamp()))
    }

    /// The first instant of the year, in UTC.
    pub fn start_of_year(self) -> Utc {
        let day = self.0.to_zoned_datetime(TimeZone::UTC).date().first_of_year();
        day.to_zoned_datetime(TimeZone::UTC).map_or(self, |start| Utc(start.timestamp()))
    }

    /// Duration since `earlier`; negative if `earlier` is later.
    pub fn since(self, earlier: Utc) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// RFC 3339 in UTC with seconds, for `<time datetime>` and feeds.
    pub fn rfc3339(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The local date and time in a time zone; an unknown zone counts as UTC.
    pub fn to_civil_in(self, zone: &str) -> jiff::civil::DateTime {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        self.0.to_zoned_datetime(zone).datetime()
    }

    /// Formats in a time zone with `strftime` directives; an unknown zone counts as UTC.
    pub fn format_in(self, zone: &str, words: &str) -> String {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        self.0.to_zoned_datetime(zone).strftime(words).to_string()
    }

    /// Reads a local date and time in a time zone, as `<input type=datetime-local>` sends it: `2026-11-21T10:00`.
    pub fn parse_in(zone: &str, typed: &str) -> Option<Utc> {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let time: jiff::civil::DateTime = typed.trim().parse().ok()?;
        Some(Utc(time.to_zoned_datetime(zone).ok()?.timestamp()))
    }

    /// As [`Utc::parse_in`], for the end of a period: a date without a time means the end of that day.
    pub fn parse_end_in(zone: &str, typed: &str) -> Option<Utc> {
        let Ok(day) = typed.trim().parse::<jiff::civil::Date>() else { return Utc::parse_in(zone, typed) };
        if typed.contains([':', 'T', 't']) {
            return Utc::parse_in(zone, typed);
        }
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Some(Utc(day.tomorrow().ok()?.to_zoned_datetime(zone).ok()?.timestamp()))
    }

    /// Subtracts calendar days in a time zone, at the same time of day.
    pub fn days_earlier_in(self, zone: &str, days: i32) -> Utc {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let earlier = self.0.to_zoned_datetime(zone).checked_sub(jiff::Span::new().days(days));
        earlier.map_or(self, |earlier| Utc(earlier.timestamp()))
    }

    /// The text in SQLite, which sorts by time: always six fractional digits.
    pub fn sql_text(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
    }

    /// Reads the text of [`Utc::sql_text`].
    pub fn from_sql_text(text: &str) -> Result<Utc, jiff::Error> {
        let time: jiff::civil::DateTime = text.parse()?;
        Ok(Utc(time.to_zoned_datetime(TimeZone::UTC)?.timestamp()))
    }
}

/// Reads a date and writes it as `2026-01-31`, which sorts by time.
pub fn parse_day(typed: &str) -> Option<String> {
    let day: jiff::civil::Date = typed.trim().parse().ok()?;
    Some(day.strftime("%Y-%m-%d").to_string())
}

impl std::fmt::Display for Utc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// The source of the current time.
#[derive(Clone)]
pub enum Clock {
    /// The system clock.
    System,
    /// A clock for tests, which only [`Clock::advance`] moves; microseconds since the Unix epoch.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A fixed clock.
    pub fn fixed(at: Utc) -> Clock {
        Clock::Fixed(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The current time.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
    pub fn now(&self) -> Utc {
        match self {
            Clock::System => Utc::from_micros(Timestamp::now().as_microsecond()).plus(faults::clock_skew()),
            Clock::Fixed(at) => Utc::from_micros(at.load(Ordering::SeqCst)),
        }
    }

    /// Advances a fixed clock; does nothing to the system clock.
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
