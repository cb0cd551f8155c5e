//! Who set what: the part that most messages share.

use std::collections::BTreeSet;

use ironhull_value::Path;

use crate::check::Refusal;
use crate::text::{containers, join_quoted};
use crate::view::{Container, path};

/// The pod, if it offends itself, and the containers that do, with the values and fields that offend.
/// Empty until something does, and without allocation until then.
#[derive(Default)]
pub(super) struct Offenders<'a> {
    pod: bool,
    pub(super) containers: Vec<&'a str>,
    /// Sorted and without duplicates, as messages list them.
    pub(super) values: BTreeSet<&'a str>,
    pub(super) fields: Vec<Path>,
}

impl<'a> Offenders<'a> {
    pub(super) fn is_empty(&self) -> bool {
        !self.pod && self.containers.is_empty()
    }

    /// The pod offends with a field of `spec.securityContext`.
    pub(super) fn add_pod(&mut self, keys: &[&str]) {
        self.add_name(None);
        self.add_field(None, keys);
    }

    /// A container offends with a field of its `securityContext`.
    pub(super) fn add(&mut self, container: &Container<'a>, keys: &[&str]) {
        self.add_name(Some(container));
        self.add_field(Some(container), keys);
    }

    /// A container offends, or the pod. For those who offend with several fields at once.
    pub(super) fn add_name(&mut self, container: Option<&Container<'a>>) {
        match container {
            Some(container) => self.containers.push(container.name),
            None => self.pod = true,
        }
    }

    /// A field of the security context of a container, or of the pod, offends.
    pub(super) fn add_field(&mut self, container: Option<&Container<'a>>, keys: &[&str]) {
        let context = match container {
            Some(container) => container.path(&["securityContext"]),
            None => path(&["spec", "securityContext"]),
        };
        self.fields.push(context.keys(keys));
    }

    /// The offending fields of the other one as well.
    pub(super) fn take_fields(&mut self, other: Self) {
        self.fields.extend(other.fields);
    }

    /// `pod and containers "a", "b"`.
    pub(super) fn setters(&self) -> String {
        match (self.pod, self.containers.as_slice()) {
            (true, []) => "pod".into(),
            (true, names) => format!("pod and {}", containers(names)),
            (false, names) => containers(names),
        }
    }

    /// `container "a"`, `containers "a", "b"`.
    pub(super) fn container_names(&self) -> String {
        containers(&self.containers)
    }

    /// `"x", "y"`.
    pub(super) fn value_list(&self) -> String {
        join_quoted(&self.values)
    }

    /// The refusal, if anybody offends.
    pub(super) fn refuse(
        self,
        reason: &'static str,
        detail: impl FnOnce(&Self) -> String,
    ) -> Option<Refusal> {
        if self.is_empty() {
            return None;
        }
        Some(Refusal { reason, detail: detail(&self), fields: self.fields })
    }
}
