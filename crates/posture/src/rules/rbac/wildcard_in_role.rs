//! RB002

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_world::Object;
use ironhull_world::rbac::PolicyRule;

use super::shared::{ROLES, each_rule, extent, label};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of Roles and ClusterRoles with `*` among their `verbs`, `resources`, `apiGroups` or
    /// `nonResourceURLs`. Each entry is reported once, with the lists that hold a `*`. What `*` among the
    /// resources includes is not reported again by the rules for single rights.
    ///
    /// ## Why it matters
    /// A wildcard grants more than its author can list: every verb includes `escalate` and `impersonate`,
    /// every resource includes Secrets and all that will be installed later. Whoever takes over the subject
    /// mostly owns the namespace, or the cluster. High, not critical: it takes that subject first.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: ["*"]
    ///   verbs: [get, list]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [pods, services]
    ///   verbs: [get, list]
    /// ```
    ///
    /// ## How to fix
    /// List the groups, resources and verbs that are used. The audit log tells them.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>
    pub static WILDCARD_IN_ROLE = {
        id: "RB002",
        name: "wildcard-in-role",
        title: "A role has a wildcard",
        severity: High,
        controls: [Cis "5.1.3", Nsa "role-based-access-control", Attack "T1098.006"],
        aliases: [
            Trivy "KSV-0044",
            Trivy "KSV-0045",
            Trivy "KSV-0046",
            Trivy "KSV-0112",
            Kubescape "C-0187",
            Checkov "CKV_K8S_49",
            KubeLinter "wildcard-in-rules",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    each_rule(role, judge, |rule, judge| {
        let lists = wildcards(rule);
        let Some((first, others)) = lists.split_first() else { return };
        // Objects and namespaces are nothing that a URL has.
        let extent = if rule.texts("resources").next().is_some() {
            format!(" ({})", extent(rule))
        } else {
            String::new()
        };
        let message = format!("{} has a wildcard in {}{extent}", label(role), joined(first, others));
        let finding = judge.fail(rule.path_of(first, &[]), message);
        finding.with_fix(Fix::manual("List what is needed instead of the wildcard"));
        for list in others {
            finding.also(role, rule.path_of(list, &[]), "a further wildcard");
        }
    });
}

/// The lists with `*` that grant something: a group or a verb without anything it is for grants nothing.
fn wildcards(rule: &PolicyRule<'_>) -> Vec<&'static str> {
    let (resources, urls) =
        (rule.texts("resources").next().is_some(), rule.texts("nonResourceURLs").next().is_some());
    [("resources", true), ("nonResourceURLs", true), ("verbs", resources || urls), ("apiGroups", resources)]
        .into_iter()
        .filter(|(list, matters)| *matters && rule.has_wildcard(list))
        .map(|(list, _)| list)
        .collect()
}

/// `a, b and c`.
fn joined(first: &str, others: &[&str]) -> String {
    match others.split_last() {
        None => first.to_owned(),
        Some((last, [])) => format!("{first} and {last}"),
        Some((last, between)) => format!("{first}, {} and {last}", between.join(", ")),
    }
}
