//! Policies together, found by the kinds that their rules are about.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::contains_wildcard;
use rustc_hash::FxHashMap;

use super::engine::Compiled;
use super::matching::KindSelector;

/// Policies in the order of their names, and for each kind those that may be about it.
#[derive(Debug, Default)]
pub struct Set {
    policies: Vec<Arc<Compiled>>,
    by_kind: FxHashMap<CompactString, Vec<u32>>,
    /// Those that may be about any kind.
    any: Vec<u32>,
}

impl Set {
    /// Of these policies.
    pub fn new(mut policies: Vec<Arc<Compiled>>) -> Self {
        let key = |one: &Compiled| (one.policy.namespace().to_owned(), one.policy.name().to_owned());
        policies.sort_by_key(|one| key(one));
        let mut set = Self::default();
        for (place, policy) in (0u32..).zip(&policies) {
            let mut any = false;
            for rule in &policy.rules {
                let kinds: Vec<KindSelector> = rule.rule.matching.kinds().map(KindSelector::parse).collect();
                any |= kinds.is_empty() || kinds.iter().any(|kind| contains_wildcard(&kind.kind));
                for kind in kinds.into_iter().filter(|kind| !contains_wildcard(&kind.kind)) {
                    let list = set.by_kind.entry(kind.kind).or_default();
                    if list.last() != Some(&place) {
                        list.push(place);
                    }
                }
            }
            if any {
                set.any.push(place);
            }
        }
        set.policies = policies;
        set
    }

    /// All policies.
    pub fn policies(&self) -> &[Arc<Compiled>] {
        &self.policies
    }

    /// The policies that may be about a kind, in order.
    pub fn about(&self, kind: &str) -> impl Iterator<Item = &Arc<Compiled>> {
        let (mut own, mut any) = (self.by_kind.get(kind).map_or(&[][..], Vec::as_slice), self.any.as_slice());
        std::iter::from_fn(move || {
            let place = match (own.split_first(), any.split_first()) {
                (None, None) => return None,
                (Some((a, rest)), None) => {
                    own = rest;
                    *a
                }
                (None, Some((b, rest))) => {
                    any = rest;
                    *b
                }
                (Some((a, own_rest)), Some((b, any_rest))) => {
                    if a <= b {
                        own = own_rest;
                    }
                    if b <= a {
                        any = any_rest;
                    }
                    *a.min(b)
                }
            };
            self.policies.get(place as usize)
        })
    }
}
