//! Pods with addresses of both families, and rules about addresses.
//!
//! A connection is made over one family. A block of IPv4 addresses says nothing of a pod's IPv6 connections,
//! so that such a pod is decided once for each family: what both allow is allowed, and what only one does is
//! not known, as it is not known which one the connection takes.

use core::net::IpAddr;

use super::classes::{Class, ClassId};
use super::compile::CompiledRule;
use super::groups::{Asked, GroupId, Spec};
use super::network::Network;
use super::verdict::Verdict;

/// Tells the addresses of a family.
pub(super) type Family = fn(&IpAddr) -> bool;

/// Both.
pub(super) const FAMILIES: [Family; 2] = [IpAddr::is_ipv4, IpAddr::is_ipv6];

impl Verdict {
    /// What is known of a connection that takes either of two ways.
    #[must_use]
    pub(super) fn either(&self, other: &Self) -> Self {
        let allowed = self.allowed.intersection(&other.allowed);
        let possible = |one: &Self| one.allowed.union(&one.unknown);
        let unknown = possible(self).union(&possible(other)).difference(&allowed);
        Self { allowed, unknown }
    }
}

impl Network {
    /// Whether the pods of a class have addresses of both families.
    pub(super) fn has_both_families(&self, class: ClassId) -> bool {
        self.class(class)
            .is_some_and(|class| FAMILIES.iter().all(|family| class.addresses().iter().any(family)))
    }

    /// Whether a rule speaks of addresses that stand for classes.
    pub(super) fn names_addresses(&self, rule: &CompiledRule) -> bool {
        rule.groups
            .iter()
            .any(|&group| self.groups.get(group).is_some_and(|group| is_about_addresses(&group.spec)))
    }

    /// Whether a rule matches a class when only its addresses of one family count.
    pub(super) fn matches_in(&self, rule: &CompiledRule, class: ClassId, family: Family) -> bool {
        rule.everything || rule.groups.iter().any(|&group| self.is_member_in(class, group, family))
    }

    fn is_member_in(&self, id: ClassId, group: GroupId, family: Family) -> bool {
        let (Some(class), Some(found)) = (self.classes.get(id), self.groups.get(group)) else { return false };
        if !is_about_addresses(&found.spec) {
            return self.is_member(id, group);
        }
        let mut key = class.key.clone();
        key.addresses = key.addresses.iter().copied().filter(family).collect();
        let class = Class { key, count: 1, groups: super::classes::List::new() };
        let namespace = &self.namespaces[class.key.namespace as usize].labels;
        found.spec.matches(&Asked { class: &class, namespace, words: &self.words })
    }
}

fn is_about_addresses(spec: &Spec) -> bool {
    match spec {
        Spec::Addresses(..) => true,
        Spec::All(parts) => parts.iter().any(is_about_addresses),
        Spec::Not(part) => is_about_addresses(part),
        _ => false,
    }
}
