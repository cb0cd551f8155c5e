//! What is taken off an object on its way in from a cluster.

use ironhull_value::{Key, Map, Value};
use sha2::{Digest, Sha256};

/// The annotation in which `kubectl apply` keeps the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Hashes the values of Secrets with a key of this process, so that a change can be seen and two equal
/// values recognised without keeping either.
pub struct SecretHasher([u8; 32]);

impl SecretHasher {
    /// A hasher with this key. The caller draws it at random, once.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The keyed hash of a value, in 16 hexadecimal digits.
    fn hash(&self, value: &str) -> String {
        // Two rounds, because a single round with the key in front can be extended by a stranger.
        let inner = Sha256::new().chain_update(self.0).chain_update(value).finalize();
        let outer = Sha256::new().chain_update(self.0).chain_update(inner).finalize();
        outer.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for SecretHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHasher(…)")
    }
}

/// Drops `managedFields` and the last-applied annotation, which are half of a cluster's bytes and say
/// nothing new, and reduces the data of a Secret to key names, lengths and keyed hashes.
#[must_use]
pub fn reduce(object: &Value, hasher: &SecretHasher) -> Value {
    let Some(map) = object.as_map() else { return object.clone() };
    let is_secret = object.get("kind").and_then(Value::as_str) == Some("Secret")
        && object.get("apiVersion").and_then(Value::as_str) == Some("v1");
    map.iter()
        .map(|(key, value)| {
            let value = match key.as_str() {
                "metadata" => plain_metadata(value),
                "data" | "stringData" if is_secret => secret_data(value, hasher),
                _ => value.clone(),
            };
            (key.clone(), value)
        })
        .collect()
}

/// `metadata` without what the API server and `kubectl apply` keep for themselves.
#[must_use]
pub fn plain_metadata(value: &Value) -> Value {
    let Some(map) = value.as_map() else { return value.clone() };
    let kept = map.iter().filter(|(key, _)| key.as_str() != "managedFields");
    kept.map(|(key, value)| {
        let value = if key.as_str() == "annotations" { annotations(value) } else { value.clone() };
        (key.clone(), value)
    })
    .collect()
}

fn annotations(value: &Value) -> Value {
    match value.as_map() {
        Some(map) if map.contains_key(LAST_APPLIED) => {
            let kept = map.iter().filter(|(key, _)| key.as_str() != LAST_APPLIED);
            kept.map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        _ => value.clone(),
    }
}

fn secret_data(value: &Value, hasher: &SecretHasher) -> Value {
    let Some(map) = value.as_map() else { return Value::Map(Map::default()) };
    map.iter()
        .map(|(key, value)| {
            let text = value.as_str().unwrap_or_default();
            let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
            let facts = [
                (Key::new("hash"), Value::from(hasher.hash(text).as_str())),
                (Key::new("length"), Value::Int(length)),
            ];
            (key.clone(), facts.into_iter().collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ironhull_manifest::{Limits, read};
    use ironhull_value::Interner;

    #[test]
    fn nothing_of_a_secret_stays() {
        let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  managedFields: [x]\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: topsecret, b: c}\ndata: {password: topsecret}\n";
        let parsed = read("x", text.as_bytes(), &Limits::default(), &mut Interner::new());
        let reduced = reduce(&parsed.documents[0].value, &SecretHasher::new([7; 32]));
        let shown = format!("{reduced:?}");
        assert!(!shown.contains("topsecret") && !shown.contains("managedFields"), "{shown}");
        assert_eq!(reduced.dig(&["data", "password", "length"]), Some(&Value::Int(9)));
        assert_eq!(reduced.dig_str(&["metadata", "annotations", "b"]), Some("c"));
    }
}
