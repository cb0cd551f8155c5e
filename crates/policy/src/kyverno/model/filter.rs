//! `match` and `exclude`, as they are written.

use compact_str::CompactString;
use ironhull_value::Value;

use super::reader::{At, Reader};

/// A `match` or an `exclude`.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// One of these.
    pub any: Vec<Filter>,
    /// All of these.
    pub all: Vec<Filter>,
    /// The old form: one without `any` and `all`.
    pub bare: Filter,
}

/// Resources and users.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Which resources.
    pub resources: Described,
    /// Whose requests.
    pub users: UserInfo,
}

/// Which resources. What is not said is not asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Described {
    /// `Pod`, `apps/v1/Deployment`, `Pod/exec`, `*`.
    pub kinds: Vec<CompactString>,
    /// One name, the old form.
    pub name: CompactString,
    /// Names, with wildcards.
    pub names: Vec<CompactString>,
    /// Namespaces, with wildcards.
    pub namespaces: Vec<CompactString>,
    /// Annotations, with wildcards on both sides; `None` if not said.
    pub annotations: Option<Vec<(CompactString, CompactString)>>,
    /// A label selector, with wildcards in `matchLabels`.
    pub selector: Option<Value>,
    /// The same for the labels of the namespace.
    pub namespace_selector: Option<Value>,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`.
    pub operations: Vec<CompactString>,
}

/// Whose requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserInfo {
    /// Roles, as `namespace:name`.
    pub roles: Vec<CompactString>,
    /// Cluster roles.
    pub cluster_roles: Vec<CompactString>,
    /// Users, groups and service accounts.
    pub subjects: Vec<Subject>,
}

/// A user, a group or a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: CompactString,
    /// Its name, with wildcards.
    pub name: CompactString,
    /// The namespace of a service account.
    pub namespace: CompactString,
}

impl Described {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl UserInfo {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Matching {
    /// Every filter in it.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.any.iter().chain(&self.all).chain([&self.bare])
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.any.is_empty()
            && self.all.is_empty()
            && self.bare.resources.is_empty()
            && self.bare.users.is_empty()
    }

    /// All kinds that are named.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.filters().flat_map(|filter| &filter.resources.kinds).map(CompactString::as_str)
    }
}

const USERS: [&str; 3] = ["roles", "clusterRoles", "subjects"];

pub(in crate::kyverno) fn matching(reader: &mut Reader, at: &At<'_>) -> Matching {
    reader.only(at, &[&["any", "all", "resources"], &USERS[..]].concat());
    let mut filters = |key: &str| -> Vec<Filter> {
        let Some(list) = at.get(key) else { return Vec::new() };
        reader.list(&list);
        list.items()
            .map(|item| {
                reader.only(&item, &[&["resources"], &USERS[..]].concat());
                filter(reader, &item)
            })
            .collect()
    };
    let (any, all) = (filters("any"), filters("all"));
    if !any.is_empty() && !all.is_empty() {
        reader.wrong(&at.path, "`any` and `all` cannot be used together");
    }
    let bare = filter(reader, at);
    let (listed, beside) =
        (!any.is_empty() || !all.is_empty(), !bare.resources.is_empty() || !bare.users.is_empty());
    if listed && beside {
        reader.wrong(
            &at.path,
            "what stands beside `any` or `all` is not read; move it into one of their items",
        );
    }
    Matching { any, all, bare }
}

fn filter(reader: &mut Reader, at: &At<'_>) -> Filter {
    let users = UserInfo {
        roles: reader.texts(at, "roles"),
        cluster_roles: reader.texts(at, "clusterRoles"),
        subjects: subjects(reader, at),
    };
    let Some(resources) = at.get("resources") else { return Filter { users, ..Filter::default() } };
    reader.only(
        &resources,
        &[
            "kinds",
            "name",
            "names",
            "namespaces",
            "annotations",
            "selector",
            "namespaceSelector",
            "operations",
        ],
    );
    let described = Described {
        kinds: reader.texts(&resources, "kinds"),
        name: reader.text(&resources, "name").unwrap_or_default(),
        names: reader.texts(&resources, "names"),
        namespaces: reader.texts(&resources, "namespaces"),
        annotations: reader.map(&resources, "annotations"),
        selector: resources.get("selector").map(|at| at.value.clone()),
        namespace_selector: resources.get("namespaceSelector").map(|at| at.value.clone()),
        operations: operations(reader, &resources),
    };
    Filter { resources: described, users }
}

fn operations(reader: &mut Reader, at: &At<'_>) -> Vec<CompactString> {
    let found = reader.texts(at, "operations");
    for name in &found {
        if !["CREATE", "UPDATE", "DELETE", "CONNECT"].contains(&name.as_str()) {
            let path = at.path.child("operations");
            reader.wrong(&path, format!("`{name}` is none of CREATE, UPDATE, DELETE, CONNECT"));
        }
    }
    found
}

fn subjects(reader: &mut Reader, at: &At<'_>) -> Vec<Subject> {
    let Some(list) = at.get("subjects") else { return Vec::new() };
    reader.list(&list);
    list.items()
        .map(|item| {
            reader.only(&item, &["kind", "name", "namespace", "apiGroup"]);
            Subject {
                kind: reader.text(&item, "kind").unwrap_or_default(),
                name: reader.text(&item, "name").unwrap_or_default(),
                namespace: reader.text(&item, "namespace").unwrap_or_default(),
            }
        })
        .collect()
}
