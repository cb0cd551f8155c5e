//! Points in time.

use super::calendar::Date;

const DAY: i64 = 86_400;
const SECOND: i128 = 1_000_000_000;
/// Seconds between year 1, from which Go counts, and 1970.
const YEAR_ONE: i128 = 62_135_596_800;

/// A point in time, and how far east of UTC it is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Nanoseconds since 1970.
    nanoseconds: i128,
    /// Seconds.
    offset: i32,
}

impl Instant {
    /// Seconds since 1970, nanoseconds of the second, seconds east of UTC.
    pub(crate) fn new(seconds: i64, nanoseconds: u32, offset: i32) -> Self {
        let whole = i128::from(seconds).saturating_mul(SECOND);
        Self { nanoseconds: whole.saturating_add(nanoseconds.into()), offset }
    }

    pub(crate) fn utc(self) -> Self {
        Self { offset: 0, ..self }
    }

    pub(crate) fn plus(self, nanoseconds: i64) -> Self {
        Self { nanoseconds: self.nanoseconds.saturating_add(nanoseconds.into()), ..self }
    }

    /// Nanoseconds from another point to this one, at most what fits.
    pub(crate) fn since(self, other: Self) -> i64 {
        let difference = self.nanoseconds.saturating_sub(other.nanoseconds);
        i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
    }

    pub(crate) fn is_before(self, other: Self) -> bool {
        self.nanoseconds < other.nanoseconds
    }

    /// Down to a multiple of a duration since year 1.
    pub(crate) fn truncated(self, nanoseconds: i64) -> Self {
        if nanoseconds <= 0 {
            return self;
        }
        let since = self.nanoseconds.saturating_add(YEAR_ONE.saturating_mul(SECOND));
        let rest = since.checked_rem_euclid(nanoseconds.into()).unwrap_or_default();
        Self { nanoseconds: self.nanoseconds.saturating_sub(rest), ..self }
    }

    /// RFC 3339 without fractions.
    pub(crate) fn rfc3339(self) -> String {
        let Parts { date: Date { year, month, day }, second } = self.parts();
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let sign = if year < 0 { "-" } else { "" };
        let zone = match self.offset / 60 {
            _ if self.offset == 0 => "Z".to_owned(),
            minutes => {
                let direction = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                format!("{direction}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        };
        let year = year.unsigned_abs();
        format!("{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    /// Minute, hour, day, month and day of the week (Sunday is 0).
    pub(crate) fn cron(self) -> [i64; 5] {
        let Parts { date, second } = self.parts();
        let weekday = date.days().saturating_add(4).rem_euclid(7);
        [second / 60 % 60, second / 3600, date.day, date.month, weekday]
    }

    /// The date and the second of the day, where it is shown.
    fn parts(self) -> Parts {
        let seconds = self.nanoseconds.div_euclid(SECOND).saturating_add(self.offset.into());
        let days = i64::try_from(seconds.div_euclid(DAY.into())).unwrap_or_default();
        let second = i64::try_from(seconds.rem_euclid(DAY.into())).unwrap_or_default();
        Parts { date: Date::of_days(days), second }
    }
}

struct Parts {
    date: Date,
    second: i64,
}
