//! When a cleanup policy runs: five fields of cron, or a word like `@daily`.
//!
//! Source: `ParseStandard` of `github.com/robfig/cron` 1.2, which upstream uses. There a day matches if the day
//! of the month or the day of the week does, unless one of them begins with `*` or `?`; days of the week are 0 to
//! 6.

use ironhull_value::parse_duration;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The 29th of February comes within so many years, also over a century without one.
const MOST_DAYS: i64 = 9 * 366;

/// A schedule, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At certain times.
    At(Fields),
    /// So many seconds after it ran.
    Every(i64),
}

/// Which minutes, hours, days and months: one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        if let Some(duration) = text.strip_prefix("@every ") {
            let nanoseconds =
                parse_duration(duration).map_err(|_| format!("`{duration}` is no duration like 1h30m"))?;
            // Less than a second, and parts of one, are rounded as upstream rounds them.
            return Ok(Self::Every((nanoseconds / 1_000_000_000).max(1)));
        }
        if text.starts_with('@') {
            return Err(format!(
                "`{text}` is none of @yearly, @monthly, @weekly, @daily, @hourly and @every"
            ));
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = parts.as_slice() else {
            return Err(format!(
                "a schedule has five fields (minute, hour, day of month, month, day of week), this one has {}",
                parts.len()
            ));
        };
        let is_any = |part: &str| part.split(',').any(|one| one.starts_with(['*', '?']));
        Ok(Self::At(Fields {
            minutes: field(minutes, "minute", 0, 59, &[])?,
            hours: field(hours, "hour", 0, 23, &[])?,
            days: field(days, "day of month", 1, 31, &[])?,
            months: field(months, "month", 1, 12, &MONTHS)?,
            weekdays: field(weekdays, "day of week", 0, 6, &WEEKDAYS)?,
            any_day: is_any(days),
            any_weekday: is_any(weekdays),
        }))
    }

    /// The first time after a moment, in seconds since 1970; `None` if there is none, as for the 31st of
    /// February.
    pub fn next_after(&self, seconds: i64) -> Option<i64> {
        let fields = match self {
            Self::Every(every) => return Some(seconds.saturating_add(*every)),
            Self::At(fields) => fields,
        };
        let start = seconds.div_euclid(MINUTE).checked_add(1)?.checked_mul(MINUTE)?;
        let first_day = start.div_euclid(DAY);
        (0..MOST_DAYS).find_map(|later| {
            let day = first_day.checked_add(later)?;
            if !fields.has_day(day) {
                return None;
            }
            let midnight = day.checked_mul(DAY)?;
            let from = if later == 0 { start.rem_euclid(DAY) } else { 0 };
            (from / MINUTE..DAY / MINUTE)
                .find(|minute| has(fields.hours, minute / 60) && has(fields.minutes, minute % 60))
                .map(|minute| midnight + minute * MINUTE)
        })
    }
}

impl Fields {
    /// Whether it runs on a day, counted from 1970-01-01, which was a Thursday.
    fn has_day(&self, day: i64) -> bool {
        let (month, of_month) = month_and_day(day);
        let of_month = has(self.days, of_month);
        let of_week = has(self.weekdays, (day + 4).rem_euclid(7));
        let either = if self.any_day || self.any_weekday { of_month && of_week } else { of_month || of_week };
        has(self.months, month) && either
    }
}

fn has(bits: u64, place: i64) -> bool {
    u32::try_from(place).is_ok_and(|place| bits.checked_shr(place).is_some_and(|bits| bits & 1 == 1))
}

/// The month and the day of it, of a day counted from 1970-01-01, in the Gregorian calendar.
fn month_and_day(day: i64) -> (i64, i64) {
    // Days of four centuries that begin on the first of March, so that a leap day is the last of a year.
    let in_era = (day + 719_468).rem_euclid(146_097);
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let of_month = in_year - (153 * month + 2) / 5 + 1;
    (if month < 10 { month + 3 } else { month - 9 }, of_month)
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

fn field(text: &str, what: &str, least: u32, most: u32, names: &[&str]) -> Result<u64, String> {
    text.split(',').filter(|part| !part.is_empty()).try_fold(0, |bits, part| {
        Ok(bits | range(part, least, most, names).map_err(|why| format!("{what} `{part}`: {why}"))?)
    })
}

/// `*`, `5`, `mon`, `1-5`, `*/15`, `10-50/20`, `30/5` (from 30 to the end).
fn range(text: &str, least: u32, most: u32, names: &[&str]) -> Result<u64, String> {
    let (span, step) = match text.split_once('/') {
        None => (text, None),
        Some((span, step)) => (span, Some(number(step, &[], 0)?)),
    };
    let (first, last) = match span.split_once('-') {
        _ if span == "*" || span == "?" => (least, most),
        Some((first, last)) => (number(first, names, least)?, number(last, names, least)?),
        None => {
            let one = number(span, names, least)?;
            (one, if step.is_some() { most } else { one })
        }
    };
    let step = step.unwrap_or(1);
    if first < least || last > most {
        return Err(format!("must be from {least} to {most}"));
    }
    if first > last {
        return Err("the range begins after its end".to_owned());
    }
    if step == 0 {
        return Err("the step must be at least 1".to_owned());
    }
    Ok((first..=last).step_by(step as usize).fold(0, |bits, place| bits | 1 << place))
}

fn number(text: &str, names: &[&str], least: u32) -> Result<u32, String> {
    if let Some(place) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        return Ok(u32::try_from(place).unwrap_or(0) + least);
    }
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T17:46:12Z, a Monday.
    const NOW: i64 = 1_795_455_972;

    fn after(text: &str) -> i64 {
        Schedule::parse(text).unwrap().next_after(NOW).unwrap() - NOW
    }

    #[test]
    fn the_next_time_is_found() {
        assert_eq!(after("* * * * *"), 48);
        assert_eq!(after("*/5 * * * *"), 3 * 60 + 48);
        assert_eq!(after("46 17 * * *"), DAY - 12, "this minute has begun");
        assert_eq!(after("@hourly"), 13 * 60 + 48);
        assert_eq!(after("0 0 * * *"), 6 * HOUR + 13 * 60 + 48);
        assert_eq!(after("0 0 * * tue"), 6 * HOUR + 13 * 60 + 48);
        assert_eq!(after("0 0 * * SUN"), 5 * DAY + 6 * HOUR + 13 * 60 + 48);
        assert_eq!(after("0 0 25 * sun"), DAY + 6 * HOUR + 13 * 60 + 48, "one of the two days is enough");
        assert_eq!(after("0 0 25 12 ?"), 31 * DAY + 6 * HOUR + 13 * 60 + 48);
        assert_eq!(after("@every 90m"), 90 * 60);
        assert_eq!(after("@every 10ms"), 1);
        let leap = Schedule::parse("0 0 29 2 *").unwrap().next_after(NOW).unwrap();
        assert_eq!(leap, 1_835_395_200, "2028-02-29");
        assert_eq!(Schedule::parse("0 0 31 2 *").unwrap().next_after(NOW), None);
    }

    #[test]
    fn what_is_no_schedule_is_told() {
        for (text, why) in [
            ("", "this one has 0"),
            ("* * * *", "this one has 4"),
            ("* * * * * *", "this one has 6"),
            ("60 * * * *", "minute `60`: must be from 0 to 59"),
            ("* * 0 * *", "day of month `0`: must be from 1 to 31"),
            ("* * * * 7", "day of week `7`: must be from 0 to 6"),
            ("5-1 * * * *", "the range begins after its end"),
            ("*/0 * * * *", "the step must be at least 1"),
            ("x * * * *", "`x` is no number"),
            ("@fortnightly", "is none of"),
            ("@every soon", "`soon` is no duration"),
        ] {
            let found = Schedule::parse(text).unwrap_err();
            assert!(found.contains(why), "{text}: {found}");
        }
    }
}
