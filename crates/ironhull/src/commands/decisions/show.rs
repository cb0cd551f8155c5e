//! A decision, for people.

use std::fmt::Write as _;

use crate::serve::api::model::{Change, DecisionAnswer, Explanation};
use crate::serve::clock::timestamp;
use crate::serve::recorded::{Recorded, RecordedSaid};

/// A decision, every policy that refused or would have, and what to do.
pub(super) fn decision(answer: &DecisionAnswer) -> String {
    let decision = &answer.decision;
    let mut out = head(decision);
    let refusing: Vec<&RecordedSaid> = decision.refusing().collect();
    for said in &refusing {
        let own = answer.explanations.iter().find(|one| one.policy == said.policy);
        let _ = write!(out, "\n{}", rule(said, own));
    }
    let mut shown: Vec<&str> = Vec::new();
    for said in &refusing {
        let own = answer.explanations.iter().find(|one| one.policy == said.policy);
        let Some(own) = own.filter(|_| !shown.contains(&said.policy.as_str())) else { continue };
        shown.push(&said.policy);
        for note in &own.notes {
            let _ = write!(out, "\nNote on {}: {note}.\n", own.policy);
        }
        if !own.text.is_empty() {
            let _ = write!(out, "\nStep by step:\n{}", indented(&own.text));
        }
    }
    if refusing.is_empty() && !decision.message.is_empty() {
        let _ = write!(out, "\n{}\n", decision.message.trim());
    } else if refusing.is_empty() {
        out.push_str("\nNo policy refused it.\n");
    }
    if !decision.exceptions.is_empty() {
        let _ = write!(out, "\nExceptions that let something through: {}.\n", decision.exceptions.join(", "));
    }
    if !decision.is_allowed() && !refusing.is_empty() {
        let _ = write!(
            out,
            "\nTo let it through for a while: ironhull except {} --for 4h --reason \"…\"\n",
            decision.id
        );
    }
    out
}

fn head(decision: &Recorded) -> String {
    let when = timestamp(decision.at / 1000);
    let dry = if decision.dry_run { ", as a dry run" } else { "" };
    format!(
        "Decision {}: {}\n{} {} by {} at {when}{dry} ({})\n",
        decision.id,
        decision.outcome,
        decision.operation,
        decision.title(),
        decision.user.username,
        decision.route
    )
}

fn rule(said: &RecordedSaid, own: Option<&Explanation>) -> String {
    let verb =
        if said.mode == "enforce" { "refuses" } else { "would refuse, and is only listened to (shadow)" };
    let revision = match (said.engine.as_str(), said.revision.as_str()) {
        (_, "") => String::new(),
        ("pod-security", level) => format!(" ({level})"),
        (_, revision) => format!(" (revision {revision})"),
    };
    let mut out = format!("{}{revision}: {verb}\n", said.label());
    let _ = writeln!(out, "  {}", said.message.trim().replace('\n', "\n  "));
    if !said.field.is_empty() {
        let value =
            said.value.as_ref().map_or_else(|| "is not there".to_owned(), |value| format!("is {value}"));
        let _ = writeln!(out, "  {} {value}", said.field);
    }
    let changes = own.map(|own| own.changes.as_slice()).unwrap_or_default();
    let of_rule: Vec<&Change> =
        changes.iter().filter(|change| said.engine == "pod-security" || change.rule == said.rule).collect();
    if !of_rule.is_empty() {
        out.push_str("  To pass:\n");
    }
    for change in of_rule {
        let found = change.found.as_ref().map(|found| format!(" (it is {found})")).unwrap_or_default();
        let check = if said.engine == "pod-security" { format!("{}: ", change.rule) } else { String::new() };
        let proven = if change.proven { "; tried, and it passes" } else { "" };
        let _ = writeln!(out, "    {check}{}{found}{proven}", change.advice);
    }
    out
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") };
    text.lines().map(line).collect()
}
