//! Secrets in the lines of a configuration file that stands in a value: properties, env files, INI, YAML,
//! JSON.

use super::names::{self, Says};
use super::values::{could_be_secret, is_reference};
use super::{Why, known_form};

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct LineHit<'t> {
    /// The line, from 1.
    pub(in super::super) line: usize,
    /// The name before the value; none when only the form tells.
    pub(in super::super) name: Option<&'t str>,
    /// Why.
    pub(in super::super) why: Why,
}

/// The secrets of a file, by line: at most one credential of a known form, and every line of the form
/// `name=value` or `name: value`.
pub(in super::super) fn in_file(text: &str) -> Vec<LineHit<'_>> {
    let mut hits: Vec<_> = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let name = named_secret(line)?;
            Some(LineHit { line: index + 1, name: Some(name), why: Why::Name })
        })
        .collect();
    if let Some(form) = known_form(text) {
        let line = text.get(..form.offset).map_or(1, |before| before.matches('\n').count() + 1);
        if !hits.iter().any(|hit| hit.line == line) {
            hits.push(LineHit { line, name: None, why: Why::Form(form.what) });
        }
    }
    hits.sort_by_key(|hit| hit.line);
    hits
}

/// The name in a line that gives it a secret value. JSON on one line is looked at in pieces.
fn named_secret(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with('{') {
        return line.split(['{', '}', ',']).find_map(named_value);
    }
    named_value(line)
}

fn named_value(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with(['#', ';', '!', '*', '<']) || line.starts_with("//") || line.starts_with("--") {
        return None;
    }
    let line = line.strip_prefix("export ").or_else(|| line.strip_prefix("- ")).unwrap_or(line).trim_start();
    let at = line.find(['=', ':'])?;
    let (name, value) = (line.get(..at)?.trim(), line.get(at + 1..)?);
    let name = name.trim_matches(['"', '\'']);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let says = names::says(name)?;
    let (value, quoted) = scalar(value)?;
    // Code and prose: calls, operators, sentences, blocks.
    let is_word = !value.contains(char::is_whitespace);
    let is_code = !quoted && value.contains(['(', ')', '[', ']', '{', '}', '|', '>', '&', ';', ',']);
    if !is_word || is_code || is_reference(value) || !could_be_secret(value, says) {
        return None;
    }
    // A short word behind `token:` is a term of some grammar more often than a token.
    let weak = says != Says::Password && !is_material(value);
    (!weak && name != "pass").then_some(name)
}

/// The value of a line without quotes, comment and final comma; none where a structure begins.
fn scalar(value: &str) -> Option<(&str, bool)> {
    // `==`, `:=`, `=>` and `=~` are code.
    if value.starts_with(['=', ':', '>', '~']) {
        return None;
    }
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let (inner, rest) = rest.split_once(quote)?;
            // `"a" + b` and the like are code.
            return rest.trim().trim_matches([',', ';']).is_empty().then_some((inner, true));
        }
    }
    if value.starts_with(['|', '>', '{', '[', '&', '*', '!']) {
        return None;
    }
    let value = value.split(" #").next().unwrap_or_default().trim();
    Some((value.trim_end_matches([',', ';']), false))
}

/// Letters and digits mixed, or a long word.
fn is_material(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    value.len() >= 8 && (digits >= 2 && letters >= 2 || value.len() >= 24 && !value.contains('.'))
}
