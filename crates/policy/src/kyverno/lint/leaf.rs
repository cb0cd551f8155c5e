//! What a text of a pattern can match, found out by trying values that its operands suggest.

use ironhull_value::{Value, contains_wildcard};

use crate::kyverno::pattern::leaf_matches;

/// A text that hardly any pattern speaks of.
const STRANGER: &str = "zz-stranger-0";

/// The alternatives of a text.
pub(super) fn alternatives(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim)
}

/// The parts of an alternative that must all hold.
pub(super) fn parts(alternative: &str) -> impl Iterator<Item = &str> {
    alternative.split('&').map(str::trim)
}

/// What a part compares with, without its operator.
pub(super) fn operand(part: &str) -> &str {
    if part.chars().count() < 2 {
        return part;
    }
    [">=", "<=", ">", "<", "!"].iter().find_map(|operator| part.strip_prefix(operator)).unwrap_or(part).trim()
}

/// Whether no value can match an alternative.
pub(super) fn never(alternative: &str) -> bool {
    let parts: Vec<&str> = parts(alternative).collect();
    // How several wildcards fit together is another question.
    let is_wild = |part: &&&str| contains_wildcard(part) && !part.starts_with('!');
    if parts.len() > 1 && parts.iter().any(|part| is_wild(&part)) {
        return false;
    }
    let pattern = Value::from(alternative);
    let matched = |value: &Value| value.as_str() != Some(alternative) && leaf_matches(value, &pattern);
    // A text that has no operator in it matches itself.
    let is_plain = parts.len() == 1 && operand(alternative) == alternative && ends(alternative).len() == 1;
    !is_plain && !candidates(alternative).iter().any(matched)
}

/// Whether a text with several alternatives matches every value that is neither absent nor empty.
pub(super) fn always(text: &str) -> bool {
    let pattern = Value::from(text);
    alternatives(text).count() > 1 && candidates(text).iter().all(|value| leaf_matches(value, &pattern))
}

/// Values at, between and beside the operands.
fn candidates(text: &str) -> Vec<Value> {
    let operands: Vec<&str> = alternatives(text).flat_map(parts).flat_map(ends).collect();
    let mut texts: Vec<String> = vec![STRANGER.into()];
    for operand in &operands {
        texts.push(operand.replace('*', "").replace('?', "x"));
        texts.push(operand.replace(['*', '?'], "x"));
    }
    let measured: Vec<(f64, &str)> = operands.iter().filter_map(|operand| measure(operand)).collect();
    for (number, unit) in &measured {
        let between = measured.iter().map(|(other, _)| f64::midpoint(*other, *number));
        for number in
            [*number, number - 1.0, number + 1.0, number * 2.0, number / 2.0].into_iter().chain(between)
        {
            texts.push(format!("{number}{unit}"));
        }
    }
    // Where only numbers are compared, a text is no counterexample.
    let mut values: Vec<Value> = texts.iter().map(|text| Value::from(text.as_str())).collect();
    if !measured.is_empty() && measured.len() == operands.len() {
        values.retain(|value| value.as_str().is_none_or(|text| measure(text).is_some()));
        let numbers = [i64::MIN / 4, -1, 0, 1, i64::MAX / 4];
        let plain = measured.iter().all(|(_, unit)| unit.is_empty());
        values.extend(numbers.into_iter().filter(|_| plain).map(Value::Int));
    }
    values
}

/// The ends of a range, or the operand itself.
fn ends(part: &str) -> Vec<&str> {
    let operand = operand(part);
    let range = operand.get(1..).and_then(|rest| rest.find('-')).map(|place| place + 1);
    match range.map(|place| (operand[..place].trim_end_matches('!'), &operand[place + 1..])) {
        Some((first, last)) if measure(first).is_some() && measure(last).is_some() => vec![first, last],
        _ => vec![operand],
    }
}

/// A number and its unit: `1.5Gi`, `30s`.
pub(super) fn measure(text: &str) -> Option<(f64, &str)> {
    let end = text
        .char_indices()
        .find(|(place, letter)| {
            !(letter.is_ascii_digit() || *letter == '.' || *place == 0 && "+-".contains(*letter))
        })
        .map_or(text.len(), |(place, _)| place);
    let (number, unit) = text.split_at(end);
    unit.bytes().all(|byte| byte.is_ascii_alphabetic()).then_some(())?;
    Some((number.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contradictions_are_found() {
        for text in [">5 & <3", "5-1", ">= 10 & 3", ">abc", "a & b", "!*", ">1Gi & <1Mi"] {
            assert!(never(text), "{text}");
        }
        for text in [
            ">3 & <5",
            "1-5",
            "5",
            "!a & !b",
            "a",
            "",
            "*",
            "?*",
            "a* & *b",
            ">=1h & <=24h",
            "!*:latest",
            "1!-5",
            "<=100m",
            "-",
            "!",
            ">",
            "example.com/*",
            "10.0.0.0/8",
            "2020-01-01",
        ] {
            assert!(!never(text), "{text}");
        }
    }

    #[test]
    fn tautologies_are_found() {
        for text in ["!a | !b", "?* | !b*", ">3 | <5", "!nginx | !redis | !*:latest"] {
            assert!(always(text), "{text}");
        }
        for text in ["a | b", "!a & !b", ">5 | <3", "!a | b", "!a", "1-5 | 7-9"] {
            assert!(!always(text), "{text}");
        }
    }
}
