//! `ironhull pod-security advise`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::bail;
use ironhull_podsecurity::admission::OWN_LABELS;
use ironhull_podsecurity::{Level, LevelVersion, Version};
use ironhull_value::Path;
use ironhull_world::{World, kinds};
use serde_json::json;

use super::subject::{Subject, subjects};
use crate::cli::{Global, Plain, PodSecurityAdvise};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{notice, print};

/// What a namespace can enforce.
struct Advice<'w> {
    namespace: String,
    /// What its label says now, when the Namespace is in the input.
    enforced: Option<String>,
    /// The strictest level that all its pods pass.
    level: Level,
    /// What keeps it from the next level.
    obstacles: Vec<&'w Subject<'w>>,
    /// Pods that could not be judged: nothing is advised while there are any.
    invalid: Vec<&'w Subject<'w>>,
    pods: usize,
}

pub(super) fn run(advise: &PodSecurityAdvise, global: &Global) -> anyhow::Result<Exit> {
    let version = super::version(&advise.version)?;
    let config = Config::find(global.config.as_deref())?;
    let read = inputs::read_or_list(&advise.cluster, &advise.inputs, &config, &[], global.quiet)?;
    for finding in &read.findings {
        notice(global.quiet, &format!("{}: {}", finding.subject, finding.message));
    }
    let world = &read.world;
    let (baseline, partial) = subjects(world, LevelVersion { level: Level::Baseline, version });
    let (restricted, _) = subjects(world, LevelVersion { level: Level::Restricted, version });
    let advice = advice(world, &baseline, &restricted);
    if partial > 0 {
        notice(
            global.quiet,
            &format!("{partial} places hold containers without a pod around them and were not judged"),
        );
    }
    if advice.is_empty() {
        bail!(
            "no namespace and no pod was found: {} files, {} objects",
            read.counts.files,
            read.counts.objects
        );
    }
    match advise.output {
        Plain::Text => print(&text(&advice, version))?,
        Plain::Json => print(&format!("{:#}\n", json(&advice, version)))?,
    }
    Ok(Exit::Clean)
}

fn advice<'w>(world: &World, baseline: &'w [Subject<'w>], restricted: &'w [Subject<'w>]) -> Vec<Advice<'w>> {
    let mut namespaces: BTreeSet<&str> =
        restricted.iter().map(|subject| subject.object.namespace()).collect();
    namespaces.extend(world.of_kind(kinds::NAMESPACE).map(|namespace| namespace.name()));
    let by_namespace = |subjects: &'w [Subject<'w>]| {
        let mut map: BTreeMap<&str, Vec<&'w Subject<'w>>> = BTreeMap::new();
        for subject in subjects {
            map.entry(subject.object.namespace()).or_default().push(subject);
        }
        map
    };
    let (baseline, restricted) = (by_namespace(baseline), by_namespace(restricted));
    let none = Vec::new();
    namespaces
        .into_iter()
        .map(|namespace| {
            let refused = |map: &BTreeMap<&str, Vec<&'w Subject<'w>>>| -> Vec<&'w Subject<'w>> {
                let all = map.get(namespace).unwrap_or(&none).iter();
                all.filter(|subject| subject.result.is_ok() && !subject.is_allowed()).copied().collect()
            };
            let (below, strict) = (refused(&baseline), refused(&restricted));
            let level = match (below.is_empty(), strict.is_empty()) {
                (false, _) => Level::Privileged,
                (true, false) => Level::Baseline,
                (true, true) => Level::Restricted,
            };
            let all = restricted.get(namespace).unwrap_or(&none);
            Advice {
                namespace: namespace.to_owned(),
                enforced: world.get(kinds::NAMESPACE, "", namespace).map(|object| {
                    object.label("pod-security.kubernetes.io/enforce").unwrap_or("nothing").to_owned()
                }),
                level,
                obstacles: if level == Level::Privileged { below } else { strict },
                invalid: all.iter().filter(|subject| subject.result.is_err()).copied().collect(),
                pods: all.len(),
            }
        })
        .collect()
}

fn next(level: Level) -> Option<Level> {
    match level {
        Level::Privileged => Some(Level::Baseline),
        Level::Baseline => Some(Level::Restricted),
        Level::Restricted => None,
    }
}

/// The labels to set: enforce what holds today, warn and audit at the level to come.
fn labels(advice: &Advice<'_>, version: Version) -> Vec<(String, String)> {
    let target = next(advice.level).unwrap_or(advice.level);
    let mut labels = Vec::new();
    for (mode, level) in [("enforce", advice.level), ("warn", target), ("audit", target)] {
        labels.push((format!("pod-security.kubernetes.io/{mode}"), level.to_string()));
        labels.push((format!("pod-security.kubernetes.io/{mode}-version"), version.to_string()));
    }
    labels
}

fn shown(namespace: &str) -> &str {
    if namespace.is_empty() { "(none named)" } else { namespace }
}

fn text(advice: &[Advice<'_>], version: Version) -> String {
    let mut text = String::new();
    for one in advice {
        let now = one.enforced.as_ref().map_or_else(String::new, |now| format!(", enforces {now} now"));
        let _ = writeln!(text, "namespace {} ({} pods or templates{now})", shown(&one.namespace), one.pods);
        if !one.invalid.is_empty() {
            text.push_str("  nothing can be advised until these are mended:\n");
            for subject in &one.invalid {
                let why = subject.result.as_ref().err().map(ToString::to_string).unwrap_or_default();
                let _ = writeln!(text, "    {} {}: {why}", subject.place(&Path::root()), subject.object.key);
            }
            text.push('\n');
            continue;
        }
        let _ = writeln!(text, "  can enforce {} today:", one.level);
        for (label, value) in labels(one, version) {
            let _ = writeln!(text, "    {label}: {value}");
        }
        if let Some(next) = next(one.level) {
            let _ = writeln!(text, "  in the way of {next}:");
        }
        for subject in &one.obstacles {
            let _ = writeln!(text, "    {} ({})", subject.object.key, subject.place(&Path::root()));
            for violation in subject.violations() {
                let places: BTreeSet<String> =
                    violation.fields.iter().map(|field| subject.place(field)).collect();
                let places: Vec<String> = places.into_iter().collect();
                let _ =
                    writeln!(text, "      {}: {}  {}", violation.reason, violation.detail, places.join(", "));
            }
        }
        if let Some(next) = next(one.level).filter(|_| !one.obstacles.is_empty()) {
            let _ = writeln!(
                text,
                "  with `ironhull serve --pod-security`, {next} for everything else, and these excepted until they are mended:"
            );
            let _ = writeln!(text, "    {OWN_LABELS}enforce: {next}");
            for subject in &one.obstacles {
                let checks: BTreeSet<&str> =
                    subject.violations().iter().map(|violation| violation.check.as_str()).collect();
                let checks: Vec<&str> = checks.into_iter().collect();
                let _ =
                    writeln!(text, "    exception for {}: checks {}", subject.object.key, checks.join(", "));
            }
        }
        text.push('\n');
    }
    text
}

fn json(advice: &[Advice<'_>], version: Version) -> serde_json::Value {
    let namespaces = advice.iter().map(|one| {
        let obstacles = one.obstacles.iter().map(|subject| {
            let violations = subject.violations().iter().map(|violation| {
                let fields = violation.fields.iter().map(|field| {
                    json!({"path": subject.path.join(field).to_string(), "place": subject.place(field)})
                });
                json!({"check": violation.check.to_string(), "reason": violation.reason, "detail": violation.detail, "fields": fields.collect::<Vec<_>>()})
            });
            json!({"object": subject.object.key.to_string(), "place": subject.place(&Path::root()), "violations": violations.collect::<Vec<_>>()})
        });
        let invalid = one.invalid.iter().map(|subject| {
            json!({"object": subject.object.key.to_string(), "place": subject.place(&Path::root()), "error": subject.result.as_ref().err().map(ToString::to_string)})
        });
        let advised = one.invalid.is_empty();
        json!({
            "namespace": one.namespace,
            "enforcesNow": one.enforced,
            "pods": one.pods,
            "canEnforce": advised.then(|| one.level.to_string()),
            "labels": advised.then(|| labels(one, version).into_iter().collect::<BTreeMap<_, _>>()),
            "next": next(one.level).map(|level| level.to_string()),
            "inTheWay": obstacles.collect::<Vec<_>>(),
            "notJudged": invalid.collect::<Vec<_>>(),
        })
    });
    json!({"version": version.to_string(), "namespaces": namespaces.collect::<Vec<_>>()})
}
