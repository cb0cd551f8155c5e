//! An explanation as text, Markdown, CSV and JSON.

use std::fmt::Write as _;

use super::change::Change;
use super::{Answer, Explanation, Part, Plan, Proposal, Step, Way};
use crate::Format;
use crate::algebra::Conns;
use crate::diff::format::decision_name;
use crate::engine::{Decision, Verdict};
use crate::json::Json;
use crate::list::csv_row;
use crate::policy::Direction;

/// Writes an explanation.
pub fn write(explanation: &Explanation, format: Format) -> String {
    match format {
        Format::Text => prose(explanation, &Style { heading: "", code: "" }),
        Format::Markdown => prose(explanation, &Style { heading: "### ", code: "```yaml" }),
        Format::Csv => csv(explanation),
        Format::Json => json(explanation).pretty(),
    }
}

/// What sets Markdown apart from plain text.
struct Style {
    heading: &'static str,
    code: &'static str,
}

impl Style {
    fn is_markdown(&self) -> bool {
        !self.code.is_empty()
    }

    fn item(&self, depth: usize) -> String {
        if self.is_markdown() { format!("{}- ", "  ".repeat(depth)) } else { "  ".repeat(depth + 1) }
    }
}

fn prose(explanation: &Explanation, style: &Style) -> String {
    let mut out = String::new();
    for (place, part) in explanation.parts.iter().enumerate() {
        if place > 0 {
            out.push('\n');
        }
        one(&mut out, explanation, part, style);
    }
    let mut notes: Vec<String> = explanation.notes.clone();
    notes.push(format!("read as {}: {}", explanation.profile, explanation.assumptions.join("; ")));
    let _ = writeln!(out, "\n{}Notes", style.heading);
    for note in notes {
        let _ = writeln!(out, "{}{note}", style.item(0));
    }
    out
}

fn one(out: &mut String, explanation: &Explanation, part: &Part, style: &Style) {
    let asked = explanation.conns.as_ref().map_or_else(String::new, |conns| format!(" on {conns}"));
    let _ =
        writeln!(out, "{}{} => {}{asked}: {}", style.heading, part.from, part.to, answer(explanation, part));
    for way in [&part.egress, &part.ingress] {
        out.push('\n');
        direction(out, way, style);
    }
    for (number, plan) in part.plans.iter().enumerate() {
        out.push('\n');
        self::plan(out, plan, number, &part.aim, style);
    }
    if part.plans.is_empty() {
        let _ = writeln!(out, "\n{}", no_plan(part));
    }
}

fn no_plan(part: &Part) -> &'static str {
    match part.answer {
        Answer::Unknown => {
            "Before anything is proposed, what is wrong or not modelled above has to be mended."
        }
        Answer::Denied | Answer::Partly => "No small change to a policy was found that allows it.",
        Answer::Allowed => "No small change to a policy was found that denies it.",
    }
}

pub(super) fn answer(explanation: &Explanation, part: &Part) -> String {
    if explanation.conns.is_some() {
        return part.answer.name().to_owned();
    }
    let Verdict { allowed, unknown } = &part.verdict;
    match (allowed.is_empty(), unknown.is_empty()) {
        (true, true) => "nothing is allowed".to_owned(),
        (false, true) => format!("{allowed} allowed"),
        (true, false) => format!("nothing is allowed for certain; unknown: {unknown}"),
        (false, false) => format!("{allowed} allowed; unknown: {unknown}"),
    }
}

fn direction(out: &mut String, way: &Way, style: &Style) {
    let title = way_title(way);
    if style.is_markdown() {
        let _ = writeln!(out, "**{title}**\n");
    } else {
        let _ = writeln!(out, "{title}");
    }
    for (depth, line) in way_lines(way) {
        let _ = writeln!(out, "{}{line}", style.item(depth));
    }
}

/// `egress (from shop/web[Deployment])`.
pub(super) fn way_title(way: &Way) -> String {
    let name = match way.direction {
        Direction::Egress => "from",
        Direction::Ingress => "to",
    };
    format!("{} ({name} {})", way.direction.name(), way.subject)
}

/// What happened in a direction, line by line, each with how deep it stands.
pub(super) fn way_lines(way: &Way) -> Vec<(usize, String)> {
    if !way.inside {
        return vec![(0, "outside of the cluster: no policy is asked".to_owned())];
    }
    if way.policies.is_empty() {
        return vec![(0, format!("allowed: no policy selects it for {}", way.direction.field()))];
    }
    let mut lines = Vec::new();
    for step in &way.steps {
        lines.push((0, step_text(step)));
        let doubts = step.doubts.iter();
        lines.extend(
            doubts.map(|doubt| (1, format!("not certain: {}: {}; {}", doubt.site, doubt.message, doubt.fix))),
        );
        if step.decision == Decision::Isolated {
            let others = way.policies.iter().filter(|policy| Some(*policy) != step.site.as_ref());
            lines.extend(others.map(|policy| (1, format!("selected too by {policy}"))));
        }
    }
    lines
}

fn step_text(step: &Step) -> String {
    let site = step.site.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = if step.name.is_empty() { String::new() } else { format!(" {:?}", step.name) };
    let perhaps = if step.doubts.is_empty() { "" } else { "perhaps " };
    let over = step.family.map(|family| format!("over {}: ", family.name())).unwrap_or_default();
    let what = match step.decision {
        Decision::Allowed => format!("{perhaps}allowed {}: rule{name} of {site}", step.conns),
        Decision::Denied => format!("{perhaps}denied {}: rule{name} of {site}", step.conns),
        Decision::Passed => format!("{perhaps}passed on {}: rule{name} of {site}", step.conns),
        Decision::Isolated => {
            format!("{perhaps}denied {}: no rule allows it, and it is isolated by {site}", step.conns)
        }
        Decision::Default => format!("allowed {}: no policy denies it, and none isolates", step.conns),
    };
    format!("{over}{what}")
}

fn plan(out: &mut String, plan: &Plan, number: usize, aim: &Conns, style: &Style) {
    let which = if number == 0 { "Smallest change to" } else { "Or, to" };
    let heading = plan_heading(plan, which, aim);
    if style.is_markdown() {
        let _ = writeln!(out, "**{heading}**\n");
    } else {
        let _ = writeln!(out, "{heading}");
    }
    for (place, step) in plan.steps.iter().enumerate() {
        let number = if plan.steps.len() > 1 { format!("{}. ", place + 1) } else { String::new() };
        let _ = writeln!(out, "{}{number}{}", style.item(0), proposal(step));
        if style.is_markdown() && !step.yaml.is_empty() {
            let _ = writeln!(out, "\n{}\n{}```\n", style.code, step.yaml);
        } else {
            for line in step.yaml.lines() {
                let _ = writeln!(out, "      {line}");
            }
        }
        if !step.others.some.is_empty() {
            let more = step.others.count.saturating_sub(step.others.some.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(out, "{}alters too: {}{more}", style.item(1), step.others.some.join(", "));
        }
    }
}

fn plan_heading(plan: &Plan, which: &str, aim: &Conns) -> String {
    let verb = if plan.allows { "allow" } else { "deny" };
    format!("{which} {verb} {aim} (tried: it does; alters {})", others_text(plan.others()))
}

/// What to do, and where.
pub(super) fn proposal(step: &Proposal) -> String {
    let site = step.site.as_ref().map(super::Site::place).filter(|site| !site.is_empty());
    let site = site.map(|site| format!(" ({site})")).unwrap_or_default();
    format!("{}{site}", step.summary)
}

/// A plan in one sentence, without what to write.
pub(super) fn plan_line(plan: &Plan, aim: &Conns) -> String {
    let steps: Vec<String> = plan.steps.iter().map(proposal).collect();
    format!("{}: {}", plan_heading(plan, "Smallest change to", aim), steps.join("; then "))
}

fn others_text(count: usize) -> String {
    match count {
        0 => "no other pair".to_owned(),
        1 => "1 other pair".to_owned(),
        count => format!("{count} other pairs"),
    }
}

fn csv(explanation: &Explanation) -> String {
    let mut out = "from,to,answer,direction,decision,connections,policy,path,file,line,certain\n".to_owned();
    for part in &explanation.parts {
        for way in [&part.egress, &part.ingress] {
            let head = [part.from.as_str(), &part.to, part.answer.name(), way.direction.field()];
            if way.steps.is_empty() {
                let decision = if way.inside { "not selected" } else { "outside" };
                csv_row(&mut out, &[&head[..], &[decision, "", "", "", "", "", "true"]].concat());
            }
            for step in &way.steps {
                let (conns, certain) = (step.conns.to_string(), step.doubts.is_empty().to_string());
                let site = step.site.as_ref().map(super::Site::cells).unwrap_or_default();
                let [policy, path, file, line] = &site;
                let own = [decision_name(step.decision), &conns, policy, path, file, line, &certain];
                csv_row(&mut out, &[&head[..], &own[..]].concat());
            }
        }
    }
    out
}

fn conns(conns: &Conns) -> Json {
    if conns.is_empty() { Json::Null } else { Json::text(conns.to_string()) }
}

fn verdict(verdict: &Verdict) -> Json {
    Json::Map(vec![("allowed", conns(&verdict.allowed)), ("unknown", conns(&verdict.unknown))])
}

fn json(explanation: &Explanation) -> Json {
    let way = |way: &Way| {
        Json::Map(vec![
            ("subject", Json::text(way.subject.clone())),
            ("inside", Json::Bool(way.inside)),
            ("policies", Json::List(way.policies.iter().map(super::Site::json).collect())),
            ("steps", Json::List(way.steps.iter().map(step_json).collect())),
            ("verdict", verdict(&way.verdict)),
        ])
    };
    let part = |part: &Part| {
        Json::Map(vec![
            ("from", Json::text(part.from.clone())),
            ("to", Json::text(part.to.clone())),
            ("answer", Json::text(part.answer.name())),
            ("verdict", verdict(&part.verdict)),
            ("egress", way(&part.egress)),
            ("ingress", way(&part.ingress)),
            ("aim", conns(&part.aim)),
            ("plans", Json::List(part.plans.iter().map(plan_json).collect())),
        ])
    };
    Json::Map(vec![
        ("connections", explanation.conns.as_ref().map_or(Json::Null, conns)),
        ("pairs", Json::List(explanation.parts.iter().map(part).collect())),
        ("notes", Json::texts(explanation.notes.iter().cloned())),
        ("profile", Json::text(explanation.profile)),
        ("assumptions", Json::texts(explanation.assumptions.iter().copied())),
    ])
}

fn step_json(step: &Step) -> Json {
    let doubts = step.doubts.iter().map(|doubt| {
        Json::Map(vec![
            ("at", Json::text(doubt.site.clone())),
            ("message", Json::text(doubt.message.clone())),
            ("fix", Json::text(doubt.fix.clone())),
        ])
    });
    Json::Map(vec![
        ("decision", Json::text(decision_name(step.decision))),
        ("connections", conns(&step.conns)),
        ("by", step.site.as_ref().map_or(Json::Null, super::Site::json)),
        ("rule-name", Json::maybe((!step.name.is_empty()).then(|| step.name.clone()))),
        ("doubts", Json::List(doubts.collect())),
        ("family", Json::maybe(step.family.map(|family| family.name().to_owned()))),
    ])
}

fn plan_json(plan: &Plan) -> Json {
    let step = |step: &Proposal| {
        Json::Map(vec![
            ("summary", Json::text(step.summary.clone())),
            ("direction", Json::text(step.direction.field())),
            ("creates", Json::Bool(matches!(step.change, Change::Create(_)))),
            ("at", step.site.as_ref().map_or(Json::Null, super::Site::json)),
            ("yaml", Json::maybe((!step.yaml.is_empty()).then(|| step.yaml.clone()))),
            ("alters-others", Json::count(step.others.count)),
            ("some-others", Json::texts(step.others.some.iter().cloned())),
        ])
    };
    Json::Map(vec![
        ("makes-it", Json::text(if plan.allows { "allowed" } else { "denied" })),
        ("steps", Json::List(plan.steps.iter().map(step).collect())),
        ("after", verdict(&plan.after)),
        ("alters-others", Json::count(plan.others())),
    ])
}
