//! What a policy is asked about.

use compact_str::CompactString;
use ironhull_value::{Map, Value};

/// One resource, and what is done with it.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The object as it shall be; `None` for a deletion.
    pub object: Option<Value>,
    /// The object as it was.
    pub old_object: Option<Value>,
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: &'a str,
    /// The labels of the object's namespace, where they are known.
    pub namespace_labels: Option<&'a Map>,
    /// Who asks; `None` in the background.
    pub user: Option<User>,
    /// Whether this is a request to the API server; else it is looked at in the background.
    pub is_admission: bool,
    /// Variables that a test gives, by their paths. They go in last, over what is known of the request.
    pub given: Vec<Given>,
}

/// A variable that a test gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Where it goes: the keys from the root of the context.
    pub path: Vec<CompactString>,
    /// What it is.
    pub value: Value,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Their name.
    pub username: CompactString,
    /// Their id.
    pub uid: CompactString,
    /// Their groups.
    pub groups: Vec<CompactString>,
    /// Their roles, as `namespace:name`.
    pub roles: Vec<CompactString>,
    /// Their cluster roles.
    pub cluster_roles: Vec<CompactString>,
}

impl User {
    /// What variables see of them, below `request`: `roles`, `clusterRoles` and `userInfo`. What is empty is
    /// not there, as in upstream's `RequestInfo`.
    pub(crate) fn variables(&self) -> Value {
        let texts = |texts: &[CompactString]| {
            (!texts.is_empty()).then(|| Value::Array(texts.iter().cloned().map(Value::Str).collect()))
        };
        let text = |text: &CompactString| (!text.is_empty()).then(|| Value::Str(text.clone()));
        let info =
            [("username", text(&self.username)), ("uid", text(&self.uid)), ("groups", texts(&self.groups))];
        let own = [
            ("roles", texts(&self.roles)),
            ("clusterRoles", texts(&self.cluster_roles)),
            ("userInfo", Some(present(info))),
        ];
        present(own)
    }

    /// The namespace and the name of a service account; both are empty for anybody else.
    pub fn service_account(&self) -> (&str, &str) {
        let rest = self.username.get("system:serviceaccount:".len()..).unwrap_or_default();
        let mut parts = rest.split(':');
        match (parts.next(), parts.next()) {
            (Some(namespace), Some(name)) => (namespace, name),
            _ => ("", ""),
        }
    }
}

fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members.into_iter().filter_map(|(key, value)| Some((key.into(), value?))).collect()
}

impl<'a> Request<'a> {
    /// The creation of an object.
    pub fn create(object: &'a Value) -> Self {
        let (group, version) = group_version(object);
        Self {
            object: Some(object.clone()),
            old_object: None,
            group,
            version,
            kind: object.dig_str(&["kind"]).unwrap_or_default(),
            subresource: "",
            operation: "CREATE",
            namespace_labels: None,
            user: None,
            is_admission: false,
            given: Vec::new(),
        }
    }

    /// The object that it is about: the new one, of a deletion the old one.
    pub fn resource(&self) -> Option<&Value> {
        self.object.as_ref().or(self.old_object.as_ref())
    }

    /// Whether it deletes.
    pub fn is_delete(&self) -> bool {
        self.operation == "DELETE"
    }
}

/// The group and the version of an object.
pub fn group_version(object: &Value) -> (&str, &str) {
    let version = object.dig_str(&["apiVersion"]).unwrap_or_default();
    version.split_once('/').unwrap_or(("", version))
}
