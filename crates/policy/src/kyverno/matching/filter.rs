//! One filter: resources and users.

use std::borrow::Cow;

use compact_str::CompactString;
use ironhull_value::{Key, Map, Selector, Value, contains_wildcard, wildcard_match};

use super::KindSelector;
use crate::kyverno::model::{Filter, Subject};
use crate::kyverno::request::{Request, User};

/// A filter, compiled.
#[derive(Clone, Debug)]
pub struct CompiledFilter {
    source: Filter,
    kinds: Vec<KindSelector>,
    selector: Option<Labels>,
    namespace_selector: Option<Labels>,
    /// Whether nothing is said of resources, and of users.
    no_resources: bool,
    no_users: bool,
}

/// A label selector. With wildcards it depends on the labels that it is for.
#[derive(Clone, Debug)]
enum Labels {
    Fixed(Selector),
    Wild(Value),
    /// One that cannot be read, and why.
    Broken(String),
}

impl Labels {
    fn new(selector: &Value) -> Self {
        let is_wild = |(key, value): &(&Key, &Value)| {
            value.as_str().is_some_and(|text| contains_wildcard(key.as_str()) || contains_wildcard(text))
        };
        let labels = selector.get("matchLabels").and_then(Value::as_map);
        if !labels.into_iter().flat_map(Map::iter).any(|pair| is_wild(&pair)) {
            return Selector::compile(selector).map_or_else(|why| Self::Broken(why.to_string()), Self::Fixed);
        }
        // What has no wildcard must be readable whatever the labels are.
        let plain = labels.into_iter().flat_map(Map::iter).filter(|pair| !is_wild(pair));
        let plain: Map = plain.map(|(key, value)| (key.clone(), value.clone())).collect();
        match Selector::compile(&with_labels(selector, plain)) {
            Ok(_) => Self::Wild(selector.clone()),
            Err(why) => Self::Broken(why.to_string()),
        }
    }

    fn matches(&self, labels: &Map) -> bool {
        match self {
            Self::Fixed(selector) => selector.matches(labels),
            Self::Wild(selector) => {
                Selector::compile(&expanded(selector, labels)).is_ok_and(|selector| selector.matches(labels))
            }
            // Upstream: a selector that cannot be read matches nothing.
            Self::Broken(_) => false,
        }
    }
}

/// The labels or the annotations of a resource. Upstream reads a null as an empty text; where anything else is
/// among them that is no text, there are none.
fn texts<'r>(resource: &'r Value, key: &str) -> Cow<'r, Map> {
    let Some(map) = resource.dig(&["metadata", key]).and_then(Value::as_map) else { return Cow::default() };
    if map.iter().all(|(_, value)| value.as_str().is_some()) {
        return Cow::Borrowed(map);
    }
    let text =
        |value: &Value| if value.is_null() { Some("".into()) } else { value.as_str().map(Value::from) };
    let texts = map.iter().map(|(key, value)| Some((key.clone(), text(value)?)));
    texts.collect::<Option<Map>>().map_or_else(Cow::default, Cow::Owned)
}

/// Puts in place of each wildcard pair the first label that it matches. Where there is none, each wildcard
/// becomes a `0`, which hardly matches anything.
fn expanded(selector: &Value, labels: &Map) -> Value {
    let Some(wanted) = selector.get("matchLabels").and_then(Value::as_map) else { return selector.clone() };
    let pairs = wanted.iter().map(|(key, value)| {
        let text = value.as_str().unwrap_or_default();
        if !contains_wildcard(key.as_str()) && !contains_wildcard(text) {
            return (key.clone(), value.clone());
        }
        let found = labels.iter().find(|(own, label)| {
            wildcard_match(key.as_str(), own.as_str())
                && wildcard_match(text, label.as_str().unwrap_or_default())
        });
        if let Some((own, label)) = found {
            (own.clone(), label.clone())
        } else {
            let plain = |text: &str| text.replace(['*', '?'], "0");
            (plain(key.as_str()).as_str().into(), Value::Str(plain(text).into()))
        }
    });
    with_labels(selector, pairs.collect())
}

/// A selector with other `matchLabels`.
fn with_labels(selector: &Value, labels: Map) -> Value {
    let own = selector.as_map().into_iter().flat_map(Map::iter);
    let own = own.map(|(key, value)| (key.clone(), value.clone()));
    Value::Map(own.chain([("matchLabels".into(), Value::Map(labels))]).collect())
}

impl CompiledFilter {
    pub(in crate::kyverno) fn new(source: &Filter) -> Self {
        let resources = &source.resources;
        Self {
            source: source.clone(),
            kinds: resources.kinds.iter().map(|kind| KindSelector::parse(kind)).collect(),
            selector: resources.selector.as_ref().map(Labels::new),
            namespace_selector: resources.namespace_selector.as_ref().map(Labels::new),
            no_resources: resources.is_empty(),
            no_users: source.users.is_empty(),
        }
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.no_resources && self.no_users
    }

    /// The kinds that it names; empty for every kind.
    pub fn kinds(&self) -> &[KindSelector] {
        &self.kinds
    }

    /// The label selectors that cannot be read, each with the reason. They are met by nothing.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = String> {
        let own = [("selector", &self.selector), ("namespaceSelector", &self.namespace_selector)];
        own.into_iter().filter_map(|(name, labels)| match labels {
            Some(Labels::Broken(why)) => Some(format!("`{name}` cannot be read: {why}")),
            _ => None,
        })
    }

    /// Whether a resource meets it. `with_users` says whether users count: without a user in the request they
    /// do not, in a `match`.
    pub(super) fn is_met(
        &self,
        request: &Request<'_>,
        resource: &Value,
        with_users: bool,
    ) -> Result<(), &'static str> {
        let wanted = &self.source.resources;
        if self.no_resources && (self.no_users || !with_users) {
            return Err("match cannot be empty");
        }
        if !wanted.operations.is_empty() && !wanted.operations.iter().any(|own| own == request.operation) {
            return Err("operation does not match");
        }
        let is_kind = |kind: &KindSelector| {
            kind.matches(request.group, request.version, request.kind, request.subresource)
        };
        if !self.kinds.is_empty() && !self.kinds.iter().any(is_kind) {
            return Err("kind does not match");
        }
        self.meets_metadata(resource)?;
        self.meets_namespace_labels(request, resource)?;
        if with_users && !self.no_users { self.meets_users(request.user.as_ref()) } else { Ok(()) }
    }

    /// Whether an exception with this filter is about a resource. Operations do not count there, users always
    /// do, and a namespace selector says nothing about namespaces.
    pub(in crate::kyverno) fn excepts(&self, request: &Request<'_>, resource: &Value) -> bool {
        let is_kind = |kind: &KindSelector| {
            kind.matches(request.group, request.version, request.kind, request.subresource)
        };
        let kind = resource.dig_str(&["kind"]).unwrap_or_default();
        !self.is_empty()
            && (self.kinds.is_empty() || self.kinds.iter().any(is_kind))
            && self.meets_metadata(resource).is_ok()
            && (matches!(kind, "" | "Namespace") || self.meets_namespace_labels(request, resource).is_ok())
            && self.meets_users(request.user.as_ref()).is_ok()
    }

    fn meets_metadata(&self, resource: &Value) -> Result<(), &'static str> {
        let wanted = &self.source.resources;
        let text = |key: &str| resource.dig_str(&["metadata", key]).unwrap_or_default();
        if !wanted.name.is_empty() || !wanted.names.is_empty() {
            let name = if text("name").is_empty() { text("generateName") } else { text("name") };
            if !wanted.name.is_empty() && !wildcard_match(&wanted.name, name) {
                return Err("name does not match");
            }
            if !wanted.names.is_empty() && !wanted.names.iter().any(|own| wildcard_match(own, name)) {
                return Err("none of the names match");
            }
        }
        if !wanted.namespaces.is_empty() {
            let is_namespace = resource.dig_str(&["kind"]) == Some("Namespace");
            let namespace = if is_namespace { text("name") } else { text("namespace") };
            if !wanted.namespaces.iter().any(|own| wildcard_match(own, namespace)) {
                return Err("namespace does not match");
            }
        }
        if wanted.annotations.is_none() && self.selector.is_none() {
            return Ok(());
        }
        let annotations = texts(resource, "annotations");
        let has = |(key, value): &(CompactString, CompactString)| {
            annotations.iter().any(|(own, text)| {
                wildcard_match(key, own.as_str()) && wildcard_match(value, text.as_str().unwrap_or_default())
            })
        };
        if wanted.annotations.as_ref().is_some_and(|wanted| !wanted.iter().all(has)) {
            return Err("annotations does not match");
        }
        if self.selector.as_ref().is_some_and(|selector| !selector.matches(&texts(resource, "labels"))) {
            return Err("selector does not match");
        }
        Ok(())
    }

    fn meets_namespace_labels(&self, request: &Request<'_>, resource: &Value) -> Result<(), &'static str> {
        let Some(selector) = &self.namespace_selector else { return Ok(()) };
        let kind = resource.dig_str(&["kind"]).unwrap_or_default();
        if kind == "Namespace" {
            return Err("namespace selector is not applicable for namespace resource");
        }
        let asks = !kind.is_empty() || self.source.resources.kinds.iter().any(|kind| kind == "*");
        let empty = Map::default();
        if asks && !selector.matches(request.namespace_labels.unwrap_or(&empty)) {
            return Err("namespace selector does not match labels");
        }
        Ok(())
    }

    fn meets_users(&self, user: Option<&User>) -> Result<(), &'static str> {
        let wanted = &self.source.users;
        let nobody = User::default();
        let user = user.unwrap_or(&nobody);
        let shares = |wanted: &[CompactString], own: &[CompactString]| {
            wanted.is_empty() || own.iter().any(|own| wanted.contains(own))
        };
        if !shares(&wanted.roles, &user.roles) {
            return Err("user info does not match roles for the given conditionBlock");
        }
        if !shares(&wanted.cluster_roles, &user.cluster_roles) {
            return Err("user info does not match clustersRoles for the given conditionBlock");
        }
        let is = |subject: &Subject| match subject.kind.as_str() {
            "ServiceAccount" => {
                let name = format!("system:serviceaccount:{}:{}", subject.namespace, subject.name);
                wildcard_match(&name, &user.username)
            }
            "Group" => user.groups.iter().any(|group| wildcard_match(&subject.name, group)),
            "User" => wildcard_match(&subject.name, &user.username),
            _ => false,
        };
        if !wanted.subjects.is_empty() && !wanted.subjects.iter().any(is) {
            return Err("user info does not match subject for the given conditionBlock");
        }
        Ok(())
    }
}
