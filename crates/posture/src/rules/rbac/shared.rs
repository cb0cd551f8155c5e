//! What the rules of this area share: which roles count, and what an entry of `rules` grants.
//!
//! Source of the semantics: kubernetes/kubernetes `plugin/pkg/auth/authorizer/rbac/rbac.go` and
//! `pkg/apis/rbac/v1/evaluation_helpers.go`.

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::rbac::{Binding, PolicyRule};
use ironhull_world::{GroupKind, Object, kinds};

use crate::Judge;

/// The kinds that hold rules.
pub(super) const ROLES: &[GroupKind<'static>] = &[kinds::ROLE, kinds::CLUSTER_ROLE];

/// The kinds that give a role to subjects.
pub(super) const BINDINGS: &[GroupKind<'static>] = &[kinds::ROLE_BINDING, kinds::CLUSTER_ROLE_BINDING];

/// A right that is worth a finding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Right {
    /// The API group.
    pub(super) group: &'static str,
    /// Resources, with the subresource where meant. One that ends in `/` stands for all its subresources.
    pub(super) resources: &'static [&'static str],
    /// Any of these verbs; none means any verb at all.
    pub(super) verbs: &'static [&'static str],
    /// Requests for it name no namespace, so that a Role cannot grant it.
    pub(super) cluster_scoped: bool,
}

/// What an entry of `rules` grants of some rights, in the words of the entry.
#[derive(Debug)]
pub(super) struct Grant<'w> {
    verbs: Vec<&'w str>,
    resources: Vec<&'w str>,
    /// The first resource that counts.
    pub(super) resource: Path,
    /// The first verb that counts.
    pub(super) verb: Path,
}

impl Grant<'_> {
    /// Whether only `*` among the verbs grants it.
    pub(super) fn is_by_wildcard(&self) -> bool {
        self.verbs.iter().all(|verb| *verb == "*")
    }
}

/// Calls `check` with every entry of the role's own `rules`. Roles that the API server makes are skipped,
/// and so are aggregating ones: a controller overwrites their rules with those of other roles, which are
/// judged where they are written.
pub(super) fn each_rule<'w>(
    role: &'w Arc<Object>,
    judge: &mut Judge<'_>,
    mut check: impl FnMut(&PolicyRule<'w>, &mut Judge<'_>),
) {
    if is_made_by_api_server(role) {
        return judge.skip("the API server makes this role itself");
    }
    if role.key.is(kinds::CLUSTER_ROLE)
        && !role.value.dig_items(&["aggregationRule", "clusterRoleSelectors"]).is_empty()
    {
        return judge.skip("the rules of an aggregated ClusterRole are judged in the roles that write them");
    }
    if is_present(role.value.get("rules")) && role.value.get("rules").and_then(Value::as_array).is_none() {
        return judge.error("`rules` is not a list");
    }
    for (index, rule) in PolicyRule::own(role).iter().enumerate() {
        match malformed(rule) {
            Some(field) => judge.error(format!("`rules[{index}]` is not valid: {field}")),
            None => check(rule, judge),
        }
    }
}

/// Reports every entry that grants one of `rights`, once, at the resource that decides.
pub(super) fn report_rights(role: &Arc<Object>, judge: &mut Judge<'_>, rights: &[Right], remedy: &str) {
    each_rule(role, judge, |rule, judge| {
        if let Some(grant) = grant(rule, rights) {
            let message = sentence(rule, &grant);
            judge.fail(grant.resource, message).with_fix(Fix::manual(remedy));
        }
    });
}

/// What of `rights` the entry grants. An entry for the resource `*` is silent: that is wildcard-in-role.
pub(super) fn grant<'w>(rule: &PolicyRule<'w>, rights: &[Right]) -> Option<Grant<'w>> {
    if rule.has_wildcard("resources") {
        return None;
    }
    let everywhere = rule.role.key.is(kinds::CLUSTER_ROLE);
    let (mut verbs, mut resources) = (Vec::new(), Vec::new());
    let reachable = rights.iter().filter(|right| everywhere || !right.cluster_scoped);
    for right in reachable.filter(|right| rule.has("apiGroups", right.group)) {
        for resource in right.resources {
            for written in rule.texts("resources").filter(|written| covers(written, resource)) {
                for verb in rule.texts("verbs").filter(|verb| grants(rule, right, resource, verb)) {
                    push_new(&mut verbs, verb);
                    push_new(&mut resources, written);
                }
            }
        }
    }
    if verbs.is_empty() {
        return None;
    }
    let (resource, verb) = (rule.path_of("resources", &resources), rule.path_of("verbs", &verbs));
    Some(Grant { verbs, resources, resource, verb })
}

/// `Role "a" allows get, list on secrets, only "b", in namespace "c"`.
pub(super) fn sentence(rule: &PolicyRule<'_>, grant: &Grant<'_>) -> String {
    let (verbs, resources) = (grant.verbs.join(", "), grant.resources.join(", "));
    format!("{} allows {verbs} on {resources}, {}", label(rule.role), extent(rule))
}

/// `ClusterRole "reader"`.
pub(super) fn label(role: &Object) -> String {
    format!("{} {:?}", role.key.kind, role.name())
}

/// Which objects an entry is about, and where: `all objects, cluster-wide`.
pub(super) fn extent(rule: &PolicyRule<'_>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<_> = rule.texts("resourceNames").map(|name| format!("{name:?}")).collect();
    let objects = match names.len() {
        0 => "all objects".to_owned(),
        count if count <= SHOWN => format!("only {}", names.join(", ")),
        count => {
            let shown: Vec<_> = names.into_iter().take(SHOWN).collect();
            format!("only {} and {} more", shown.join(", "), count - SHOWN)
        }
    };
    let place = match (rule.role.key.is(kinds::CLUSTER_ROLE), rule.role.namespace()) {
        (true, _) => "cluster-wide".to_owned(),
        (false, "") => "in its namespace".to_owned(),
        (false, namespace) => format!("in namespace {namespace:?}"),
    };
    format!("{objects}, {place}")
}

/// The binding, if it can be judged; else the error is taken down.
pub(super) fn binding<'w>(object: &'w Arc<Object>, judge: &mut Judge<'_>) -> Option<Binding<'w>> {
    let subjects = object.value.get("subjects");
    if is_present(subjects) && subjects.and_then(Value::as_array).is_none() {
        judge.error("`subjects` is not a list");
        return None;
    }
    let binding = Binding::of(object);
    if binding.is_none() {
        judge.error("the binding has no roleRef.name");
    }
    binding
}

/// Whether the binding gives the ClusterRole `name` in the whole cluster.
pub(super) fn binds_cluster_wide(binding: &Binding<'_>, name: &str) -> bool {
    binding.cluster && binding.role.cluster && binding.role.name == name
}

/// `in the whole cluster` or `in namespace "a"`.
pub(super) fn reach(binding: &Binding<'_>) -> String {
    match (binding.cluster, binding.object.namespace()) {
        (true, _) => "in the whole cluster".to_owned(),
        (false, "") => "in its namespace".to_owned(),
        (false, namespace) => format!("in namespace {namespace:?}"),
    }
}

/// The label alone proves nothing, because anyone can write it.
fn is_made_by_api_server(role: &Object) -> bool {
    const NAMES: &[&str] =
        &["cluster-admin", "admin", "edit", "view", "extension-apiserver-authentication-reader"];
    role.label("kubernetes.io/bootstrapping") == Some("rbac-defaults")
        && (role.name().starts_with("system:") || NAMES.contains(&role.name()))
}

fn is_present(value: Option<&Value>) -> bool {
    value.is_some_and(|value| !value.is_null())
}

/// What of an entry the API server would refuse to read.
fn malformed(rule: &PolicyRule<'_>) -> Option<String> {
    if rule.value.as_map().is_none() {
        return Some("it is not an object".to_owned());
    }
    ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"].into_iter().find_map(|field| {
        let value = rule.value.get(field).filter(|value| !value.is_null())?;
        let texts = value.as_array().is_some_and(|items| items.iter().all(|item| item.as_str().is_some()));
        (!texts).then(|| format!("`{field}` is not a list of strings"))
    })
}

/// `*/exec` covers that subresource of everything; `pods/*` is no pattern of RBAC and covers nothing.
fn covers(written: &str, resource: &str) -> bool {
    if resource.ends_with('/') {
        return written.len() > resource.len() && written.starts_with(resource);
    }
    written == resource
        || resource.split_once('/').is_some_and(|(_, sub)| written.strip_prefix("*/") == Some(sub))
}

fn grants(rule: &PolicyRule<'_>, right: &Right, resource: &str, written: &str) -> bool {
    if right.verbs.is_empty() {
        return true;
    }
    right.verbs.iter().any(|verb| (written == *verb || written == "*") && reaches(rule, resource, verb))
}

/// A request that creates an object, or deletes a collection, has no object name yet, so that an entry with
/// `resourceNames` never allows it. A subresource belongs to an object that has one.
fn reaches(rule: &PolicyRule<'_>, resource: &str, verb: &str) -> bool {
    let nameless = matches!(verb, "create" | "deletecollection") && !resource.contains('/');
    !nameless || !rule.is_named() || rule.texts("resourceNames").any(str::is_empty)
}

fn push_new<'w>(list: &mut Vec<&'w str>, text: &'w str) {
    if !list.contains(&text) {
        list.push(text);
    }
}
