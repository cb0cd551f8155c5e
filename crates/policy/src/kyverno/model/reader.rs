//! Reading fields, and taking down what is wrong with them.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

/// Something in a policy that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, from the root of the object.
    pub path: Path,
    /// What, and what to write instead.
    pub message: String,
}

/// Takes down problems.
#[derive(Debug, Default)]
pub(in crate::kyverno) struct Reader {
    pub(in crate::kyverno) problems: Vec<Problem>,
}

/// A value with the way to it.
#[derive(Clone, Debug)]
pub(in crate::kyverno) struct At<'v> {
    pub(in crate::kyverno) value: &'v Value,
    pub(in crate::kyverno) path: Path,
}

impl<'v> At<'v> {
    /// A member that is there and is not null.
    pub(in crate::kyverno) fn get(&self, key: &str) -> Option<At<'v>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(At { value, path: self.path.child(key) })
    }

    /// The items of a list.
    pub(in crate::kyverno) fn items(&self) -> impl Iterator<Item = At<'v>> + use<'v> {
        let (items, path) = (self.value.as_array().unwrap_or_default(), self.path.clone());
        items.iter().enumerate().map(move |(index, value)| At { value, path: path.child(index) })
    }
}

impl Reader {
    pub(in crate::kyverno) fn wrong(&mut self, path: &Path, message: impl Into<String>) {
        self.problems.push(Problem { path: path.clone(), message: message.into() });
    }

    /// Names every field that nobody reads: mostly one that somebody misspelled.
    pub(in crate::kyverno) fn only(&mut self, at: &At<'_>, known: &[&str]) {
        let Some(map) = at.value.as_map() else {
            self.wrong(&at.path, format!("must be an object, is {}", article(at.value)));
            return;
        };
        for (key, _) in map.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            let near = known.iter().find(|known| is_near(known, key.as_str()));
            let hint = match near {
                Some(near) => format!("; did you mean `{near}`?"),
                None => format!("; the fields here are {}", known.join(", ")),
            };
            self.wrong(&at.path.child(key.as_str()), format!("unknown field `{key}`{hint}"));
        }
    }

    pub(in crate::kyverno) fn text(&mut self, at: &At<'_>, key: &str) -> Option<CompactString> {
        let at = at.get(key)?;
        if let Some(text) = at.value.as_str() {
            Some(text.into())
        } else {
            let quotes = if at.value.as_map().is_some() || at.value.as_array().is_some() {
                ""
            } else {
                "; put it in quotes"
            };
            self.wrong(&at.path, format!("`{key}` must be a text, is {}{quotes}", article(at.value)));
            None
        }
    }

    pub(in crate::kyverno) fn flag(&mut self, at: &At<'_>, key: &str) -> Option<bool> {
        let at = at.get(key)?;
        if let Some(flag) = at.value.as_bool() {
            Some(flag)
        } else {
            self.wrong(&at.path, format!("`{key}` must be true or false, is {}", article(at.value)));
            None
        }
    }

    pub(in crate::kyverno) fn number(&mut self, at: &At<'_>, key: &str) -> Option<i64> {
        let at = at.get(key)?;
        if let Some(number) = at.value.as_i64() {
            Some(number)
        } else {
            self.wrong(&at.path, format!("`{key}` must be a whole number, is {}", article(at.value)));
            None
        }
    }

    pub(in crate::kyverno) fn texts(&mut self, at: &At<'_>, key: &str) -> Vec<CompactString> {
        let Some(at) = at.get(key) else { return Vec::new() };
        self.list(&at);
        let mut found = Vec::new();
        for item in at.items() {
            match item.value.as_str() {
                Some(text) => found.push(text.into()),
                None => self.wrong(&item.path, format!("must be a text, is {}", article(item.value))),
            }
        }
        found
    }

    /// Texts by name.
    pub(in crate::kyverno) fn map(
        &mut self,
        at: &At<'_>,
        key: &str,
    ) -> Option<Vec<(CompactString, CompactString)>> {
        let at = at.get(key)?;
        let Some(map) = at.value.as_map() else {
            self.wrong(&at.path, format!("must be an object, is {}", article(at.value)));
            return None;
        };
        let mut found = Vec::new();
        for (key, value) in map.iter() {
            if let Some(text) = value.as_str() {
                found.push((key.as_str().into(), text.into()));
            } else {
                let path = at.path.child(key.as_str());
                self.wrong(&path, format!("must be a text, is {}", article(value)));
            }
        }
        Some(found)
    }

    /// Says so if the value is no list.
    pub(in crate::kyverno) fn list(&mut self, at: &At<'_>) {
        if at.value.as_array().is_none() {
            self.wrong(&at.path, format!("must be a list, is {}", article(at.value)));
        }
    }

    /// One of some words, of whatever case.
    pub(in crate::kyverno) fn word(
        &mut self,
        at: &At<'_>,
        key: &str,
        words: &[&'static str],
    ) -> Option<&'static str> {
        let text = self.text(at, key)?;
        let found = words.iter().find(|word| word.eq_ignore_ascii_case(&text));
        if found.is_none() {
            self.wrong(&at.path.child(key), format!("`{text}` is none of {}", words.join(", ")));
        }
        found.copied()
    }
}

/// What a value is, with its article.
fn article(value: &Value) -> String {
    let name = value.kind().name();
    match name {
        "array" | "integer" | "object" => format!("an {name}"),
        "null" => name.to_owned(),
        name => format!("a {name}"),
    }
}

/// Whether two names differ only in case, or in one letter.
fn is_near(known: &str, typed: &str) -> bool {
    if known.eq_ignore_ascii_case(typed) {
        return true;
    }
    let (a, b): (Vec<char>, Vec<char>) = (known.chars().collect(), typed.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[same..].iter().rev().zip(b[same..].iter().rev()).take_while(|(x, y)| x == y).count();
    a.len().abs_diff(b.len()) <= 1 && a.len().max(b.len()) - same - tail <= 2 && known.len() > 3
}
