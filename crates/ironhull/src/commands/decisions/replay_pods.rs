//! Decisions of Pod Security, made again.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};
use ironhull_podsecurity::admission::Admission;

use super::replay::{Difference, Found, What};
use crate::serve::engine::Engine;
use crate::serve::loaded::Loaded;
use crate::serve::pod_security_config;
use crate::serve::recorded::Recorded;

#[derive(Args, Debug)]
pub(super) struct PodSecurity {
    /// Decide by the Pod Security Standards again, too: by the labels that namespaces had then.
    #[arg(long)]
    pod_security: bool,
    /// A PodSecurityConfiguration with other defaults and exemptions; implies --pod-security.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pod_security_config: Option<PathBuf>,
}

impl PodSecurity {
    /// What is decided by; none if it is not asked for.
    pub(super) fn admission(&self) -> anyhow::Result<Option<Admission>> {
        match &self.pod_security_config {
            Some(path) => pod_security_config::read(path).map(Some),
            None => Ok(self.pod_security.then(Admission::default)),
        }
    }
}

/// Whether a decision is one of these. What is asked about a Namespace depends on the pods that it had.
pub(super) fn is_about_pods(decision: &Recorded) -> bool {
    decision.route == "pod-security" && decision.resource.resource != "namespaces"
}

/// Decides again about a pod, or what makes pods.
pub(super) fn replay(engine: &Engine, loaded: &Arc<Loaded>, then: &Recorded) -> Found {
    let now = match engine.again(then, loaded, None) {
        Ok(now) if !now.is_error => now,
        Ok(now) => return Found::Unknown(now.refusal.unwrap_or_else(|| "it cannot be decided".to_owned())),
        Err(why) => return Found::Unknown(why),
    };
    // Who was only listened to then is so now.
    let is_listened = then.said.iter().any(|said| said.mode == "shadow");
    let (was_refused, is_refused) = (!then.is_allowed(), now.refusal.is_some() && !is_listened);
    let (what, message) = match (was_refused, is_refused) {
        (false, true) => (What::NewlyDenied, now.refusal.unwrap_or_default()),
        (true, false) => (What::NewlyAllowed, then.message.clone()),
        _ => return Found::Same,
    };
    Found::Other(Box::new(Difference::new(then, what, vec!["pod-security".to_owned()], message)))
}
