//! Which part of `match` or `exclude` decided.
//!
//! Each part is asked by itself, by the same code that decides about the whole.

use compact_str::CompactString;
use ironhull_value::{Map, Path, Value};

use super::step::{Filter as Heard, Part};
use crate::kyverno::matching::Matcher;
use crate::kyverno::model::{Described, Filter, Matching, Rule, UserInfo};
use crate::kyverno::request::Request;

/// Every filter of a rule beside a resource.
pub(super) fn of(rule: &Rule, request: &Request<'_>, resource: &Value) -> Vec<Heard> {
    let asked = Asked { request, resource };
    let mut found = asked.all(&rule.matching, &rule.path.child("match"), false);
    if let Some(exclude) = rule.exclude.as_ref().filter(|exclude| !exclude.is_empty()) {
        found.extend(asked.all(exclude, &rule.path.child("exclude"), true));
    }
    found
}

struct Asked<'a> {
    request: &'a Request<'a>,
    resource: &'a Value,
}

impl Asked<'_> {
    fn all(&self, matching: &Matching, path: &Path, is_exclude: bool) -> Vec<Heard> {
        let list = |key: &str, filters: &[Filter]| -> Vec<Heard> {
            let path = path.child(key);
            let filters = filters.iter().enumerate();
            filters.map(|(place, filter)| self.one(filter, path.child(place), is_exclude)).collect()
        };
        if !matching.any.is_empty() {
            list("any", &matching.any)
        } else if !matching.all.is_empty() {
            list("all", &matching.all)
        } else {
            vec![self.one(&matching.bare, path.clone(), is_exclude)]
        }
    }

    fn one(&self, filter: &Filter, path: Path, is_exclude: bool) -> Heard {
        Heard {
            is_met: self.is_met(filter.clone(), is_exclude),
            parts: self.parts(filter, &path, is_exclude),
            is_exclude,
            path,
        }
    }

    fn is_met(&self, filter: Filter, is_exclude: bool) -> bool {
        let only = |filter: Filter| Matching { any: vec![filter], ..Matching::default() };
        if !is_exclude {
            return Matcher::new(&only(filter), None).matches(self.request, self.resource).is_ok();
        }
        let everything = Described { kinds: vec!["*/*".into()], ..Described::default() };
        let everything = only(Filter { resources: everything, ..Filter::default() });
        Matcher::new(&everything, Some(&only(filter))).matches(self.request, self.resource).is_err()
    }

    fn parts(&self, filter: &Filter, path: &Path, is_exclude: bool) -> Vec<Part> {
        let (wanted, users) = (&filter.resources, &filter.users);
        let mut parts = Vec::new();
        let mut add = |name: &'static str, own: Filter, found: Value, field: Option<&[&str]>| {
            let is_users = own.resources.is_empty();
            // Where nobody is known to ask, users do not count in a `match`.
            if own.resources.is_empty() && own.users.is_empty()
                || is_users && !is_exclude && self.request.user.is_none()
            {
                return;
            }
            let path = if is_users { path.child(name) } else { path.keys(&["resources", name]) };
            let field = field.map(|keys| Path::root().keys(keys));
            parts.push(Part { name, path, is_met: self.is_met(own, is_exclude), found, field });
        };
        let of = |resources: Described| Filter { resources, ..Filter::default() };
        let none = Described::default;
        let is_namespace = self.text("kind") == "Namespace";
        let (namespace, place): (_, &[&str]) = if is_namespace {
            ("name", &["metadata", "name"])
        } else {
            ("namespace", &["metadata", "namespace"])
        };
        let metadata = |key: &str| self.resource.dig(&["metadata", key]).cloned().unwrap_or_default();
        let name = if metadata("name").is_null() { metadata("generateName") } else { metadata("name") };
        let operation = Value::from(self.request.operation);
        add("operations", of(Described { operations: wanted.operations.clone(), ..none() }), operation, None);
        add("kinds", of(Described { kinds: wanted.kinds.clone(), ..none() }), self.kind(), Some(&["kind"]));
        let own = &["metadata", "name"][..];
        add("name", of(Described { name: wanted.name.clone(), ..none() }), name.clone(), Some(own));
        add("names", of(Described { names: wanted.names.clone(), ..none() }), name, Some(own));
        let namespaces = Described { namespaces: wanted.namespaces.clone(), ..none() };
        add("namespaces", of(namespaces), metadata(namespace), Some(place));
        let annotations = Described { annotations: wanted.annotations.clone(), ..none() };
        add("annotations", of(annotations), metadata("annotations"), Some(&["metadata", "annotations"]));
        let selector = Described { selector: wanted.selector.clone(), ..none() };
        add("selector", of(selector), metadata("labels"), Some(&["metadata", "labels"]));
        let selector = Described { namespace_selector: wanted.namespace_selector.clone(), ..none() };
        let labels = self.request.namespace_labels.map_or(Value::Null, |labels: &Map| labels.clone().into());
        add("namespaceSelector", of(selector), labels, None);
        let whose = |users: UserInfo| Filter { users, ..Filter::default() };
        let user = self.request.user.clone().unwrap_or_default();
        let list =
            |texts: &[CompactString]| Value::Array(texts.iter().map(|one| Value::Str(one.clone())).collect());
        let roles = UserInfo { roles: users.roles.clone(), ..UserInfo::default() };
        add("roles", whose(roles), list(&user.roles), None);
        let roles = UserInfo { cluster_roles: users.cluster_roles.clone(), ..UserInfo::default() };
        add("clusterRoles", whose(roles), list(&user.cluster_roles), None);
        let subjects = UserInfo { subjects: users.subjects.clone(), ..UserInfo::default() };
        let who = [("username".into(), Value::Str(user.username)), ("groups".into(), list(&user.groups))];
        add("subjects", whose(subjects), who.into_iter().collect(), None);
        parts
    }

    fn text(&self, key: &str) -> &str {
        self.resource.dig_str(&[key]).unwrap_or_default()
    }

    /// As policies name kinds.
    fn kind(&self) -> Value {
        let Request { group, version, kind, subresource, .. } = self.request;
        let mut text = [*group, *version, *kind]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/");
        if !subresource.is_empty() {
            text = format!("{text}/{subresource}");
        }
        text.as_str().into()
    }
}
