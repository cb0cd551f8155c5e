//! Policies together, found by what their rules ask of a request.
//!
//! A cluster may have thousands of policies of which a handful is about a pod. Each rule is filed under a
//! kind, and there under one thing that it asks for and that can be looked up: a name, a namespace, a label or
//! an operation. What is found may still not match; what is not found does not.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Value, contains_wildcard};
use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;

use super::engine::{Compiled, CompiledRule};
use super::matching::KindSelector;
use super::model::{Described, Filter, Matching};
use super::request::Request;

/// Policies in the order of their names.
#[derive(Debug, Default)]
pub struct Set {
    policies: Vec<Arc<Compiled>>,
    by_kind: FxHashMap<CompactString, Drawer>,
    /// Those that may be about any kind.
    any: Drawer,
}

/// The places of policies, by hashes of what they ask for. Two things of one hash make one candidate too many
/// and nothing worse.
#[derive(Debug, Default)]
struct Drawer {
    by_demand: FxHashMap<u64, Vec<u32>>,
    /// Those that ask for nothing that can be looked up.
    others: Vec<u32>,
}

/// Something that a filter asks for.
#[derive(Hash)]
enum Demand<'t> {
    Name(&'t str),
    Namespace(&'t str),
    Label(&'t str, &'t str),
    Operation(&'t str),
}

impl Set {
    /// Of these policies.
    pub fn new(policies: Vec<Arc<Compiled>>) -> Self {
        Self::filed(policies, true)
    }

    /// Of these policies, filed by nothing but kinds: what one of them changes may be what the next one asks for.
    pub fn by_kind(policies: Vec<Arc<Compiled>>) -> Self {
        Self::filed(policies, false)
    }

    fn filed(mut policies: Vec<Arc<Compiled>>, by_demand: bool) -> Self {
        let key = |one: &Compiled| (one.policy.namespace().to_owned(), one.policy.name().to_owned());
        policies.sort_by_key(|one| key(one));
        let mut set = Self::default();
        for (place, policy) in (0u32..).zip(&policies) {
            for CompiledRule { rule, .. } in &policy.rules {
                for filters in alternatives(&rule.matching) {
                    let demands = filters.iter().find_map(|filter| demands(&filter.resources));
                    let own = || Some(vec![Demand::Namespace(policy.policy.namespace()).hash()]);
                    let demands = demands.or_else(|| own().filter(|_| !policy.policy.namespace().is_empty()));
                    let demands = demands.filter(|_| by_demand);
                    let kinds = filters.iter().map(|filter| &filter.resources.kinds);
                    set.file(place, kinds.into_iter().find(|kinds| !kinds.is_empty()), demands.as_deref());
                }
            }
        }
        set.policies = policies;
        set
    }

    fn file(&mut self, place: u32, kinds: Option<&Vec<CompactString>>, demands: Option<&[u64]>) {
        let kinds = kinds.map_or_else(
            || vec![KindSelector::parse("*")],
            |kinds| kinds.iter().map(|kind| KindSelector::parse(kind)).collect(),
        );
        for kind in kinds {
            let drawer = if contains_wildcard(&kind.kind) {
                &mut self.any
            } else {
                self.by_kind.entry(kind.kind).or_default()
            };
            match demands {
                None => put(&mut drawer.others, place),
                Some(demands) => {
                    for demand in demands {
                        put(drawer.by_demand.entry(*demand).or_default(), place);
                    }
                }
            }
        }
    }

    /// All policies.
    pub fn policies(&self) -> &[Arc<Compiled>] {
        &self.policies
    }

    /// The policies that may be about a request, in order.
    pub fn about(&self, request: &Request<'_>) -> impl Iterator<Item = &Arc<Compiled>> {
        let mut places: SmallVec<[u32; 32]> = SmallVec::new();
        for drawer in self.by_kind.get(request.kind).into_iter().chain([&self.any]) {
            places.extend_from_slice(&drawer.others);
            if !drawer.by_demand.is_empty() {
                met(request, |demand| {
                    places.extend_from_slice(drawer.by_demand.get(&demand.hash()).map_or(&[], Vec::as_slice));
                });
            }
        }
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.policies.get(place as usize))
    }
}

fn put(list: &mut Vec<u32>, place: u32) {
    if list.last() != Some(&place) {
        list.push(place);
    }
}

impl Demand<'_> {
    fn hash(&self) -> u64 {
        let mut hasher = FxHasher::default();
        Hash::hash(self, &mut hasher);
        hasher.finish()
    }
}

/// The filters of which each must hold, for every way in which a `match` holds.
fn alternatives(matching: &Matching) -> Vec<Vec<&Filter>> {
    if !matching.any.is_empty() {
        matching.any.iter().map(|filter| vec![filter]).collect()
    } else if !matching.all.is_empty() {
        vec![matching.all.iter().collect()]
    } else {
        vec![vec![&matching.bare]]
    }
}

/// What a resource must have one of; `None` if nothing that can be looked up is asked for. What is asked for
/// most narrowly goes first.
fn demands(wanted: &Described) -> Option<Vec<u64>> {
    let plain =
        |texts: &[CompactString]| !texts.is_empty() && !texts.iter().any(|one| contains_wildcard(one));
    if plain(std::slice::from_ref(&wanted.name)) && !wanted.name.is_empty() {
        return Some(vec![Demand::Name(&wanted.name).hash()]);
    }
    if plain(&wanted.names) {
        return Some(wanted.names.iter().map(|name| Demand::Name(name).hash()).collect());
    }
    if plain(&wanted.namespaces) {
        return Some(wanted.namespaces.iter().map(|name| Demand::Namespace(name).hash()).collect());
    }
    let labels = wanted.selector.as_ref().and_then(|selector| selector.get("matchLabels")?.as_map());
    let label = labels.into_iter().flat_map(ironhull_value::Map::iter).find_map(|(key, value)| {
        let value = value.as_str().filter(|value| !contains_wildcard(value))?;
        (!contains_wildcard(key.as_str())).then(|| Demand::Label(key.as_str(), value).hash())
    });
    if let Some(label) = label {
        return Some(vec![label]);
    }
    let operations = &wanted.operations;
    (!operations.is_empty()).then(|| operations.iter().map(|own| Demand::Operation(own).hash()).collect())
}

/// Everything that a request has and that may be asked for.
fn met(request: &Request<'_>, mut meets: impl FnMut(Demand<'_>)) {
    meets(Demand::Operation(request.operation));
    let Some(resource) = request.resource() else { return };
    let text = |key: &str| resource.dig_str(&["metadata", key]).unwrap_or_default();
    let name = text("name");
    meets(Demand::Name(if name.is_empty() { text("generateName") } else { name }));
    let namespace = text("namespace");
    meets(Demand::Namespace(namespace));
    if resource.dig_str(&["kind"]) == Some("Namespace") && name != namespace {
        meets(Demand::Namespace(name));
    }
    let labels = resource.dig(&["metadata", "labels"]).and_then(Value::as_map);
    for (key, value) in labels.into_iter().flat_map(ironhull_value::Map::iter) {
        meets(Demand::Label(key.as_str(), value.as_str().unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests;
