//! `ironhull policy explain`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};
use ironhull_policy::kyverno::explain::{Hidden, Question, explain};
use ironhull_policy::kyverno::model::Problem;
use ironhull_policy::kyverno::request::Request;
use ironhull_policy::kyverno::set::Set;
use ironhull_report::outline::{Form, Line, Mark, Outline};
use ironhull_world::{Object, World};

use super::given::Given;
use super::ports::AtHand;
use super::review::namespace_labels;
use super::source::{exceptions, place, policies, tell_unread};
use crate::cli::{Global, Inputs};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{Named, To, write_all};
use crate::terminal;

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Files and directories with policies.
    #[arg(value_name = "POLICY", required = true, value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Files and directories with the resources, or `-`.
    #[arg(short, long = "resource", value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    resources: Vec<PathBuf>,
    /// Files and directories with PolicyExceptions and Exceptions of ours; those among the policies and resources do
    /// not count.
    #[arg(short, long = "exception", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    exceptions: Vec<PathBuf>,
    #[command(flatten)]
    given: Given,
    /// Only the rule of this name, and those that were made from it.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Only resources of this name, `[Kind/][namespace/]name`; the others are still there to be looked up.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Show everything: what holds as well, and values in full length.
    #[arg(long)]
    full: bool,
    /// How to show it, and where: text, json, md or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To<Form>>,
}

impl Named for Form {
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::Text, "text"), (Self::Json, "json"), (Self::Markdown, "md"), (Self::Html, "html")];
}

pub(super) fn run(args: &Explain, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::find(global.config.as_deref())?;
    let policies = policies(&args.policies, &config, global.quiet)?;
    let wanted = Inputs { paths: args.resources.clone(), max_input: 512 << 20, ..Inputs::default() };
    let read = inputs::read(&wanted, &config, global.quiet)?;
    tell_unread(&read.findings);
    anyhow::ensure!(!read.world.is_empty(), "there is no Kubernetes object among the resources");
    let objects: Vec<&Arc<Object>> =
        read.world.objects().filter(|object| is_wanted(object, &args.only)).collect();
    anyhow::ensure!(!objects.is_empty(), "no resource is called {}", args.only.join(" or "));
    let set = Set::new(policies.compiled);
    let exceptions = exceptions(&args.exceptions, &config, global.quiet)?;
    let entries = policies.entries.iter().chain(read.world.objects()).map(|object| &object.value);
    let ports = AtHand::new(&read.world, exceptions, args.given.read()?, entries);
    let mut lines: Vec<Line> =
        policies.refused.iter().map(|(object, problems)| refused(object, problems)).collect();
    let mut told = 0;
    let is_single = objects.len() == 1;
    // Among many resources those are not in the way that no policy is about.
    let mut others = Vec::new();
    for object in objects {
        let line = one(&set, &ports, &read.world, object, args).map_err(anyhow::Error::msg)?;
        told += usize::from(line.is_some());
        let is_other = |line: &Line| !is_single && line.lines.iter().any(|line| line.kind == "nothing");
        let list = if line.as_ref().is_some_and(is_other) { &mut others } else { &mut lines };
        list.extend(line);
    }
    lines.extend(none_about(others));
    if let Some(rule) = args.rule.as_ref().filter(|_| told == 0) {
        anyhow::bail!("no policy has a rule that is called {rule}");
    }
    let title = "Why policies decide so".to_owned();
    let outline = Outline { title, lines };
    let style = terminal::style(global.color);
    write_all(&args.output, style, |form, style| Ok(outline.render(form, style, args.full)))?;
    Ok(if set.policies().is_empty() { Exit::Trouble } else { Exit::Clean })
}

fn one(
    set: &Set,
    ports: &AtHand<'_>,
    world: &World,
    object: &Arc<Object>,
    args: &Explain,
) -> Result<Option<Line>, String> {
    let labels = namespace_labels(world, object);
    // Variables for one policy count where there is one.
    let policy = if let [only] = set.policies() { only.policy.name() } else { "" };
    let request = ports.known.values.request(policy, &object.value, "", true)?;
    let user = ports.known.user.clone();
    let hidden = Hidden::new(&object.value, world.objects().map(|object| &object.value));
    let question = Question {
        object,
        request: Request { namespace_labels: labels.as_ref(), user, ..request },
        rule: args.rule.as_deref(),
        hidden: &hidden,
        full: args.full,
    };
    Ok(explain(set.policies(), &question, ports, ports))
}

/// The resources that no policy is about.
fn none_about(others: Vec<Line>) -> Option<Line> {
    let text = match others.as_slice() {
        [] => return None,
        [one] => format!("No policy is about {}.", one.text),
        several => format!("No policy is about {} resources.", several.len()),
    };
    Some(Line::new("nothing", Mark::Plain, text).with(others.into_iter().map(Line::folded).collect()))
}

/// A policy that is not understood.
fn refused(object: &Arc<Object>, problems: &[Problem]) -> Line {
    let lines = problems.iter().map(|problem| {
        let line = Line::new("problem", Mark::No, problem.message.clone()).deciding(true);
        line.at("policy", Some(place(object, problem))).fact("field", problem.path.to_string().as_str())
    });
    Line::new("policy", Mark::No, format!("{}: not understood, so that it decides nothing", object.key))
        .with(lines.collect())
}

/// Whether a resource has one of some names, or there is none.
fn is_wanted(object: &Object, names: &[String]) -> bool {
    let key = &object.key;
    let is = |name: &String| {
        let full = [key.kind.as_str(), key.namespace.as_str(), key.name.as_str()];
        let parts: Vec<&str> = name.split('/').collect();
        match parts.as_slice() {
            [name] => *name == full[2],
            [first, name] => (*first == full[0] || *first == full[1]) && *name == full[2],
            [kind, namespace, name] => [*kind, *namespace, *name] == full,
            _ => false,
        }
    };
    names.is_empty() || names.iter().any(is)
}
