//! The label `cleanup.kyverno.io/ttl`: an object that ends by itself.
//!
//! Upstream: `pkg/controllers/ttl/utils.go`, with the durations of `k8s.io/kube-openapi/pkg/validation/strfmt`.

use ironhull_value::{Value, parse_duration};

/// The label.
pub const LABEL: &str = "cleanup.kyverno.io/ttl";

const DAY: i64 = 24 * 60 * 60;

/// When an object ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// At a moment, in seconds since 1970.
    At(i64),
    /// It cannot be told, and why.
    Unknown(String),
}

/// When an object with the label ends; `None` for one that has no such label.
pub fn end(object: &Value) -> Option<End> {
    let wanted = object.dig_str(&["metadata", "labels", LABEL])?;
    Some(match age(wanted) {
        Some(age) => match object.dig_str(&["metadata", "creationTimestamp"]).map(moment) {
            Some(Some(made)) => End::At(made.saturating_add(age)),
            Some(None) => End::Unknown("its creationTimestamp is no time".to_owned()),
            None => End::Unknown("it was not made yet: there is no creationTimestamp".to_owned()),
        },
        None => date(wanted).map_or_else(
            || {
                let known = "an age like 90m, 10d or 2weeks, or a time like 2026-12-31T235900Z or 2026-12-31";
                End::Unknown(format!("the label {LABEL} is `{wanted}`, which is none of {known}"))
            },
            End::At,
        ),
    })
}

/// Units with every way to write them; the last of each also with anything behind it.
const UNITS: [(&[&str], i64); 8] = [
    (&["ns", "nano"], 1),
    (&["us", "µs", "micro"], 1_000),
    (&["ms", "milli"], 1_000_000),
    (&["s", "sec"], 1_000_000_000),
    (&["m", "min"], 60 * 1_000_000_000),
    (&["h", "hr", "hour"], 3_600 * 1_000_000_000),
    (&["d", "day"], DAY * 1_000_000_000),
    (&["w", "wk", "week"], 7 * DAY * 1_000_000_000),
];

/// Seconds. What is no Go duration is a row of numbers with units, of which those are left out that nobody
/// knows, as long as somebody knows one.
fn age(text: &str) -> Option<i64> {
    if let Ok(nanoseconds) = parse_duration(text) {
        return Some(nanoseconds.div_euclid(1_000_000_000));
    }
    let mut nanoseconds: Option<i64> = None;
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let from = &rest[start..];
        let digits = from.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(from.len());
        let after = from[digits..].trim_start();
        let is_unit = |letter: char| letter.is_ascii_alphabetic() || letter == 'µ';
        let end = after.find(|letter: char| !is_unit(letter)).unwrap_or(after.len());
        let unit = after[..end].to_lowercase();
        rest = &after[end..];
        if unit.is_empty() {
            continue;
        }
        let number: i64 = from[..digits].parse().ok()?;
        let is_it = |names: &[&str]| {
            let last = names.last().is_some_and(|last| unit.starts_with(last));
            last || names.contains(&unit.as_str())
        };
        if let Some((_, size)) = UNITS.iter().find(|(names, _)| is_it(names)) {
            nanoseconds = Some(nanoseconds.unwrap_or(0).wrapping_add(number.wrapping_mul(*size)));
        }
    }
    nanoseconds.map(|nanoseconds| nanoseconds.div_euclid(1_000_000_000))
}

/// `2026-12-31` or `2026-12-31T235900Z`.
fn date(text: &str) -> Option<i64> {
    let Some((day, time)) = text.split_once('T') else { return days(text)?.checked_mul(DAY) };
    let time = time.strip_suffix('Z')?;
    let two = |from: usize| time.get(from..from + 2).and_then(number);
    if time.len() != 6 {
        return None;
    }
    clock(days(day)?, two(0)?, two(2)?, two(4)?)
}

/// `2026-12-31T23:59:00Z`, as the API server writes times.
fn moment(text: &str) -> Option<i64> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let time = time.split('.').next().unwrap_or_default();
    let parts: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return None };
    clock(days(day)?, number(hour)?, number(minute)?, number(second)?)
}

fn clock(days: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_one = hour < 24 && minute < 60 && second < 60;
    is_one.then(|| days * DAY + hour * 3600 + minute * 60 + second)
}

fn number(text: &str) -> Option<i64> {
    let is_one = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_one { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let year: i64 = (year.len() == 4).then(|| year.parse().ok())??;
    let (month, day) = (number(month)?, number(day)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > longest {
        return None;
    }
    // Years that begin in March, so that a leap day is the last of one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let in_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + in_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_upstream_reads_them() {
        for (text, seconds) in [
            ("90m", Some(5_400)),
            ("1h30m", Some(5_400)),
            ("10d", Some(864_000)),
            ("2weeks", Some(1_209_600)),
            ("1w2days", Some(777_600)),
            ("3 hours", Some(10_800)),
            ("1Hour", Some(3_600)),
            ("2months", None),
            ("1d2months", Some(86_400)),
            ("10", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(age(text), seconds, "{text}");
        }
        assert_eq!(date("2026-11-23T174612Z"), Some(1_795_455_972));
        assert_eq!(date("2028-02-29"), Some(1_835_395_200));
        assert_eq!(moment("2026-11-23T17:46:12Z"), Some(1_795_455_972));
        for text in
            ["2027-02-29", "2026-13-01", "2026-1-1", "2026-11-23T17:46:12Z", "2026-11-23T250000Z", "x"]
        {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn an_object_ends_when_its_age_is_over() {
        let object = |ttl: &str, made: &str| -> Value {
            let text = format!(
                r#"{{"metadata": {{"labels": {{"cleanup.kyverno.io/ttl": "{ttl}"}}, "creationTimestamp": {made}}}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(end(&object("1h", r#""2026-11-23T17:46:12Z""#)), Some(End::At(1_795_459_572)));
        assert_eq!(end(&object("2028-02-29", "null")), Some(End::At(1_835_395_200)));
        assert!(matches!(end(&object("1h", "null")), Some(End::Unknown(_))));
        assert!(matches!(end(&object("soon", "null")), Some(End::Unknown(why)) if why.contains("`soon`")));
        assert_eq!(end(&Value::Null), None);
    }
}
