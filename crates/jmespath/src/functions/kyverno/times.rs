//! Times (`time.go`). Without a layout of their own they are RFC 3339.

use ironhull_value::{format_duration, parse_duration};

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::go::quote;
use crate::go::time::{Instant, RFC3339, parse};
use crate::program::Call;
use crate::term::Term;

pub(in crate::functions) fn time_since<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let layout = text(arguments, 0);
    let layout = if layout.is_empty() { RFC3339 } else { &layout };
    let start = parse(layout, &text(arguments, 1)).map_err(Error::Function)?;
    let end = match &*text(arguments, 2) {
        "" => now(machine)?,
        end => parse(layout, end).map_err(Error::Function)?,
    };
    Ok(Term::text(format_duration(end.since(start))))
}

pub(in crate::functions) fn time_now<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    _: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::text(now(machine)?.rfc3339()))
}

pub(in crate::functions) fn time_now_utc<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    _: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::text(now(machine)?.utc().rfc3339()))
}

/// Minute, hour, day, month and day of the week.
pub(in crate::functions) fn time_to_cron<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let [minute, hour, day, month, weekday] = time(arguments, 0)?.cron();
    Ok(Term::text(format!("{minute} {hour} {day} {month} {weekday}")))
}

pub(in crate::functions) fn time_add<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::text(time(arguments, 0)?.plus(duration(arguments, 1)?).rfc3339()))
}

/// A layout that is a number means seconds since 1970.
pub(in crate::functions) fn time_parse<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (layout, written) = (text(arguments, 0), text(arguments, 1));
    if layout.parse::<i64>().is_err() {
        return Ok(Term::text(parse(&layout, &written).map_err(Error::Function)?.rfc3339()));
    }
    if let Ok(seconds) = written.parse() {
        return Ok(Term::text(Instant::new(seconds, 0, 0).rfc3339()));
    }
    let digits = written.trim_start_matches(['+', '-']);
    let is_number = !digits.is_empty()
        && written.len().saturating_sub(digits.len()) <= 1
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    Err(Error::Function(format!("strconv.ParseInt: parsing {}: {why}", quote::text(&written))))
}

pub(in crate::functions) fn time_utc<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::text(time(arguments, 0)?.utc().rfc3339()))
}

pub(in crate::functions) fn time_diff<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (start, end) = (time(arguments, 0)?, time(arguments, 1)?);
    Ok(Term::text(format_duration(end.since(start))))
}

pub(in crate::functions) fn time_before<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (left, right) = (time(arguments, 0)?, time(arguments, 1)?);
    Ok(Term::bool(left.is_before(right)))
}

pub(in crate::functions) fn time_after<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (left, right) = (time(arguments, 0)?, time(arguments, 1)?);
    Ok(Term::bool(right.is_before(left)))
}

pub(in crate::functions) fn time_between<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (asked, start, end) = (time(arguments, 0)?, time(arguments, 1)?, time(arguments, 2)?);
    Ok(Term::bool(start.is_before(asked) && asked.is_before(end)))
}

pub(in crate::functions) fn time_truncate<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::text(time(arguments, 0)?.truncated(duration(arguments, 1)?).rfc3339()))
}

fn time(arguments: &[Term<'_>], index: usize) -> Result<Instant, Error> {
    parse(RFC3339, &text(arguments, index)).map_err(Error::Function)
}

fn duration(arguments: &[Term<'_>], index: usize) -> Result<i64, Error> {
    parse_duration(&text(arguments, index)).map_err(|error| Error::Function(error.to_string()))
}

fn now(machine: &Machine<'_, '_, '_>) -> Result<Instant, Error> {
    let now = machine.env.now.ok_or(Error::Unavailable("the time"))?;
    Ok(Instant::new(now.seconds, now.nanoseconds, now.offset))
}
