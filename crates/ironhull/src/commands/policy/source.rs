//! Reading policies.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use ironhull_finding::{Evidence, Finding};
use ironhull_policy::exception::{Exception, GROUP};
use ironhull_policy::kyverno::cleanup::CleanupPolicy;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::model::{Policy, PolicyException, Problem};
use ironhull_value::Path;
use ironhull_world::Object;

use super::ports::now;
use crate::cli::Inputs;
use crate::config::Config;
use crate::inputs;
use crate::output::notice;

/// The policies of some files.
pub(super) struct Policies {
    /// Those that can be evaluated.
    pub(super) compiled: Vec<Arc<Compiled>>,
    /// Those that cannot, with the reasons.
    pub(super) refused: Vec<(Arc<Object>, Vec<Problem>)>,
    /// Those that delete.
    pub(super) cleanups: Vec<CleanupPolicy>,
    /// Global context entries.
    pub(super) entries: Vec<Arc<Object>>,
    /// What could not be read: a policy may be in it.
    pub(super) unread: Vec<Finding>,
}

/// Reads policies. What is wrong with one is told on standard error, and the others go on.
pub(super) fn policies(paths: &[PathBuf], config: &Config, quiet: bool) -> anyhow::Result<Policies> {
    let read = read(paths, config, quiet)?;
    let mut found = Policies {
        compiled: Vec::new(),
        refused: Vec::new(),
        cleanups: Vec::new(),
        entries: Vec::new(),
        unread: read.findings,
    };
    for object in read.world.objects() {
        if let Some(cleanup) = CleanupPolicy::read(object) {
            if cleanup.problems.is_empty() {
                found.cleanups.push(cleanup);
            } else {
                found.refused.push((Arc::clone(object), cleanup.problems));
            }
            continue;
        }
        if object.key.kind == "GlobalContextEntry" {
            found.entries.push(Arc::clone(object));
            continue;
        }
        let Some(policy) = Policy::read(object) else {
            let is_ours = object.key.group == GROUP && object.key.kind == "Exception";
            if is_ours || object.key.group == "kyverno.io" && object.key.kind == "PolicyException" {
                let advice = "an exception counts only where it is given with --exception";
                notice(quiet, &format!("{}: {advice}", object.key));
            } else if object.key.group.ends_with("kyverno.io") && object.key.kind.ends_with("Policy") {
                let message = format!("policies of the kind {} are not supported yet", object.key.kind);
                let path = Path::root().child("kind");
                found.refused.push((Arc::clone(object), vec![Problem { path, message }]));
            }
            continue;
        };
        match Compiled::new(&Arc::new(policy)) {
            Ok(compiled) => found.compiled.push(Arc::new(compiled)),
            Err(problems) => found.refused.push((Arc::clone(object), problems)),
        }
    }
    for (object, problems) in &found.refused {
        for problem in problems {
            notice(false, &format!("{}: {}: {}", place(object, problem), object.key, problem.message));
        }
    }
    if found.compiled.is_empty() && found.refused.is_empty() && found.cleanups.is_empty() {
        bail!("there is no ClusterPolicy and no Policy of kyverno.io in {}", list(paths));
    }
    Ok(found)
}

/// Reads exceptions, Kyverno's and ours. One that is not understood, or of ours one that has ended, excepts nothing.
pub(super) fn exceptions(paths: &[PathBuf], config: &Config, quiet: bool) -> anyhow::Result<Exceptions> {
    Ok(Exceptions::new(excepted(paths, config, quiet)?.policies))
}

/// What is excepted.
#[derive(Default)]
pub(super) struct Excepted {
    /// Of policies.
    pub(super) policies: Vec<Arc<PolicyException>>,
    /// The exceptions of ours that are about the Pod Security Standards.
    pub(super) pod_security: Vec<Exception>,
}

/// The same, by what it is excepted from.
pub(super) fn excepted(paths: &[PathBuf], config: &Config, quiet: bool) -> anyhow::Result<Excepted> {
    let mut found = Excepted::default();
    if paths.is_empty() {
        return Ok(found);
    }
    let mut is_any = false;
    for object in read(paths, config, quiet)?.world.objects() {
        if let Some(own) = Exception::read(object) {
            is_any = true;
            match own {
                Err(why) => notice(false, &format!("{}: {why}", named(object))),
                Ok(own) if !own.holds(now().seconds) => {
                    notice(quiet, &format!("{}: it has ended, and excepts nothing", named(object)));
                }
                Ok(own) => {
                    found.policies.extend(own.for_kyverno().map(Arc::new));
                    found.pod_security.extend(own.waiver().is_some().then_some(own));
                }
            }
            continue;
        }
        let Some(exception) = PolicyException::read(object) else { continue };
        is_any = true;
        for problem in &exception.problems {
            notice(false, &format!("{}: {}: {}", place(object, problem), object.key, problem.message));
        }
        found.policies.push(Arc::new(exception));
    }
    let wanted = "PolicyException of kyverno.io and no Exception of ironhull.dev";
    anyhow::ensure!(is_any, "there is no {wanted} in {}", list(paths));
    Ok(found)
}

/// An object with the place that it begins at.
fn named(object: &Arc<Object>) -> String {
    let problem = Problem { path: Path::root(), message: String::new() };
    format!("{}: {}", place(object, &problem), object.key)
}

fn read(paths: &[PathBuf], config: &Config, quiet: bool) -> anyhow::Result<inputs::Read> {
    let wanted = Inputs { paths: paths.to_vec(), max_input: 512 << 20, no_render: true, ..Inputs::default() };
    let read = inputs::read(&wanted, config, quiet)?;
    tell_unread(&read.findings);
    Ok(read)
}

/// Names what could not be read.
pub(super) fn tell_unread(findings: &[Finding]) {
    for finding in findings {
        let place = match finding.place() {
            Some(place) => format!("{}:{}:{}", place.source.name(), place.start.line, place.start.column),
            None => finding.subject.to_string(),
        };
        notice(false, &format!("{place}: not read: {}", finding.message));
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}

/// `policy.yaml:12:5`
pub(super) fn place(object: &Arc<Object>, problem: &Problem) -> String {
    match Evidence::new(object, problem.path.clone()).place() {
        Some(place) => format!("{}:{}:{}", place.source.name(), place.start.line, place.start.column),
        None => format!("{} {}", object.key, problem.path),
    }
}
