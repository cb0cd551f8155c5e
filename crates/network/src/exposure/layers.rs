//! What the layers of policies say of connections to and from pods that do not exist.
//!
//! The layers are those of netpol-analyzer, as in its `policy_connections.go`: what stands before
//! NetworkPolicy allows, denies or passes; NetworkPolicy decides what is passed if it selects the pod; else
//! what stands behind it does, and where nothing speaks everything is allowed.

use super::conns::NamedConns;
use crate::policy::Action;

/// What rules in their order say.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) allowed: NamedConns,
    passed: NamedConns,
    denied: NamedConns,
}

impl Layer {
    /// One more rule: those before it win.
    pub(super) fn rule(&mut self, action: Action, mut conns: NamedConns) {
        for (other, before) in
            [(Action::Allow, &self.allowed), (Action::Deny, &self.denied), (Action::Pass, &self.passed)]
        {
            if other != action {
                conns.subtract(before);
            }
        }
        match action {
            Action::Allow => self.allowed.add(&conns),
            Action::Deny => self.denied.add(&conns),
            Action::Pass => self.passed.add(&conns),
        }
    }

    /// One more policy: those before it win.
    pub(super) fn policy(&mut self, next: &Self) {
        let mut next = next.clone();
        next.denied.subtract(&self.allowed);
        next.denied.subtract(&self.passed);
        next.allowed.subtract(&self.denied);
        next.allowed.subtract(&self.passed);
        next.passed.subtract(&self.denied);
        next.passed.subtract(&self.allowed);
        self.denied.add(&next.denied);
        self.allowed.add(&next.allowed);
        self.passed.add(&next.passed);
    }

    /// Whether no rule spoke.
    pub(super) fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.passed.is_empty() && self.denied.is_empty()
    }

    fn decides_all(&self) -> bool {
        let mut decided = self.allowed.clone();
        decided.add(&self.denied);
        decided.is_all()
    }
}

/// All layers of one direction of one pod.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    /// Before NetworkPolicy.
    pub(super) before: Layer,
    /// What NetworkPolicies allow; `None` where none selects the pod.
    pub(super) network: Option<NamedConns>,
    /// Behind it.
    pub(super) behind: Layer,
}

impl Layers {
    /// What is allowed between two ends.
    pub(super) fn between(self) -> NamedConns {
        if self.before.decides_all() {
            let mut allowed = self.before.allowed;
            allowed.subtract(&self.before.denied);
            return allowed;
        }
        self.combined()
    }

    /// What is allowed with the whole cluster.
    pub(super) fn with_cluster(self) -> NamedConns {
        if self.before.decides_all() { self.before.allowed } else { self.combined() }
    }

    fn combined(self) -> NamedConns {
        let spoke = !self.before.is_empty();
        let Layer { mut allowed, mut passed, mut denied } = self.before;
        // Whatever is not decided is passed on.
        passed.add(&NamedConns::all());
        match self.network {
            Some(network) if !spoke => network,
            Some(network) => {
                passed.meet(&network);
                passed.subtract(&denied);
                allowed.add(&passed);
                allowed
            }
            None => {
                let mut refused = passed.clone();
                refused.meet(&self.behind.denied);
                refused.subtract(&allowed);
                denied.add(&refused);
                passed.meet(&NamedConns::all());
                allowed.add(&passed);
                allowed.subtract(&denied);
                allowed
            }
        }
    }
}
