//! `time.Parse`.

use super::Instant;
use super::calendar::{Date, days_before, days_in, is_leap};
use super::layout::{Chunk, Element, Offset, next};
use super::zone;
use crate::go::quote;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// What is wrong with an element.
pub(super) enum Problem {
    /// It does not look like the layout.
    Bad,
    /// It does, but is not a possible value of that.
    Range(&'static str),
}

/// Reads a time by a layout. The error is Go's text.
pub(crate) fn parse(layout: &str, value: &str) -> Result<Instant, String> {
    let cannot = |element: &str, rest: &[u8]| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote::bytes(value.as_bytes()),
            quote::bytes(layout.as_bytes()),
            quote::bytes(rest),
            quote::bytes(element.as_bytes())
        )
    };
    let wrong = |message: &str| format!("parsing time {}: {message}", quote::bytes(value.as_bytes()));
    if layout == super::RFC3339
        && let Some(instant) = rfc3339(value.as_bytes())
    {
        return Ok(instant);
    }
    let mut fields = Fields::default();
    let mut rest = value.as_bytes();
    let mut template = layout;
    loop {
        let chunk = next(template);
        rest = skip(rest, chunk.prefix).map_err(|at| cannot(chunk.prefix, at))?;
        let Some((element, written)) = chunk.element else {
            if rest.is_empty() {
                break;
            }
            return Err(wrong(&format!("extra text: {}", quote::bytes(rest))));
        };
        rest = fields.read(element, rest, chunk.rest).map_err(|problem| match problem {
            Problem::Bad => cannot(written, rest),
            Problem::Range(what) => wrong(&format!("{what} out of range")),
        })?;
        template = chunk.rest;
    }
    fields.finish().map_err(wrong)
}

/// The common form of the common layout, `2006-01-02T15:04:05Z` with `Z` or an offset. `None` for the general
/// way, which also knows what to complain of.
fn rfc3339(value: &[u8]) -> Option<Instant> {
    let (clock, zone) = value.split_at_checked(19)?;
    let [y @ .., b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = clock else {
        return None;
    };
    let fields = Fields {
        year: number(y)?,
        month: Some(two_digits(&[*m1, *m2])?).filter(|month| (1..=12).contains(month)),
        day: Some(two_digits(&[*d1, *d2])?),
        hour: two_digits(&[*h1, *h2]).filter(|hour| *hour < 24)?,
        minute: two_digits(&[*n1, *n2]).filter(|minute| *minute < 60)?,
        second: two_digits(&[*s1, *s2]).filter(|second| *second < 60)?,
        is_utc: zone == b"Z",
        offset: match zone {
            b"Z" => None,
            [b'+' | b'-', _, _, b':', _, _] => Some(zone::offset(Offset::ColonMinutes, zone).ok()?.0),
            _ => return None,
        },
        ..Fields::default()
    };
    fields.month?;
    fields.finish().ok()
}

#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: u32,
    /// Whether it is after noon.
    half: Option<bool>,
    is_utc: bool,
    offset: Option<i32>,
    /// What the abbreviation of a zone stands for.
    zone: Option<i32>,
}

impl Fields {
    /// Reads one element; the answer is the rest. `layout` is what follows in the layout.
    fn read<'v>(&mut self, element: Element, value: &'v [u8], layout: &str) -> Result<&'v [u8], Problem> {
        match element {
            Element::Year => {
                let (text, rest) = value.split_at_checked(2).ok_or(Problem::Bad)?;
                let year = signed(text).ok_or(Problem::Bad)?;
                self.year = year.saturating_add(if year >= 69 { 1900 } else { 2000 });
                Ok(rest)
            }
            Element::LongYear => {
                let (text, rest) = value.split_at_checked(4).ok_or(Problem::Bad)?;
                self.year = number(text).ok_or(Problem::Bad)?;
                Ok(rest)
            }
            Element::Month => name(&MONTHS, 3, value, &mut self.month),
            Element::LongMonth => name(&MONTHS, usize::MAX, value, &mut self.month),
            Element::WeekDay => name(&DAYS, 3, value, &mut None),
            Element::LongWeekDay => name(&DAYS, usize::MAX, value, &mut None),
            Element::NumericMonth { two } => {
                let (month, rest) = one_or_two(value, two)?;
                self.month = Some(in_range(month, 1, 12, "month")?);
                Ok(rest)
            }
            Element::Day { two, blank } => {
                let value = if blank { value.strip_prefix(b" ").unwrap_or(value) } else { value };
                let (day, rest) = one_or_two(value, two)?;
                self.day = Some(day);
                Ok(rest)
            }
            Element::YearDay { blank } => self.year_day(value, blank),
            Element::Hour => {
                let (hour, rest) = one_or_two(value, false)?;
                self.hour = in_range(hour, 0, 23, "hour")?;
                Ok(rest)
            }
            Element::Hour12 { two } => {
                let (hour, rest) = one_or_two(value, two)?;
                self.hour = in_range(hour, 0, 12, "hour")?;
                Ok(rest)
            }
            Element::Minute { two } => {
                let (minute, rest) = one_or_two(value, two)?;
                self.minute = in_range(minute, 0, 59, "minute")?;
                Ok(rest)
            }
            Element::Second { two } => {
                let (second, rest) = one_or_two(value, two)?;
                self.second = in_range(second, 0, 59, "second")?;
                self.unasked_fraction(rest, layout)
            }
            Element::Half { lower } => {
                let (text, rest) = value.split_at_checked(2).ok_or(Problem::Bad)?;
                self.half = Some(match text {
                    b"PM" if !lower => true,
                    b"AM" if !lower => false,
                    b"pm" if lower => true,
                    b"am" if lower => false,
                    _ => return Err(Problem::Bad),
                });
                Ok(rest)
            }
            Element::Offset { form, zulu } => {
                if let Some(rest) = value.strip_prefix(b"Z").filter(|_| zulu) {
                    self.is_utc = true;
                    return Ok(rest);
                }
                let (offset, rest) = zone::offset(form, value)?;
                // Upstream's mark for no offset.
                self.offset = Some(offset).filter(|offset| *offset != -1);
                Ok(rest)
            }
            Element::Zone => {
                if let Some(rest) = value.strip_prefix(b"UTC") {
                    self.is_utc = true;
                    return Ok(rest);
                }
                let length = zone::abbreviation(value).ok_or(Problem::Bad)?;
                let (text, rest) = value.split_at_checked(length).ok_or(Problem::Bad)?;
                self.zone = Some(zone::seconds_of(text));
                Ok(rest)
            }
            Element::Fraction(length) => self.fraction(value, length),
            Element::OptionalFraction => {
                let digits = fraction_length(value);
                if digits == 0 { Ok(value) } else { self.fraction(value, digits) }
            }
        }
    }

    fn year_day<'v>(&mut self, mut value: &'v [u8], blank: bool) -> Result<&'v [u8], Problem> {
        if blank {
            value = value.strip_prefix(b" ").unwrap_or(value);
            value = value.strip_prefix(b" ").unwrap_or(value);
        }
        let length = value.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 || !blank && length != 3 {
            return Err(Problem::Bad);
        }
        let (text, rest) = value.split_at_checked(length).ok_or(Problem::Bad)?;
        self.year_day = number(text);
        Ok(rest)
    }

    /// A fraction may follow the seconds even where the layout has none.
    fn unasked_fraction<'v>(&mut self, value: &'v [u8], layout: &str) -> Result<&'v [u8], Problem> {
        let length = fraction_length(value);
        if length == 0
            || matches!(
                next(layout),
                Chunk { element: Some((Element::Fraction(_) | Element::OptionalFraction, _)), .. }
            )
        {
            return Ok(value);
        }
        self.fraction(value, length)
    }

    /// A fraction of so many characters with the point. Beyond nanoseconds it is cut off.
    fn fraction<'v>(&mut self, value: &'v [u8], length: usize) -> Result<&'v [u8], Problem> {
        let (text, rest) = value.split_at_checked(length).ok_or(Problem::Bad)?;
        let Some((b'.' | b',', digits)) = text.split_first() else { return Err(Problem::Bad) };
        let digits = digits.get(..9).unwrap_or(digits);
        let number = signed(digits).ok_or(Problem::Bad)?;
        let number = u32::try_from(number).map_err(|_| Problem::Range("fractional second"))?;
        let missing = u32::try_from(9_usize.saturating_sub(digits.len())).unwrap_or_default();
        self.nanosecond = number.saturating_mul(10_u32.saturating_pow(missing));
        Ok(rest)
    }

    fn finish(mut self) -> Result<Instant, &'static str> {
        match self.half {
            Some(true) if self.hour < 12 => self.hour = self.hour.saturating_add(12),
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let (month, day) = match self.year_day {
            Some(year_day) => self.day_of_year(year_day)?,
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if !(1..=days_in(month, self.year)).contains(&day) {
            return Err("day out of range");
        }
        let days = Date { year: self.year, month, day }.days();
        let of_day = self.hour.saturating_mul(60).saturating_add(self.minute).saturating_mul(60);
        let seconds = days.saturating_mul(86_400).saturating_add(of_day).saturating_add(self.second);
        // An offset shifts the time; an abbreviation is only shown, even one that means an offset.
        let shift = self.offset.filter(|_| !self.is_utc).unwrap_or_default();
        let shown = if self.is_utc { 0 } else { self.offset.or(self.zone).unwrap_or_default() };
        Ok(Instant::new(seconds.saturating_sub(shift.into()), self.nanosecond, shown))
    }

    fn day_of_year(&self, mut year_day: i64) -> Result<(i64, i64), &'static str> {
        let leap_day = is_leap(self.year) && year_day == 60;
        if is_leap(self.year) && year_day > 60 {
            year_day = year_day.saturating_sub(1);
        }
        if !(1..=365).contains(&year_day) {
            return Err("day-of-year out of range");
        }
        let (month, day) = if leap_day {
            (2, 29)
        } else {
            let month = (1..=12).rev().find(|month| days_before(*month) < year_day).unwrap_or(1);
            (month, year_day.saturating_sub(days_before(month)))
        };
        if self.month.is_some_and(|seen| seen != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|seen| seen != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }
}

/// Fixed text. A blank stands for any number of them.
fn skip<'v>(mut value: &'v [u8], prefix: &str) -> Result<&'v [u8], &'v [u8]> {
    let mut prefix = prefix.as_bytes();
    while let Some((wanted, after)) = prefix.split_first() {
        if *wanted == b' ' {
            if value.first().is_some_and(|found| *found != b' ') {
                return Err(value);
            }
            prefix = trim_blanks(prefix);
            value = trim_blanks(value);
            continue;
        }
        match value.split_first() {
            Some((found, rest)) if found == wanted => value = rest,
            _ => return Err(value),
        }
        prefix = after;
    }
    Ok(value)
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| **byte == b' ').count();
    text.get(blanks..).unwrap_or_default()
}

/// A name of a table, or so many of its letters; case does not matter.
fn name<'v>(
    table: &[&str],
    letters: usize,
    value: &'v [u8],
    into: &mut Option<i64>,
) -> Result<&'v [u8], Problem> {
    for (index, name) in table.iter().enumerate() {
        let name = name.get(..letters).unwrap_or(name).as_bytes();
        if let Some((found, rest)) = value.split_at_checked(name.len())
            && found.eq_ignore_ascii_case(name)
        {
            *into = i64::try_from(index).ok().map(|index| index.saturating_add(1));
            return Ok(rest);
        }
    }
    Err(Problem::Bad)
}

fn one_or_two(value: &[u8], two: bool) -> Result<(i64, &[u8]), Problem> {
    let length = value.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || two && length == 1 {
        return Err(Problem::Bad);
    }
    let (text, rest) = value.split_at_checked(length).ok_or(Problem::Bad)?;
    Ok((number(text).unwrap_or_default(), rest))
}

/// Exactly two digits.
pub(super) fn two_digits(text: &[u8]) -> Option<i64> {
    number(text).filter(|_| text.len() == 2)
}

fn in_range(number: i64, least: i64, most: i64, what: &'static str) -> Result<i64, Problem> {
    if (least..=most).contains(&number) { Ok(number) } else { Err(Problem::Range(what)) }
}

/// The length of a point or comma and the digits after it; 0 if there are none.
fn fraction_length(value: &[u8]) -> usize {
    match value.split_first() {
        Some((b'.' | b',', after)) => match after.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            0 => 0,
            digits => digits.saturating_add(1),
        },
        _ => 0,
    }
}

/// Digits and nothing else.
fn number(text: &[u8]) -> Option<i64> {
    text.first().filter(|byte| byte.is_ascii_digit()).and_then(|_| signed(text))
}

/// A number with a sign.
fn signed(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
