//! Reading policies.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use ironhull_finding::{Evidence, Finding};
use ironhull_policy::kyverno::cleanup::CleanupPolicy;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::model::{Policy, PolicyException, Problem};
use ironhull_value::Path;
use ironhull_world::Object;

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
            if object.key.group == "kyverno.io" && object.key.kind == "PolicyException" {
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

/// Reads exceptions. One that is not understood excepts nothing.
pub(super) fn exceptions(paths: &[PathBuf], config: &Config, quiet: bool) -> anyhow::Result<Exceptions> {
    Ok(Exceptions::new(exception_list(paths, config, quiet)?))
}

/// The same, as a list.
pub(super) fn exception_list(
    paths: &[PathBuf],
    config: &Config,
    quiet: bool,
) -> anyhow::Result<Vec<Arc<PolicyException>>> {
    let mut found = Vec::new();
    if paths.is_empty() {
        return Ok(found);
    }
    for object in read(paths, config, quiet)?.world.objects() {
        let Some(exception) = PolicyException::read(object) else { continue };
        for problem in &exception.problems {
            notice(false, &format!("{}: {}: {}", place(object, problem), object.key, problem.message));
        }
        found.push(Arc::new(exception));
    }
    anyhow::ensure!(!found.is_empty(), "there is no PolicyException of kyverno.io in {}", list(paths));
    Ok(found)
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
