//! The request of a review.

use ironhull_value::{CompactString, Map, Value};

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
    /// Somebody connects to it: `exec`, `attach`, `portforward`, `proxy`.
    Connect,
}

impl Operation {
    /// All, in the order of the field's documentation.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Delete, Self::Connect];

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }

    /// From what the API writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A resource of the API, as it is in paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The group; empty for the core group.
    pub group: CompactString,
    /// The version.
    pub version: CompactString,
    /// The plural.
    pub resource: CompactString,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    /// The name, `system:serviceaccount:shop:web`.
    pub username: CompactString,
    /// The id.
    pub uid: CompactString,
    /// The groups.
    pub groups: Vec<CompactString>,
}

/// The request of a review. What is not read into a field is still in [`value`](Self::value).
#[derive(Clone, Debug)]
pub struct AdmissionRequest {
    /// The whole request, as it came.
    pub value: Value,
    /// Identifies the request; the answer repeats it.
    pub uid: CompactString,
    /// The resource that the webhook was registered for.
    pub resource: Resource,
    /// The kind of the object: group, version and kind. That of `pods/exec` is `PodExecOptions`.
    pub kind: (CompactString, CompactString, CompactString),
    /// The subresource; empty for the object itself.
    pub subresource: CompactString,
    /// The name; empty when the server makes it up.
    pub name: CompactString,
    /// The namespace; empty outside of any. Of a Namespace it is its own name.
    pub namespace: CompactString,
    /// What is done.
    pub operation: Operation,
    /// Who asks.
    pub user: Requester,
    /// The object as it shall be; none for a deletion.
    pub object: Option<Value>,
    /// The object as it was; none for a creation.
    pub old_object: Option<Value>,
    /// Nothing will be stored.
    pub dry_run: bool,
}

impl AdmissionRequest {
    /// Reads a request; an error says what it lacks.
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let text = |keys: &[&str]| value.dig_str(keys).map(CompactString::from).unwrap_or_default();
        let needed = |keys: &[&str]| {
            let found = text(keys);
            if found.is_empty() { Err(format!("request.{} is missing", keys.join("."))) } else { Ok(found) }
        };
        let part = |key: &str| match value.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(found @ Value::Map(_)) => Ok(Some(found.clone())),
            Some(other) => {
                Err(format!("request.{key} is of the type {}, not an object", other.kind().name()))
            }
        };
        let operation = text(&["operation"]);
        let operation =
            Operation::parse(&operation).ok_or_else(|| format!("request.operation is {operation:?}"))?;
        let groups = value.dig_items(&["userInfo", "groups"]).iter().filter_map(Value::as_str);
        Ok(Self {
            uid: needed(&["uid"])?,
            resource: Resource {
                group: text(&["resource", "group"]),
                version: needed(&["resource", "version"])?,
                resource: needed(&["resource", "resource"])?,
            },
            kind: (text(&["kind", "group"]), needed(&["kind", "version"])?, needed(&["kind", "kind"])?),
            subresource: text(&["subResource"]),
            name: text(&["name"]),
            namespace: text(&["namespace"]),
            operation,
            user: Requester {
                username: text(&["userInfo", "username"]),
                uid: text(&["userInfo", "uid"]),
                groups: groups.map(CompactString::from).collect(),
            },
            object: part("object")?,
            old_object: part("oldObject")?,
            dry_run: value.get("dryRun").and_then(Value::as_bool).unwrap_or(false),
            value,
        })
    }

    /// The object that it is about: the new one, of a deletion the old one.
    pub fn about(&self) -> Option<&Value> {
        self.object.as_ref().or(self.old_object.as_ref())
    }

    /// The name by which people know the object: its own, or what it shall begin with.
    pub fn shown_name(&self) -> &str {
        if !self.name.is_empty() {
            return &self.name;
        }
        let of = |key: &str| self.about().and_then(|object| object.dig_str(&["metadata", key]));
        of("name").filter(|name| !name.is_empty()).or_else(|| of("generateName")).unwrap_or_default()
    }

    /// The labels of the object.
    pub fn labels(&self) -> Option<&Map> {
        self.about()?.dig(&["metadata", "labels"])?.as_map()
    }
}
