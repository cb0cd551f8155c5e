//! The one gate for what a policy reads, writes and calls: a namespaced author gets namespaced power.
//!
//! Whoever looks something up for a policy asks here first. The faults of this kind that others had are in
//! `tests/it/gate.rs`, one test each.

/// Whose power a policy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate<'a> {
    /// The namespace of the policy; empty for one of the cluster.
    namespace: &'a str,
}

impl<'a> Gate<'a> {
    /// That of a policy of this namespace; empty for one of the cluster.
    pub fn new(namespace: &'a str) -> Self {
        Self { namespace }
    }

    /// Whether objects of a namespace may be read or written; empty for what is in none.
    pub fn may_reach(&self, namespace: &str) -> bool {
        self.namespace.is_empty() || self.namespace == namespace
    }

    /// Whether a path of the API server may be asked for. The path must mean what it says: variables in it may
    /// come from whoever made the request.
    ///
    /// # Errors
    /// Why not.
    pub fn may_ask(&self, path: &str) -> Result<(), String> {
        let plain = path.split('?').next().unwrap_or_default();
        let is_plain = !plain.contains("..") && !plain.contains('%') && !plain.contains("//");
        if self.namespace.is_empty() {
            return if is_plain { Ok(()) } else { Err(format!("path {path} is not a plain path")) };
        }
        let mut steps = plain.split('/').filter(|step| !step.is_empty());
        let group = match steps.next() {
            Some("api") => steps.next().is_some(),
            Some("apis") => steps.next().is_some() && steps.next().is_some(),
            _ => false,
        };
        let is_own = group && steps.next() == Some("namespaces") && steps.next() == Some(self.namespace);
        if is_plain && is_own {
            Ok(())
        } else {
            Err(format!(
                "path {path} refers to another namespace than that of the policy, {}",
                self.namespace
            ))
        }
    }

    /// Whether a service may be called.
    ///
    /// # Errors
    /// Why not.
    pub fn may_call(&self, url: &str) -> Result<(), String> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        Err(format!("a policy of the namespace {} may not call {url}", self.namespace))
    }
}
