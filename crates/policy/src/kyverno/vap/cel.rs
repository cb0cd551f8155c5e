//! CEL, as far as it is written here: truth values that fold and negate, and texts.

use std::fmt::{self, Display, Formatter, Write as _};

/// An expression that is true or false and never an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Const(bool),
    /// An expression and what says the opposite.
    Test {
        yes: String,
        no: String,
    },
    All(Vec<Truth>),
    Any(Vec<Truth>),
    /// `list.all(name, body)`, or `exists`.
    Each {
        list: String,
        name: String,
        body: Box<Truth>,
        all: bool,
    },
}

impl Truth {
    pub(super) const YES: Self = Self::Const(true);
    pub(super) const NO: Self = Self::Const(false);

    /// A call, a field or anything else that binds more tightly than `!`.
    pub(super) fn call(text: impl Into<String>) -> Self {
        let yes = text.into();
        let no = format!("!{yes}");
        Self::Test { yes, no }
    }

    /// `left operator right`. There is no NaN here, so that `<` and `>=` are opposites.
    pub(super) fn compare(left: &str, operator: &str, right: &str) -> Self {
        let opposite = match operator {
            "==" => "!=",
            "!=" => "==",
            "<" => ">=",
            "<=" => ">",
            ">" => "<=",
            _ => "<",
        };
        Self::Test { yes: format!("{left} {operator} {right}"), no: format!("{left} {opposite} {right}") }
    }

    pub(super) fn each(list: &str, name: &str, body: Self, all: bool) -> Self {
        // An empty list is all of anything.
        if body == Self::Const(all) {
            return body;
        }
        Self::Each { list: list.to_owned(), name: name.to_owned(), body: Box::new(body), all }
    }

    /// All of them, tried in order: what stands behind is not reached where something before is false.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::Const(true) => {}
                Self::Const(false) => return Self::NO,
                Self::All(more) => more.into_iter().for_each(|one| push(&mut kept, one)),
                other => push(&mut kept, other),
            }
        }
        match kept.len() {
            0 => Self::YES,
            1 => kept.remove(0),
            _ => Self::All(kept),
        }
    }

    /// Any of them.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(parts.into_iter().map(Self::not)).not()
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Const(value) => Self::Const(!value),
            Self::Test { yes, no } => Self::Test { yes: no, no: yes },
            Self::All(parts) => Self::Any(parts.into_iter().map(Self::not).collect()),
            Self::Any(parts) => Self::All(parts.into_iter().map(Self::not).collect()),
            Self::Each { list, name, body, all } => {
                Self::Each { list, name, body: Box::new(body.not()), all: !all }
            }
        }
    }

    pub(super) fn is_no(&self) -> bool {
        *self == Self::NO
    }
}

fn push(kept: &mut Vec<Truth>, one: Truth) {
    if !kept.contains(&one) {
        kept.push(one);
    }
}

impl Display for Truth {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut Formatter<'_>, parts: &[Self], operator: &str| {
            for (place, part) in parts.iter().enumerate() {
                if place > 0 {
                    write!(f, " {operator} ")?;
                }
                match part {
                    Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
                    other => write!(f, "{other}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Const(value) => write!(f, "{value}"),
            Self::Test { yes, .. } => f.write_str(yes),
            Self::All(parts) => joined(f, parts, "&&"),
            Self::Any(parts) => joined(f, parts, "||"),
            Self::Each { list, name, body, all } => {
                let macro_name = if *all { "all" } else { "exists" };
                write!(f, "{list}.{macro_name}({name}, {body})")
            }
        }
    }
}

/// A text as a literal.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("'");
    for character in text.chars() {
        match character {
            '\\' | '\'' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(other));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// Texts as a list.
pub(super) fn quoted_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quote(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// Words that the grammar keeps for itself also behind a dot.
const RESERVED: [&str; 4] = ["in", "true", "false", "null"];

fn is_name(key: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    key.as_bytes().first().is_some_and(is_start)
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.contains(&key)
}

/// The value of a key that is there.
pub(super) fn field(of: &str, key: &str) -> String {
    if is_name(key) { format!("{of}.{key}") } else { format!("{of}[{}]", quote(key)) }
}

/// Whether a map has a key.
pub(super) fn has(of: &str, key: &str) -> Truth {
    if is_name(key) {
        Truth::call(format!("has({of}.{key})"))
    } else {
        let yes = format!("{} in {of}", quote(key));
        let no = format!("!({yes})");
        Truth::Test { yes, no }
    }
}

/// Whether a text matches one with `*` and `?`. `text` is an expression that is a string.
pub(super) fn wildcard(text: &str, pattern: &str) -> Truth {
    let is_plain = |part: &str| !part.contains(['*', '?']);
    if is_plain(pattern) {
        return Truth::compare(text, "==", &quote(pattern));
    }
    if pattern == "*" {
        return Truth::YES;
    }
    if pattern == "?*" || pattern == "*?" {
        return Truth::compare(text, "!=", "''");
    }
    let call = |name: &str, part: &str| Truth::call(format!("{text}.{name}({})", quote(part)));
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, Some(part)) if is_plain(part) => return call("startsWith", part),
        (Some(part), None) if is_plain(part) => return call("endsWith", part),
        (Some(part), Some(_)) => {
            if let Some(part) = part.strip_suffix('*').filter(|part| is_plain(part)) {
                return call("contains", part);
            }
        }
        _ => {}
    }
    call("matches", &expression(pattern))
}

/// RE2 of a text with wildcards, for the whole text, line ends included.
fn expression(pattern: &str) -> String {
    let mut found = String::from("(?s)^");
    for character in pattern.chars() {
        match character {
            '*' => found.push_str(".*"),
            '?' => found.push('.'),
            '\\' | '.' | '+' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => {
                found.extend(['\\', character]);
            }
            other => found.push(other),
        }
    }
    found.push('$');
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truths_fold_and_negate() {
        let (a, b) = (Truth::call("a"), Truth::compare("b", "<", "3"));
        assert_eq!(Truth::all([a.clone(), Truth::YES, b.clone()]).to_string(), "a && b < 3");
        assert_eq!(Truth::all([a.clone(), b.clone()]).not().to_string(), "!a || b >= 3");
        assert_eq!(Truth::any([a.clone(), Truth::YES]), Truth::YES);
        assert_eq!(
            Truth::any([Truth::all([a.clone(), b.clone()]), b.clone()]).to_string(),
            "(a && b < 3) || b < 3"
        );
        assert_eq!(Truth::each("l", "e", a, true).not().to_string(), "l.exists(e, !a)");
        assert_eq!(Truth::each("l", "e", Truth::YES, true), Truth::YES);
        assert_eq!(Truth::each("l", "e", Truth::NO, true).to_string(), "l.all(e, false)");
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quote("it's \\ a\n\u{1}é"), "'it\\'s \\\\ a\\n\\u0001é'");
        assert_eq!(wildcard("v", "a.b").to_string(), "v == 'a.b'");
        assert_eq!(wildcard("v", "*:latest").to_string(), "v.endsWith(':latest')");
        assert_eq!(wildcard("v", "a*").to_string(), "v.startsWith('a')");
        assert_eq!(wildcard("v", "*a*").not().to_string(), "!v.contains('a')");
        assert_eq!(wildcard("v", "a.?*b").to_string(), "v.matches('(?s)^a\\\\...*b$')");
        assert_eq!(field("o", "a/b"), "o['a/b']");
        assert_eq!(has("o", "a/b").not().to_string(), "!('a/b' in o)");
        assert_eq!(has("o", "a").to_string(), "has(o.a)");
    }
}
