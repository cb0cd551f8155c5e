//! `ironhull pod-security check`.

use std::fmt::Write;

use anyhow::{anyhow, bail};
use ironhull_podsecurity::{Level, LevelVersion};
use ironhull_value::Path;
use ironhull_world::kinds;
use serde_json::json;

use super::subject::{Subject, subjects};
use crate::cli::{Global, Plain, PodSecurityCheck};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{notice, print};

pub(super) fn run(check: &PodSecurityCheck, global: &Global) -> anyhow::Result<Exit> {
    let level: Level = check
        .level
        .parse()
        .map_err(|_| anyhow!("`{}` is no level; use privileged, baseline or restricted", check.level))?;
    let level = LevelVersion { level, version: super::version(&check.version)? };
    let config = Config::find(global.config.as_deref())?;
    let read = inputs::read_or_list(&check.cluster, &check.inputs, &config, &[], global.quiet)?;
    let (subjects, partial) = subjects(&read.world, level);
    match check.output {
        Plain::Text => print(&text(&subjects, level))?,
        Plain::Json => print(&format!("{:#}\n", json(&subjects, level)))?,
    }
    for finding in &read.findings {
        let place = finding.place().map_or_else(String::new, |place| {
            format!("{}:{}:{}: ", place.source.name(), place.start.line, place.start.column)
        });
        notice(global.quiet, &format!("{place}{}", finding.message));
    }
    if partial > 0 {
        notice(
            global.quiet,
            &format!("{partial} places hold containers without a pod around them and were not judged"),
        );
    }
    if subjects.is_empty() {
        bail!(
            "no pod and no pod template was found: {} files, {} objects",
            read.counts.files,
            read.counts.objects
        );
    }
    Ok(if subjects.iter().all(Subject::is_allowed) { Exit::Clean } else { Exit::Tripped })
}

/// What the API server would say: it refuses pods, and warns about what makes pods.
fn verdict(subject: &Subject<'_>, level: LevelVersion) -> String {
    match &subject.result {
        Ok(decision) => {
            let is_pod = subject.object.key.is(kinds::POD);
            let refusal = if is_pod { decision.violates(level) } else { decision.would_violate(level) };
            refusal.unwrap_or_else(|| "allowed".to_owned())
        }
        Err(invalid) => format!("cannot be judged, the API server would refuse it: {invalid}"),
    }
}

fn text(subjects: &[Subject<'_>], level: LevelVersion) -> String {
    let mut text = String::new();
    for subject in subjects {
        let _ = writeln!(
            text,
            "{} ({}): {}",
            subject.object.key,
            subject.place(&Path::root()),
            verdict(subject, level)
        );
    }
    let refused = subjects.iter().filter(|subject| !subject.is_allowed()).count();
    let _ = writeln!(text, "{} allowed, {refused} refused at {level}", subjects.len() - refused);
    text
}

fn json(subjects: &[Subject<'_>], level: LevelVersion) -> serde_json::Value {
    let results = subjects.iter().map(|subject| {
        let key = &subject.object.key;
        let violations = subject.violations().iter().map(|violation| {
            let fields = violation.fields.iter().map(
                |field| json!({"path": subject.path.join(field).to_string(), "place": subject.place(field)}),
            );
            json!({
                "check": violation.check.to_string(),
                "reason": violation.reason,
                "detail": violation.detail,
                "fields": fields.collect::<Vec<_>>(),
            })
        });
        json!({
            "group": key.group.as_str(),
            "kind": key.kind.as_str(),
            "namespace": key.namespace.as_str(),
            "name": key.name.as_str(),
            "path": subject.path.to_string(),
            "place": subject.place(&Path::root()),
            "allowed": subject.is_allowed(),
            "error": subject.result.as_ref().err().map(ToString::to_string),
            "message": verdict(subject, level),
            "violations": violations.collect::<Vec<_>>(),
        })
    });
    json!({"level": level.level.to_string(), "version": level.version.to_string(), "results": results.collect::<Vec<_>>()})
}
