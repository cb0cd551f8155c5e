//! `ironhull status`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;

use super::block_on;
use super::reach::ServerArgs;
use crate::cli::{Global, Plain};
use crate::exit::Exit;
use crate::output::print;
use crate::serve::api::encoded;
use crate::serve::api::model::{Holding, Shadow, Status as Found};
use crate::serve::clock::timestamp;

#[derive(Args, Debug)]
pub(crate) struct Status {
    /// Show what policies that are only listened to would have refused.
    #[arg(long)]
    shadow: bool,
    /// From when on, with --shadow: how long ago, or a time.
    #[arg(long, value_name = "TIME", default_value = "7d", requires = "shadow")]
    since: String,
    #[command(flatten)]
    server: ServerArgs,
    /// text or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Plain,
}

pub(crate) fn run(args: &Status, _global: &Global) -> anyhow::Result<Exit> {
    block_on(async {
        let server = args.server.open().await?;
        if args.shadow {
            let path = format!("/api/v1/shadow?since={}", encoded(&args.since));
            let found: Shadow = server.ask(&path, None).await?;
            print(&match args.output {
                Plain::Json => format!("{:#}\n", serde_json::to_value(&found)?),
                Plain::Text => disagreements(&found),
            })?;
            return Ok(Exit::Clean);
        }
        let found: Found = server.ask("/api/v1/status", None).await?;
        print(&match args.output {
            Plain::Json => format!("{:#}\n", serde_json::to_value(&found)?),
            Plain::Text => text(&found),
        })?;
        Ok(if is_well(&found) { Exit::Clean } else { Exit::Tripped })
    })
}

/// Whether nobody has to look.
fn is_well(found: &Found) -> bool {
    let record = found.record.as_ref().is_none_or(|record| !record.failing);
    found.ready
        && record
        && found.peers_unknown.is_none()
        && found.holds_while_away_unknown.is_empty()
        && found.policies.iter().all(|policy| policy.ready)
        && found.coverage.iter().all(|kind| kind.complete)
}

fn text(found: &Found) -> String {
    let ready = if found.ready { "answers reviews" } else { "does not answer reviews yet" };
    let mut out = format!("Ironhull {} {ready}; policies usually {}.\n", found.version, found.usual_mode);
    let count = found.policies.iter().filter(|policy| policy.ready).count();
    let _ = writeln!(out, "\nPolicies: {count} of {} are ready.", found.policies.len());
    for policy in &found.policies {
        let name = full(&policy.namespace, &policy.name);
        let state = if policy.ready { policy.mode.as_str() } else { "NOT READY" };
        let _ = writeln!(out, "  {name}: {state}");
        for reason in &policy.reasons {
            let _ = writeln!(out, "    {reason}");
        }
    }
    if !found.exceptions.is_empty() {
        out.push_str("\nExceptions:\n");
    }
    for one in &found.exceptions {
        let name = full(&one.namespace, &one.name);
        let _ = match (one.holds, one.expires.as_str()) {
            (false, _) => writeln!(out, "  {name}: lets nothing through: {}", one.reason),
            (true, "") => writeln!(out, "  {name}: holds ({})", one.kind),
            (true, end) => writeln!(out, "  {name}: holds until {end}, {} ({})", one.owner, one.reason),
        };
    }
    let open: Vec<_> = found.coverage.iter().filter(|kind| !kind.complete).collect();
    if !found.coverage.is_empty() {
        let known = found.coverage.len() - open.len();
        let _ = writeln!(out, "\nOf {} kinds {known} are known whole.", found.coverage.len());
    }
    for kind in open {
        let group = if kind.group.is_empty() { String::new() } else { format!(".{}", kind.group) };
        let _ = writeln!(out, "  {}{group}: {}", kind.kind, kind.state);
    }
    for peer in &found.peers {
        let _ = writeln!(out, "\nAnother engine is at work: {} ({}).", peer.engine, peer.evidence);
    }
    if let Some(why) = &found.peers_unknown {
        let _ = writeln!(out, "\nWhether another engine is at work cannot be told: {why}.");
    }
    match &found.record {
        None => out.push_str("\nNo decisions are kept.\n"),
        Some(record) => {
            let from = record.oldest.as_ref().map(|oldest| format!(" since {oldest}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "\nRecord: {} decisions{from}, {} were not kept.",
                record.entries, record.dropped
            );
            if let Some(error) = record.last_error.as_ref().filter(|_| record.failing) {
                let _ = writeln!(out, "  It cannot be written: {error}");
            }
        }
    }
    if let Some(end) = &found.certificate_ends {
        let _ = writeln!(out, "The certificate ends {end}.");
    }
    away(found, &mut out);
    out
}

/// What the API server enforces by itself.
fn away(found: &Found, out: &mut String) {
    let is_exported = |one: &&Holding| one.kind == "ValidatingAdmissionPolicy";
    let all = || found.holds_while_away.iter();
    if !found.holds_while_away.iter().any(|one| one.refuses) && found.holds_while_away_unknown.is_empty() {
        out.push_str("\nWhile this server is away the API server itself enforces nothing of this.\n");
    } else {
        out.push_str("\nWhile this server is away, of this the API server itself enforces:\n");
    }
    for one in all().filter(is_exported) {
        let end = if one.refuses { String::new() } else { format!(": refuses nothing, {}", one.reason) };
        let _ = writeln!(out, "  {} ({}){end}", one.of, one.name);
    }
    let mut levels: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in all().filter(|one| !is_exported(one)) {
        levels.entry(&one.of).or_default().push(&one.name);
    }
    for (level, namespaces) in levels {
        let _ = writeln!(out, "  Pod Security {level} in {}", namespaces.join(", "));
    }
    for why in &found.holds_while_away_unknown {
        let _ = writeln!(out, "  NOT KNOWN: {why}");
    }
}

fn full(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

fn disagreements(found: &Shadow) -> String {
    let since = timestamp(found.since / 1000);
    let mut out = String::new();
    if found.agreed > 0 {
        let _ = writeln!(out, "Of {} requests the other engine and we said the same.", found.agreed);
    }
    if found.policies.is_empty() && found.refused_by_another.is_empty() {
        let _ =
            writeln!(out, "Since {since} there was no request that a policy in shadow would have refused.");
        return out;
    }
    if !found.policies.is_empty() {
        let _ = writeln!(out, "Refused since {since} if it were enforced:");
    }
    for policy in &found.policies {
        let unknown = policy.would_refuse - policy.let_through - policy.refused_too;
        let _ = writeln!(
            out,
            "\n{}: {} ({} let through, {} refused by another engine too, {unknown} not known)",
            policy.policy, policy.would_refuse, policy.let_through, policy.refused_too
        );
        for (rule, count) in policy.rules.iter().filter(|(rule, _)| !rule.is_empty()) {
            let _ = writeln!(out, "  rule {rule}: {count}");
        }
        for last in &policy.last {
            let _ =
                writeln!(out, "  {}  {}  {}  {}", last.id, timestamp(last.at / 1000), last.about, last.fate);
        }
    }
    if !found.refused_by_another.is_empty() {
        out.push_str("\nRefused by another engine, and let through if we were in charge:\n");
    }
    for one in &found.refused_by_another {
        let _ = writeln!(out, "  {}  {}  {}: {}", one.id, timestamp(one.at / 1000), one.about, one.evidence);
    }
    out
}
