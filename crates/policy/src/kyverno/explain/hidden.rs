//! Values that nobody shall see, wherever they come out: in a variable, in a condition, in a message.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ironhull_report::{HIDDEN, is_hidden, masked};
use ironhull_value::{Path, Value};

/// A text that is shorter may stand in others by accident: of Secrets, and of everything else that is hidden.
const SHORTEST: usize = 4;
const SHORTEST_OF_OTHERS: usize = 6;

/// The texts that are hidden.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Those of Secrets, as written and decoded.
    whole: BTreeSet<String>,
    /// Those that are hidden in other texts as well, the longest first.
    parts: Vec<String>,
}

impl Hidden {
    /// Everything that is hidden in a resource and in the Secrets among other objects.
    pub fn new<'v>(resource: &'v Value, others: impl IntoIterator<Item = &'v Value>) -> Self {
        let (mut whole, mut parts) = (BTreeSet::new(), BTreeSet::new());
        let is_secret = |value: &Value| value.dig_str(&["kind"]) == Some("Secret");
        for secret in others.into_iter().filter(|value| is_secret(value)).chain([resource]) {
            let least = if is_secret(secret) { SHORTEST } else { SHORTEST_OF_OTHERS };
            scalars(secret, &mut |path, value| {
                if !is_hidden(secret, path) {
                    return;
                }
                for text in forms(value) {
                    if text.len() >= least {
                        parts.insert(text.clone());
                    }
                    if is_secret(secret) && !text.is_empty() {
                        whole.insert(text);
                    }
                }
            });
        }
        let mut parts: Vec<String> = parts.into_iter().collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        Self { whole, parts }
    }

    /// A text as it may be shown.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.whole.contains(text) {
            return HIDDEN.into();
        }
        let mut shown = Cow::Borrowed(text);
        for part in self.parts.iter().filter(|part| text.contains(part.as_str())) {
            shown = shown.replace(part, HIDDEN).into();
        }
        shown
    }

    /// A value as it may be shown.
    pub fn value(&self, value: &Value) -> Value {
        self.inner(&masked(value, &Path::root(), value))
    }

    /// A value at a path of an object as it may be shown.
    pub(super) fn at(&self, object: &Value, path: &Path, value: &Value) -> Value {
        self.inner(&masked(object, path, value))
    }

    fn inner(&self, value: &Value) -> Value {
        match value {
            Value::Str(text) => Value::from(&*self.text(text)),
            Value::Int(_) | Value::Float(_) if self.whole.contains(&plain(value)) => Value::from(HIDDEN),
            Value::Array(items) => Value::from(items.iter().map(|item| self.value(item)).collect::<Vec<_>>()),
            Value::Map(map) => map
                .iter()
                .map(|(key, value)| {
                    // What is hidden already stays so; an object in an object has fields of its own.
                    let inner =
                        if value.get("kind").is_some() { self.value(value) } else { self.inner(value) };
                    (key.clone(), inner)
                })
                .collect(),
            other => other.clone(),
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| crate::kyverno::json::write(value), str::to_owned)
}

/// A scalar as it is written, and what it says in base64.
fn forms(value: &Value) -> Vec<String> {
    let text = plain(value);
    let decoded = decode(&text).and_then(|bytes| String::from_utf8(bytes).ok());
    std::iter::once(text).chain(decoded.map(|text| text.trim_end_matches('\n').to_owned())).collect()
}

/// Whoever reads it is not strict, so a Secret shall not come out because of its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a text in base64, of either alphabet and over several lines; `None` for one that is none.
fn decode(text: &str) -> Option<Vec<u8>> {
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let letters = letters.map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    });
    LENIENT.decode(letters.collect::<Vec<u8>>()).ok()
}

fn scalars(value: &Value, found: &mut impl FnMut(&Path, &Value)) {
    fn walk(value: &Value, path: &Path, found: &mut impl FnMut(&Path, &Value)) {
        match value {
            Value::Map(map) => {
                map.iter().for_each(|(key, value)| walk(value, &path.child(key.as_str()), found));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(place, item)| walk(item, &path.child(place), found));
            }
            Value::Null => {}
            scalar => found(path, scalar),
        }
    }
    walk(value, &Path::root(), found);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_a_secret_holds_is_hidden_wherever_it_comes_out() {
        let secret = value(
            r#"{"kind": "Secret", "data": {"a": "aHVudGVyMg==", "b": "MQ=="}, "stringData": {"c": "s3"}}"#,
        );
        let hidden = Hidden::new(&secret, []);
        for text in ["hunter2", "aHVudGVyMg==", "1", "s3"] {
            assert_eq!(hidden.text(text), HIDDEN, "{text}");
        }
        assert_eq!(hidden.text("it is hunter2, 1"), "it is •••, 1");
        let shown =
            crate::kyverno::json::write(&hidden.value(&value(r#"{"x": {"y": ["hunter2", 1, "ok"]}}"#)));
        assert_eq!(shown, r#"{"x":{"y":["•••","•••","ok"]}}"#);
        assert!(!crate::kyverno::json::write(&hidden.value(&secret)).contains("MQ=="));
        let list = value(r#"{"items": [{"kind": "Secret", "data": {"a": "zzzz"}}]}"#);
        assert!(!crate::kyverno::json::write(&Hidden::default().value(&list)).contains("zzzz"));
    }

    #[test]
    fn base64_is_read_in_every_form() {
        let text = "über > 9?";
        for form in ["w7xiZXIgPiA5Pw==", "w7xiZXIgPiA5Pw", "w7xi\nZXIgPiA5Pw==\n", "w7xiZXIgPiA5Px=="] {
            assert_eq!(decode(form).as_deref(), Some(text.as_bytes()), "{form}");
        }
        assert_eq!((decode("_-8="), decode("/+8=")), (Some(vec![0xff, 0xef]), Some(vec![0xff, 0xef])));
        assert_eq!(decode("hunter!"), None);
    }

    #[test]
    fn what_other_resources_hide_is_hidden_unless_it_is_short() {
        let pod = value(
            r#"{"kind": "Pod", "spec": {"containers": [{"env": [{"name": "A", "value": "hunter2"}, {"value": "true"}]}]}}"#,
        );
        let secret = value(r#"{"kind": "Secret", "data": {"a": "aHVudGVyMw=="}}"#);
        let map = value(r#"{"kind": "ConfigMap", "data": {"a": "allowed"}}"#);
        let hidden = Hidden::new(&pod, [&secret, &map]);
        assert_eq!(hidden.text("hunter2 hunter3 true allowed"), "••• ••• true allowed");
    }
}
