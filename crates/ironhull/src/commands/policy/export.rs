//! `ironhull policy export`: what of policies the API server can judge by itself.

use std::path::PathBuf;

use anyhow::ensure;
use clap::{Args, ValueEnum, ValueHint};
use compact_str::CompactString;
use ironhull_network::explain::yaml;
use ironhull_policy::kyverno::vap::{self, Setting};
use ironhull_value::Value;
use serde_json::json;

use super::source;
use crate::cli::Global;
use crate::config::Config;
use crate::exit::Exit;
use crate::output::{notice, print};

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// Files and directories with policies, or `-`.
    #[arg(value_name = "POLICY", required_unless_present = "pod_security", value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// What to make of them.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Vap)]
    format: Format,
    /// How to write it.
    #[arg(short, long, value_enum, value_name = "SYNTAX", default_value_t = Syntax::Yaml)]
    output: Syntax,
    /// Files and directories with PolicyExceptions and Exceptions of ours, or `-`: a rule that one of them is about is
    /// not exported; may be repeated.
    #[arg(short, long = "exception", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    exceptions: Vec<PathBuf>,
    /// A further namespace of which nothing is judged, beside kube-system and ironhull-system; may be repeated.
    #[arg(long, value_name = "NAMESPACE")]
    exempt_namespace: Vec<String>,
    /// A Pod Security level for pods in namespaces that ask for it with our label `pod-security.ironhull.dev/enforce`, or
    /// that have neither that one nor `pod-security.kubernetes.io/enforce`.
    #[arg(long, value_enum, value_name = "LEVEL")]
    pod_security: Option<Level>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// ValidatingAdmissionPolicy with its binding.
    Vap,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Syntax {
    /// Documents with `---` between them.
    Yaml,
    /// One List.
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Baseline,
    Restricted,
}

pub(super) fn run(args: &Export, global: &Global) -> anyhow::Result<Exit> {
    let Format::Vap = args.format;
    let config = Config::find(global.config.as_deref())?;
    let untouched = ["kube-system", "ironhull-system"].into_iter();
    let untouched = untouched.chain(args.exempt_namespace.iter().map(String::as_str));
    let excepted = source::excepted(&args.exceptions, &config, global.quiet)?;
    let setting =
        Setting { untouched: untouched.map(CompactString::from).collect(), exceptions: excepted.policies };
    let mut objects = Vec::new();
    let mut is_whole = true;
    if !args.policies.is_empty() {
        let mut policies = source::policies(&args.policies, &config, global.quiet)?;
        is_whole = policies.refused.is_empty() && policies.unread.is_empty() && policies.cleanups.is_empty();
        for cleanup in &policies.cleanups {
            notice(false, &format!("{}: left out: it deletes", cleanup.object.key));
        }
        policies.compiled.sort_by(|a, b| a.policy.object.key.cmp(&b.policy.object.key));
        for policy in &policies.compiled {
            let found = vap::export(policy, &setting);
            for one in &found.left_out {
                let key = &policy.policy.object.key;
                notice(false, &format!("{key}: rule {}: left out: {}", one.rule, one.reason));
            }
            is_whole &= found.left_out.is_empty();
            objects.extend(found.objects);
        }
    }
    if let Some(level) = args.pod_security {
        let level = match level {
            Level::Baseline => vap::Level::Baseline,
            Level::Restricted => vap::Level::Restricted,
        };
        for exception in &excepted.pod_security {
            let why =
                "the level that is exported knows no exceptions, and refuses what this one lets through";
            notice(false, &format!("{}: left out: {why}", exception.object.key));
            is_whole = false;
        }
        objects.extend(vap::pod_security(level, &setting));
    }
    ensure!(!objects.is_empty(), "nothing of it can be exported");
    print(&written(&objects, args.output)?)?;
    Ok(if is_whole { Exit::Clean } else { Exit::Tripped })
}

fn written(objects: &[Value], syntax: Syntax) -> anyhow::Result<String> {
    Ok(match syntax {
        Syntax::Yaml => objects.iter().map(yaml).collect::<Vec<_>>().join("---\n"),
        Syntax::Json => {
            let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
            serde_json::to_string_pretty(&list)? + "\n"
        }
    })
}
