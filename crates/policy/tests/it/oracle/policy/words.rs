//! The scalars and keys that a policy talks about, and its patterns.

use serde_json::{Value, json};

/// What a resource may have in common with a policy.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Values that its patterns and conditions have, and their neighbours.
    pub(super) values: Vec<Value>,
    /// Keys of its patterns.
    pub(super) keys: Vec<String>,
    /// Its patterns and patches.
    pub(super) patterns: Vec<Value>,
    /// The patterns of its `foreach`, which are about elements.
    pub(super) elements: Vec<Value>,
}

impl Words {
    pub(super) fn of(policy: &Value) -> Self {
        let mut words = Self::default();
        for rule in policy["spec"]["rules"].as_array().into_iter().flatten() {
            for part in ["match", "exclude", "preconditions", "validate", "mutate", "context"] {
                words.scalars(&rule[part]);
            }
            words.patterns(&rule["validate"], false);
            words.patterns(&rule["mutate"], false);
        }
        for list in ["0", "1", "512Mi", "2Gi", "100m", "true", "10s", "*", "a b", "{{x}}"] {
            words.values.push(json!(list));
        }
        words.values.extend([json!(0), json!(1), json!(-1), json!(1.5), json!(true), json!(false)]);
        words.keys.extend(["app", "name", "labels", "annotations", "a"].map(str::to_owned));
        words
    }

    fn patterns(&mut self, part: &Value, is_element: bool) {
        let found = if is_element { &mut self.elements } else { &mut self.patterns };
        found.extend(["pattern", "patchStrategicMerge"].iter().filter_map(|key| part.get(key)).cloned());
        found.extend(part["anyPattern"].as_array().into_iter().flatten().cloned());
        for each in part["foreach"].as_array().into_iter().flatten() {
            self.patterns(each, true);
        }
    }

    fn scalars(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.keys.push(bare(key).to_owned());
                    self.scalars(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.scalars(item)),
            Value::String(text) if !text.contains("{{") => {
                self.values.extend(near(text).into_iter().map(Value::String));
            }
            Value::Number(number) => {
                self.values.push(value.clone());
                if let Some(whole) = number.as_i64() {
                    self.values.extend([json!(whole.wrapping_add(1)), json!(whole.wrapping_sub(1))]);
                    self.values.push(json!(whole.to_string()));
                }
            }
            _ => {}
        }
    }
}

/// A key without its anchor.
pub(super) fn bare(key: &str) -> &str {
    let inner = key.split_once('(').map_or(key, |(start, rest)| if start.len() <= 1 { rest } else { key });
    inner.strip_suffix(')').unwrap_or(inner)
}

/// Texts that a pattern may be about: its alternatives without operators, with something for wildcards.
pub(super) fn near(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split(['|', '&', ',']) {
        let part = part.trim();
        let plain = part.trim_start_matches(['!', '>', '<', '=']).trim();
        found.push(plain.replace("?*", "x").replace('*', "").replace('?', "y"));
        found.push(plain.replace('*', "zz").replace('?', ""));
        if let Some((from, to)) = plain.split_once('-') {
            found.extend([from.to_owned(), to.to_owned()]);
        }
        if let Ok(number) = plain.parse::<i64>() {
            found.push(number.wrapping_add(1).to_string());
        }
        for unit in ["Mi", "Gi", "Ki", "m", "s", "h"] {
            if let Some(number) = plain.strip_suffix(unit).and_then(|number| number.parse::<i64>().ok()) {
                found.extend([
                    format!("{}{unit}", number + 1),
                    format!("{}{unit}", number / 2),
                    format!("{number}"),
                ]);
            }
        }
    }
    found.push(text.to_owned());
    found
}
