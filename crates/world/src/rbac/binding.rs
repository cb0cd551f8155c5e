//! Role bindings.

use ironhull_value::{Path, Value};

use crate::{Object, kinds};

/// Who gets a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubjectKind {
    /// A user name, as the authenticator says it.
    User,
    /// A group name.
    Group,
    /// A service account.
    ServiceAccount,
}

/// One subject of a binding.
#[derive(Clone, Debug)]
pub struct Subject<'w> {
    /// What kind of subject.
    pub kind: SubjectKind,
    /// Its name.
    pub name: &'w str,
    /// Its namespace; empty but for service accounts.
    pub namespace: &'w str,
    /// The way to it in the binding.
    pub path: Path,
}

/// The role that a binding names.
#[derive(Clone, Copy, Debug)]
pub struct RoleRef<'w> {
    /// Whether it is a ClusterRole.
    pub cluster: bool,
    /// Its name.
    pub name: &'w str,
}

/// A RoleBinding or ClusterRoleBinding.
#[derive(Clone, Debug)]
pub struct Binding<'w> {
    /// The object.
    pub object: &'w Object,
    /// Whether it grants in the whole cluster.
    pub cluster: bool,
    /// The role.
    pub role: RoleRef<'w>,
    /// To whom.
    pub subjects: Vec<Subject<'w>>,
}

impl<'w> Binding<'w> {
    /// Reads a binding; none for other kinds and for a binding without role.
    pub fn of(object: &'w Object) -> Option<Self> {
        let cluster = object.key.is(kinds::CLUSTER_ROLE_BINDING);
        if !cluster && !object.key.is(kinds::ROLE_BINDING) {
            return None;
        }
        let name = object.value.dig_str(&["roleRef", "name"])?;
        let role =
            RoleRef { cluster: object.value.dig_str(&["roleRef", "kind"]) == Some("ClusterRole"), name };
        let list = Path::root().child("subjects");
        let subjects = object
            .value
            .dig_items(&["subjects"])
            .iter()
            .enumerate()
            .filter_map(|(index, value)| subject(value, object.namespace(), list.child(index)))
            .collect();
        Some(Self { object, cluster, role, subjects })
    }
}

/// A service account without namespace is refused by the API server in a ClusterRoleBinding; in a
/// RoleBinding it is that of the binding.
fn subject<'w>(value: &'w Value, namespace: &'w str, path: Path) -> Option<Subject<'w>> {
    let text = |field: &str| value.get(field).and_then(Value::as_str);
    let name = text("name")?;
    let kind = match text("kind")? {
        "User" => SubjectKind::User,
        "Group" => SubjectKind::Group,
        "ServiceAccount" => SubjectKind::ServiceAccount,
        _ => return None,
    };
    let namespace =
        if kind == SubjectKind::ServiceAccount { text("namespace").unwrap_or(namespace) } else { "" };
    Some(Subject { kind, name, namespace, path })
}
