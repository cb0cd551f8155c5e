//! `ironhull policy apply`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};
use ironhull_finding::Severity;
use ironhull_network::explain::yaml;
use ironhull_policy::kyverno::request::Request;
use ironhull_policy::kyverno::set::Set;
use ironhull_report::{Format, Style, render};
use ironhull_value::{Map, Value};
use ironhull_world::{Object, World, kinds};

use super::ports::AtHand;
use super::report::Collected;
use super::source::{exceptions, policies};
use crate::cli::{FailOn, Global, Inputs};
use crate::commands::scan::{outputs, trips};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{Output, notice, print, write_file};
use crate::terminal;

#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// Files and directories with policies.
    #[arg(value_name = "POLICY", required = true, value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Files and directories with the resources, or `-`.
    #[arg(short, long = "resource", value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    resources: Vec<PathBuf>,
    /// Files and directories with PolicyExceptions; those among the policies and resources do not count.
    #[arg(short, long = "exception", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    exceptions: Vec<PathBuf>,
    /// Write what policies changed or would make to this file, as YAML; `-` for standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    changed: Option<PathBuf>,
    /// How to show the answers, and where: text, text-full, table, json, sarif, junit, md, html or csv; may be
    /// repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Output>,
    /// End with exit code 1 at failures of this severity and above, or `never`; low without it.
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<FailOn>,
}

pub(super) fn run(args: &Apply, global: &Global) -> anyhow::Result<Exit> {
    let outputs = outputs(&args.output)?;
    let config = Config::find(global.config.as_deref())?;
    let policies = policies(&args.policies, &config, global.quiet)?;
    let wanted = Inputs { paths: args.resources.clone(), max_input: 512 << 20, ..Inputs::default() };
    let read = inputs::read(&wanted, &config, global.quiet)?;
    for finding in &read.findings {
        notice(false, &format!("not read: {}: {}", finding.subject, finding.message));
    }
    anyhow::ensure!(!read.world.is_empty(), "there is no Kubernetes object among the resources");
    let mut collected = Collected::default();
    for (object, problems) in &policies.refused {
        collected.refuse(object, problems);
    }
    let set = Set::new(policies.compiled);
    let ports = AtHand::new(&read.world, exceptions(&args.exceptions, &config, global.quiet)?);
    let mut changed = Vec::new();
    for object in read.world.objects() {
        one(&set, &ports, &read.world, object, &mut collected, &mut changed);
    }
    if let Some(file) = &args.changed {
        let text: Vec<String> = changed.iter().map(yaml).collect();
        let text = text.join("---\n");
        if file.as_os_str() == "-" { print(&text)? } else { write_file(file, &text)? }
    }
    let with_passes = outputs.iter().any(|output| output.format == Format::Junit);
    let report = collected.report(read.counts.clone(), with_passes);
    let style = terminal::style(global.color);
    for output in &outputs {
        match &output.file {
            None => print(&render(&report, output.format, style))?,
            Some(file) => write_file(file, &render(&report, output.format, Style { color: false, ..style }))?,
        }
    }
    let gate = args.fail_on.unwrap_or(FailOn::Severity(Severity::Low));
    Ok(if trips(&report, gate, global.quiet) { Exit::Tripped } else { Exit::Clean })
}

/// Everything that policies say of one object.
fn one(
    set: &Set,
    ports: &AtHand<'_>,
    world: &World,
    object: &Arc<Object>,
    collected: &mut Collected,
    changed: &mut Vec<Value>,
) {
    let mut value = object.value.clone();
    let labels = namespace_labels(world, object);
    let base = Request { namespace_labels: labels.as_ref(), ..Request::create(&object.value) };
    let request = |value: &Value| Request { object: Some(value.clone()), ..base.clone() };
    for policy in set.about(&object.key.kind).filter(|policy| policy.policy.mutates()) {
        let response = policy.mutate(&request(&value), ports, None);
        collected.add(&policy.policy, object, &response);
        if let Some(patched) = response.patched {
            value = patched;
        }
    }
    if value != object.value {
        changed.push(value.clone());
    }
    for policy in set.about(&object.key.kind) {
        if policy.policy.validates() {
            let response = policy.validate(&request(&value), ports);
            collected.add(&policy.policy, object, &response);
        }
        if policy.policy.generates() {
            let (response, effects) = policy.generate(&request(&value), ports, ports);
            collected.add(&policy.policy, object, &response);
            changed.extend(effects.into_iter().map(|effect| effect.object().clone()));
        }
    }
}

pub(super) fn namespace_labels(world: &World, object: &Object) -> Option<Map> {
    let namespace = world.get(kinds::NAMESPACE, "", &object.key.namespace)?;
    namespace.value.dig(&["metadata", "labels"])?.as_map().cloned()
}
