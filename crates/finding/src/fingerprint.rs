//! A name for a finding that survives re-applying, re-indenting and moving files.

use ironhull_value::{Path, Segment, Value};
use sha2::{Digest, Sha256};

use crate::{Finding, Subject};

impl Finding {
    /// 32 hexadecimal digits over the rule, the identity of the object and the field. List items count by
    /// their name where they have one, so that a container may move in its list. Never of positions.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        part(&self.rule.id);
        match &self.subject {
            Subject::Object { object, container } => {
                let key = &object.key;
                for text in [&key.group, &key.kind, &key.namespace, &key.name] {
                    part(text);
                }
                part(container.as_deref().unwrap_or_default());
                if key.copy > 0 {
                    // Copies differ in nothing but their file.
                    part(self.source_name().map_or("", |name| name));
                }
            }
            Subject::Input { source, .. } => {
                part(source.name());
                part(&self.message);
            }
        }
        if let Some(evidence) = self.evidence.first() {
            part(&stable(&evidence.object.value, &evidence.path));
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The path with names in place of positions.
fn stable(root: &Value, path: &Path) -> String {
    let mut text = String::new();
    let mut value = Some(root);
    for segment in path.segments() {
        text.push('/');
        value = match segment {
            Segment::Key(key) => {
                text.push_str(key);
                value.and_then(|value| value.get(key))
            }
            Segment::Index(index) => {
                let item = value.and_then(|value| value.item(*index));
                match item.and_then(|item| item.get("name").and_then(Value::as_str).or(item.as_str())) {
                    Some(name) => text.push_str(name),
                    None => text.push_str(&index.to_string()),
                }
                item
            }
        };
    }
    text
}
