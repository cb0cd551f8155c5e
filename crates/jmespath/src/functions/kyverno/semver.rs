//! Ranges of versions, as `blang/semver` reads them: `>=1.2.3 <2.x || 3.0.0`.

use std::cmp::Ordering;

use super::version::Version;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::go::quote;
use crate::program::Call;
use crate::term::Term;

/// Whether the version is in the range. What is no version counts as 0.0.0, as upstream has it.
pub(in crate::functions) fn semver_compare<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let range = text(arguments, 1);
    machine.step(range.len())?;
    let version = Version::parse(&text(arguments, 0)).unwrap_or_default();
    let alternatives = parse_range(&range).map_err(Error::Function)?;
    let is_in = alternatives.iter().any(|all| all.iter().all(|bound| bound.admits(&version)));
    Ok(Term::bool(is_in))
}

struct Bound {
    operator: Operator,
    version: Version,
}

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
}

impl Bound {
    fn admits(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => order != Ordering::Equal,
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterEqual => order != Ordering::Less,
            Operator::Less => order == Ordering::Less,
            Operator::LessEqual => order != Ordering::Greater,
        }
    }

    fn parse(part: &str) -> Result<Self, String> {
        let (operator, version) = operator_and_version(part)?;
        let wrong = |error: String| format!("Could not parse Range {}: {error}", quote::text(part));
        let whole = quote::text(&[operator, version].concat());
        let operator = match operator {
            "" | "=" | "==" => Operator::Equal,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessEqual,
            "!" | "!=" => Operator::NotEqual,
            other => {
                let other = quote::text(other);
                return Err(wrong(format!("Could not parse comparator {other} in {whole}")));
            }
        };
        let parsed = Version::parse(version).map_err(|error| {
            wrong(format!("Could not parse version {} in {whole}: {error}", quote::text(version)))
        })?;
        Ok(Self { operator, version: parsed })
    }
}

/// Alternatives of bounds that must all hold.
fn parse_range(text: &str) -> Result<Vec<Vec<Bound>>, String> {
    let parts = split(text);
    if parts.first().is_some_and(|part| part == "||") {
        return Err("First element in range is '||'".into());
    }
    if parts.last().is_none_or(|part| part == "||") {
        return Err("Last element in range is '||'".into());
    }
    let alternatives = parts.split(|part| part == "||");
    let mut expanded = Vec::new();
    for alternative in alternatives {
        let mut bounds = Vec::new();
        for part in alternative {
            expand(part, &mut bounds)?;
        }
        // Upstream calls nothing for an alternative between two bars, and panics.
        if bounds.is_empty() {
            return Err("Empty element in range between '||'".into());
        }
        expanded.push(bounds);
    }
    expanded.iter().map(|bounds| bounds.iter().map(|bound| Bound::parse(bound)).collect()).collect()
}

/// Cuts at blanks that do not follow an operator, and takes the others out. A part of one character at
/// either end of a blank is lost, as it is upstream.
fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut last = 0_usize;
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte != b' ' {
            before = byte;
        } else if !matches!(before, b'>' | b'<' | b'=') {
            if last.saturating_add(1) < at {
                parts.push(text.get(last..at).unwrap_or_default().replace(' ', ""));
            }
            last = at.saturating_add(1);
        }
    }
    if last.saturating_add(1) < text.len() {
        parts.push(text.get(last..).unwrap_or_default().replace(' ', ""));
    }
    parts
}

/// The text up to the first digit, and from there on.
fn operator_and_version(part: &str) -> Result<(&str, &str), String> {
    let at = part
        .find(char::is_numeric)
        .ok_or_else(|| format!("Could not get version from string: {}", quote::text(part)))?;
    let (operator, version) = part.split_at(at);
    Ok((operator.trim(), version))
}

/// `1.2.x` and `1.x` become bounds with whole versions.
fn expand(part: &str, into: &mut Vec<String>) -> Result<(), String> {
    if !part.contains('x') {
        into.push(part.to_owned());
        return Ok(());
    }
    let (operator, version) = operator_and_version(part)?;
    let fields: Vec<&str> = version.split('.').collect();
    let wildcard = if fields.last() == Some(&"x") { fields.len() } else { 0 };
    let flat = version.replacen(".x.x", ".x", 1).replacen(".x", ".0", 1);
    let flat = if flat.split('.').count() == 2 { flat + ".0" } else { flat };
    let (operator, is_next) = match operator {
        ">" => (">=", true),
        ">=" => (">=", false),
        "<" => ("<", false),
        "<=" => ("<", true),
        "" | "=" | "==" => {
            into.push(format!(">={flat}"));
            ("<", true)
        }
        "!" | "!=" => {
            into.push(format!("<{flat}"));
            (">=", true)
        }
        _ => ("", false),
    };
    let bound = match (is_next, wildcard) {
        (false, _) => flat,
        (true, 3) => incremented(&flat, 1),
        (true, 2) => incremented(&flat, 0),
        (true, _) => String::new(),
    };
    into.push(format!("{operator}{bound}"));
    Ok(())
}

/// The version with one field raised by one; nothing where the field is no number.
fn incremented(version: &str, field: usize) -> String {
    let mut fields: Vec<String> = version.split('.').map(str::to_owned).collect();
    let raised = fields.get(field).and_then(|text| text.parse::<i64>().ok());
    match (fields.get_mut(field), raised) {
        (Some(slot), Some(number)) => *slot = number.wrapping_add(1).to_string(),
        _ => return String::new(),
    }
    fields.join(".")
}
