//! Which checks of two tools found the same objects.
//!
//! One check of ours may stand for several of a peer and the other way round. A pair that agrees alone is
//! taken as it is; what is left is compared in groups of checks that are linked by aliases.

use super::ours::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// An object that a check complained about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    kind: String,
    namespace: String,
    name: String,
}

/// Kinds that have no namespace, whatever a tool says.
const CLUSTER_SCOPED: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

impl Subject {
    /// An empty namespace is `default`, except where kinds have none.
    pub(crate) fn new(kind: &str, namespace: &str, name: &str) -> Self {
        let namespace = match namespace {
            _ if CLUSTER_SCOPED.contains(&kind) => "",
            "" => "default",
            other => other,
        };
        Self { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
    }
}

/// Check → objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found(BTreeMap<String, BTreeSet<Subject>>);

impl Found {
    pub(crate) fn add(&mut self, check: &str, subject: Subject) {
        self.0.entry(check.to_owned()).or_default().insert(subject);
    }

    pub(crate) fn subjects(&self, check: &str) -> BTreeSet<Subject> {
        self.0.get(check).cloned().unwrap_or_default()
    }

    /// Results of these checks together.
    pub(crate) fn count(&self, checks: &BTreeSet<String>) -> usize {
        checks.iter().filter_map(|check| self.0.get(check)).map(BTreeSet::len).sum()
    }

    fn union(&self, checks: &BTreeSet<String>) -> BTreeSet<Subject> {
        checks.iter().flat_map(|check| self.subjects(check)).collect()
    }
}

/// Checks of both sides that mean the same together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) ours: BTreeSet<String>,
    pub(crate) theirs: BTreeSet<String>,
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let join = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join("+");
        write!(f, "{} ↔ {}", join(&self.ours), join(&self.theirs))
    }
}

/// How the groups came out.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Same objects, and at least one: these are timed.
    pub(crate) agreed: Vec<Group>,
    /// Neither side found anything, so nothing is proven.
    pub(crate) silent: Vec<Group>,
    /// One line for each group that differs.
    pub(crate) differ: Vec<String>,
}

impl Verdict {
    pub(crate) fn our_checks(&self) -> BTreeSet<String> {
        self.agreed.iter().flat_map(|group| group.ours.clone()).collect()
    }

    pub(crate) fn their_checks(&self) -> BTreeSet<String> {
        self.agreed.iter().flat_map(|group| group.theirs.clone()).collect()
    }
}

/// Pairs of rule and check for one tool, as our table of aliases has them.
pub(crate) fn pairs(rules: &[Rule], tool: &str) -> Vec<(String, String)> {
    let of_rule = |rule: &Rule| {
        let matching = rule.aliases.iter().filter(|alias| alias.tool.eq_ignore_ascii_case(tool));
        matching.map(|alias| (rule.id.clone(), alias.id.clone())).collect::<Vec<_>>()
    };
    rules.iter().flat_map(of_rule).collect()
}

/// Judges every pair.
pub(crate) fn judge(pairs: &[(String, String)], ours: &Found, theirs: &Found) -> Verdict {
    let mut verdict = Verdict::default();
    let mut settled = Group::default();
    for (rule, check) in pairs {
        let (own, other) = (ours.subjects(rule), theirs.subjects(check));
        let fresh = !settled.ours.contains(rule) && !settled.theirs.contains(check);
        if fresh && own == other && !own.is_empty() {
            settled.ours.insert(rule.clone());
            settled.theirs.insert(check.clone());
            verdict.agreed.push(Group { ours: [rule.clone()].into(), theirs: [check.clone()].into() });
        }
    }
    let is_open =
        |(rule, check): &&(String, String)| !settled.ours.contains(rule) && !settled.theirs.contains(check);
    for group in linked(pairs.iter().filter(is_open)) {
        let (own, other) = (ours.union(&group.ours), theirs.union(&group.theirs));
        if own != other {
            verdict.differ.push(difference(&group, &own, &other));
        } else if own.is_empty() {
            verdict.silent.push(group);
        } else {
            verdict.agreed.push(group);
        }
    }
    verdict
}

/// Connected groups of the pairs.
fn linked<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (rule, check) in pairs {
        let mut merged = Group { ours: [rule.clone()].into(), theirs: [check.clone()].into() };
        let (touching, rest): (Vec<Group>, Vec<Group>) =
            groups.into_iter().partition(|group| group.ours.contains(rule) || group.theirs.contains(check));
        for group in touching {
            merged.ours.extend(group.ours);
            merged.theirs.extend(group.theirs);
        }
        groups = rest;
        groups.push(merged);
    }
    groups
}

fn difference(group: &Group, ours: &BTreeSet<Subject>, theirs: &BTreeSet<Subject>) -> String {
    let only_ours: Vec<&Subject> = ours.difference(theirs).collect();
    let only_theirs: Vec<&Subject> = theirs.difference(ours).collect();
    let example =
        |subjects: &[&Subject]| subjects.first().map_or_else(String::new, |subject| format!(" ({subject})"));
    format!(
        "{group}: results differ: only ours {}{}, only theirs {}{}, both {}",
        only_ours.len(),
        example(&only_ours),
        only_theirs.len(),
        example(&only_theirs),
        ours.intersection(theirs).count()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &[(&str, &str)]) -> Found {
        let mut found = Found::default();
        for (check, name) in list {
            found.add(check, Subject::new("Pod", "", name));
        }
        found
    }

    fn judge_lists(pairs: &[(&str, &str)], ours: &[(&str, &str)], theirs: &[(&str, &str)]) -> Verdict {
        let pairs: Vec<_> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        judge(&pairs, &found(ours), &found(theirs))
    }

    #[test]
    fn equal_sets_agree_and_others_say_how_they_differ() {
        let verdict = judge_lists(
            &[("A", "a"), ("B", "b"), ("C", "c")],
            &[("A", "x"), ("B", "x"), ("B", "y")],
            &[("a", "x"), ("b", "y"), ("b", "z")],
        );
        assert_eq!(verdict.agreed.len(), 1);
        assert_eq!(verdict.silent.len(), 1);
        assert_eq!(
            verdict.differ,
            ["B ↔ b: results differ: only ours 1 (Pod/default/x), only theirs 1 (Pod/default/z), both 1"]
        );
    }

    #[test]
    fn several_checks_can_mean_one_rule() {
        let verdict =
            judge_lists(&[("A", "a"), ("A", "b")], &[("A", "x"), ("A", "y")], &[("a", "x"), ("b", "y")]);
        assert_eq!(verdict.agreed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["A ↔ a+b"]);
        assert_eq!(verdict.their_checks().len(), 2);
    }

    #[test]
    fn a_missing_result_is_never_agreement() {
        assert!(judge_lists(&[("A", "a")], &[("A", "x")], &[]).agreed.is_empty());
        assert!(judge_lists(&[("A", "a")], &[], &[("a", "x")]).agreed.is_empty());
    }

    #[test]
    fn kinds_without_a_namespace_have_none() {
        assert_eq!(Subject::new("ClusterRole", "default", "a"), Subject::new("ClusterRole", "", "a"));
        assert_eq!(Subject::new("Pod", "", "a"), Subject::new("Pod", "default", "a"));
    }
}
