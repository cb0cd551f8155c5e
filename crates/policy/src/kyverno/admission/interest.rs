//! What a policy has to hear of. Upstream: `collectResourceDescriptions` in `pkg/controllers/webhook/utils.go`.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use ironhull_world::admission::Operation;

use crate::kyverno::engine::Compiled;
use crate::kyverno::model::{Action, Described, Matching};

/// Kinds, as policies write them, and what is done with them.
pub type Interest = BTreeMap<CompactString, BTreeSet<Operation>>;

/// What a policy has to hear of to judge, and to change.
pub fn interests(policy: &Compiled) -> (Interest, Interest) {
    let (mut judging, mut changing) = (Interest::new(), Interest::new());
    if !policy.policy.admission {
        return (judging, changing);
    }
    for rule in policy.rules.iter().map(|one| &one.rule) {
        let (into, usual): (_, &[Operation]) = match &rule.action {
            Action::Validate(_) => (&mut judging, &Operation::ALL),
            Action::Mutate(mutate) if mutate.targets.is_empty() => {
                (&mut changing, &[Operation::Create, Operation::Update])
            }
            _ => continue,
        };
        let mut own = Interest::new();
        for described in described(&rule.matching) {
            let named = operations(&described.operations);
            let operations = if named.is_empty() { usual.iter().copied().collect() } else { named };
            for kind in &described.kinds {
                own.entry(kind.clone()).or_default().extend(&operations);
            }
            // A filter without kinds is about all of them.
            if described.kinds.is_empty() && !described.is_empty() {
                own.entry("*".into()).or_default().extend(&operations);
            }
        }
        for excluded in rule.exclude.iter().flat_map(|exclude| &exclude.any) {
            if excluded.users.is_empty() {
                leave_out(&mut own, &excluded.resources);
            }
        }
        for (kind, operations) in own {
            into.entry(kind).or_default().extend(operations);
        }
    }
    judging.retain(|_, operations| !operations.is_empty());
    changing.retain(|_, operations| !operations.is_empty());
    (judging, changing)
}

fn described(matching: &Matching) -> impl Iterator<Item = &Described> {
    let listed = matching.any.iter().chain(&matching.all);
    std::iter::once(&matching.bare).chain(listed).map(|filter| &filter.resources)
}

fn operations(named: &[CompactString]) -> BTreeSet<Operation> {
    named.iter().filter_map(|name| Operation::parse(name)).collect()
}

/// Takes out what an exclusion names, if it names kinds and operations and nothing else.
fn leave_out(interest: &mut Interest, excluded: &Described) {
    let narrows = !excluded.name.is_empty()
        || !excluded.names.is_empty()
        || !excluded.namespaces.is_empty()
        || excluded.annotations.is_some()
        || excluded.selector.is_some()
        || excluded.namespace_selector.is_some();
    if narrows || (excluded.kinds.is_empty() && excluded.operations.is_empty()) {
        return;
    }
    let named = operations(&excluded.operations);
    for (kind, own) in interest.iter_mut() {
        if excluded.kinds.is_empty() || excluded.kinds.contains(kind) {
            own.retain(|operation| !named.is_empty() && !named.contains(operation));
        }
    }
}
