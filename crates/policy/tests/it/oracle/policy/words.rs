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
    /// Labels that its selectors of namespaces ask about.
    pub(super) labels: Vec<(String, String)>,
    /// Where its conditions look, and what they compare with.
    pub(super) places: Vec<Place>,
    /// The patterns of its `foreach`, which are about elements.
    pub(super) elements: Vec<Value>,
}

/// A place in a resource that a condition is about.
#[derive(Debug)]
pub(super) struct Place {
    /// Keys; an empty one stands for every element of a list.
    pub(super) path: Vec<String>,
    /// Whether it is in an element of a list, such as a container.
    pub(super) is_element: bool,
    pub(super) values: Vec<Value>,
}

impl Place {
    fn of(key: &str, value: &Value) -> Option<Self> {
        let (start, is_element) = match (key.find("request.object."), key.find("element.")) {
            (Some(at), _) => (at + "request.object.".len(), false),
            (None, Some(at)) => (at + "element.".len(), true),
            (None, None) => return None,
        };
        let is_path = |letter: char| letter.is_ascii_alphanumeric() || "._-/[]\"\\".contains(letter);
        let text = key[start..].split(|letter| !is_path(letter)).next()?;
        let mut path = Vec::new();
        let mut quoted = false;
        let mut step = String::new();
        for letter in text.chars() {
            match letter {
                '"' => quoted = !quoted,
                '\\' => {}
                '.' | '[' if !quoted => path.push(std::mem::take(&mut step)),
                ']' => {}
                other => step.push(other),
            }
        }
        path.push(step);
        let mut values = Vec::new();
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for item in items {
            match item {
                // What names itself has no end upstream.
                Value::String(text) if text.contains("{{") => {}
                Value::String(text) => values.extend(near(text).into_iter().map(Value::String)),
                other => values.push(other.clone()),
            }
        }
        values.push(if value.to_string().contains("{{") { json!("x") } else { value.clone() });
        Some(Self { path, is_element, values })
    }
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

    fn selected(&mut self, selector: &Value) {
        for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
            self.labels.push((key.clone(), value.as_str().unwrap_or_default().to_owned()));
        }
        for one in selector["matchExpressions"].as_array().into_iter().flatten() {
            let key = one["key"].as_str().unwrap_or_default();
            let values = one["values"].as_array().into_iter().flatten().filter_map(Value::as_str);
            self.labels.extend(values.chain(["other"]).map(|value| (key.to_owned(), value.to_owned())));
        }
    }

    fn scalars(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                if let (Some(Value::String(key)), Some(value)) = (map.get("key"), map.get("value")) {
                    self.places.extend(Place::of(key, value));
                }
                if let Some(selector) = map.get("namespaceSelector") {
                    self.selected(selector);
                }
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
