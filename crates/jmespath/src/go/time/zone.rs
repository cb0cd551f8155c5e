//! Time zones in a text: offsets and abbreviations.

use super::layout::Offset;
use super::parse::{Problem, two_digits};

/// The offset in seconds, and the rest.
pub(super) fn offset(form: Offset, value: &[u8]) -> Result<(i32, &[u8]), Problem> {
    let (colons, seconds_at, length): (&[usize], Option<usize>, usize) = match form {
        Offset::Hours => (&[], None, 3),
        Offset::Minutes => (&[], None, 5),
        Offset::ColonMinutes => (&[3], None, 6),
        Offset::Seconds => (&[], Some(5), 7),
        Offset::ColonSeconds => (&[3, 6], Some(7), 9),
    };
    let (text, rest) = value.split_at_checked(length).ok_or(Problem::Bad)?;
    if colons.iter().any(|at| text.get(*at) != Some(&b':')) {
        return Err(Problem::Bad);
    }
    let minutes_at = match form {
        Offset::Hours => None,
        Offset::ColonMinutes | Offset::ColonSeconds => Some(4),
        Offset::Minutes | Offset::Seconds => Some(3),
    };
    let part = |at: Option<usize>| at.map_or(Some(0), |at| two_digits(text.get(at..at.checked_add(2)?)?));
    let (hours, minutes, seconds) = (part(Some(1)), part(minutes_at), part(seconds_at));
    // The range is complained of first, and only of what was read.
    for (number, limit, what) in [
        (hours, 24, "time zone offset hour"),
        (hours.and(minutes), 60, "time zone offset minute"),
        (hours.and(minutes).and(seconds), 60, "time zone offset second"),
    ] {
        if number.unwrap_or_default() > limit {
            return Err(Problem::Range(what));
        }
    }
    let (Some(hours), Some(minutes), Some(seconds)) = (hours, minutes, seconds) else {
        return Err(Problem::Bad);
    };
    let total = hours.saturating_mul(60).saturating_add(minutes).saturating_mul(60).saturating_add(seconds);
    let total = i32::try_from(total).unwrap_or_default();
    match text.first() {
        Some(b'+') => Ok((total, rest)),
        Some(b'-') => Ok((total.saturating_neg(), rest)),
        _ => Err(Problem::Bad),
    }
}

/// The length of an abbreviation: three letters, four or five that end in T, or a signed number.
pub(super) fn abbreviation(value: &[u8]) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(after) = value.strip_prefix(b"GMT") {
        return Some(signed_number(after).unwrap_or_default().saturating_add(3));
    }
    if matches!(value.first(), Some(b'+' | b'-')) {
        return signed_number(value);
    }
    let upper = value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    match upper {
        5 if value.get(4) == Some(&b'T') => Some(5),
        4 if value.get(3) == Some(&b'T') || value.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// The length of an offset in hours up to 23.
fn signed_number(value: &[u8]) -> Option<usize> {
    let (sign, digits) = value.split_first()?;
    if !matches!(sign, b'+' | b'-') {
        return None;
    }
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number: u64 = std::str::from_utf8(digits.get(..length)?).ok()?.parse().ok()?;
    (number <= 23).then(|| length.saturating_add(1))
}

/// Seconds that an abbreviation stands for: known only of `GMT+3`.
pub(super) fn seconds_of(abbreviation: &[u8]) -> i32 {
    let hours = abbreviation.strip_prefix(b"GMT").and_then(|after| std::str::from_utf8(after).ok());
    hours.and_then(|hours| hours.parse::<i32>().ok()).unwrap_or_default().saturating_mul(3600)
}
