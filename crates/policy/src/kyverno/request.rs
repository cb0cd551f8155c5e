//! What a policy is asked about.

use compact_str::CompactString;
use ironhull_value::{Map, Value};
use ironhull_world::admission::AdmissionRequest;

use super::context::Memo;

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
    /// The whole request as the API server sent it, for the variable `request`; `None` outside of admission.
    pub whole: Option<&'a Value>,
    /// Variables that a test gives, by their paths. They go in last, over what is known of the request.
    pub given: Vec<Given>,
    /// What expressions about it came to. Change a request by copying it.
    pub memo: Memo,
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
            whole: None,
            given: Vec::new(),
            memo: Memo::default(),
        }
    }

    /// What the API server asks about. `kind` is the kind of the resource that is in the path, of `pods/exec` a
    /// Pod; roles of the user are not looked up. The objects are in the namespace of the request, also those that do
    /// not say so themselves: options to connect with have no metadata. Upstream: `ConvertResource` in
    /// `pkg/utils/admission`.
    pub fn of_admission(request: &'a AdmissionRequest, kind: &'a str) -> Self {
        let user = User {
            username: request.user.username.clone(),
            uid: request.user.uid.clone(),
            groups: request.user.groups.clone(),
            ..User::default()
        };
        let inside = |object: &Option<Value>| Some(inside(object.as_ref()?, kind, &request.namespace));
        Self {
            object: inside(&request.object),
            old_object: inside(&request.old_object),
            group: &request.resource.group,
            version: &request.resource.version,
            kind,
            subresource: &request.subresource,
            operation: request.operation.as_str(),
            namespace_labels: None,
            user: Some(user),
            is_admission: true,
            whole: Some(&request.value),
            given: Vec::new(),
            memo: Memo::default(),
        }
    }

    /// The object, or `oldObject`, as a variable has it: as it came, unless it was changed since.
    pub(super) fn variable(&self, key: &str, object: Option<&Value>) -> Option<Value> {
        let object = object?;
        let came = self.whole.and_then(|whole| whole.get(key));
        let came = came.filter(|came| namespace(came).is_none());
        let is_same =
            |came: &&Value| inside(came, self.kind, namespace(object).unwrap_or_default()) == *object;
        Some(came.filter(is_same).unwrap_or(object).clone())
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

/// An object in a namespace. A Namespace is in none, although requests about it name it.
fn inside(object: &Value, kind: &str, wanted: &str) -> Value {
    let is_there = wanted.is_empty() || kind == "Namespace" || namespace(object) == Some(wanted);
    let Value::Map(map) = object else { return object.clone() };
    if is_there {
        return object.clone();
    }
    let with = |map: &Map, key: &str, value: Value| {
        let entries = map.iter().map(|(key, value)| (key.clone(), value.clone()));
        Value::Map(entries.chain([(key.into(), value)]).collect())
    };
    let metadata = map.get("metadata").and_then(Value::as_map).cloned().unwrap_or_default();
    with(map, "metadata", with(&metadata, "namespace", Value::from(wanted)))
}

fn namespace(object: &Value) -> Option<&str> {
    object.dig_str(&["metadata", "namespace"])
}

/// The group and the version of an object.
pub fn group_version(object: &Value) -> (&str, &str) {
    let version = object.dig_str(&["apiVersion"]).unwrap_or_default();
    version.split_once('/').unwrap_or(("", version))
}
