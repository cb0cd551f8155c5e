//! `ironhull replay`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::ensure;
use clap::{Args, ValueHint};
use ironhull_policy::kyverno::admission::asks_for_roles;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::explain::Hidden;
use ironhull_policy::kyverno::request::Request;
use ironhull_report::HIDDEN;
use ironhull_value::Value;
use serde::Serialize;

use super::replay_pods::{self, PodSecurity};
use super::requests::Requests;
use super::source::SourceArgs;
use super::{block_on, objects};
use crate::cli::{Global, Plain};
use crate::config::Config;
use crate::exit::Exit;
use crate::output::print;
use crate::serve::again::Again;
use crate::serve::api::decisions::Filter;
use crate::serve::api::since;
use crate::serve::clock::{milliseconds, timestamp};
use crate::serve::engine::Engine;
use crate::serve::loaded::{Known, Loaded};
use crate::serve::local;
use crate::serve::recorded::{Recorded, RecordedSaid};

/// Decisions that are read at once.
const PAGE: usize = 200;

/// Differences that are listed; all are counted.
const LISTED: usize = 1000;

#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// Policies to decide by: files and directories, with the ConfigMaps that they look up. May be repeated.
    #[arg(long = "policy", value_name = "PATH", required_unless_present_any = ["pod_security", "pod_security_config"], value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Exceptions that hold: files and directories. May be repeated.
    #[arg(long = "exception", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    exceptions: Vec<PathBuf>,
    /// From when on: how long ago (7d, 4h30m), or a time.
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: String,
    /// These policies are all that there are: what others said then does not count.
    #[arg(long)]
    only: bool,
    #[command(flatten)]
    pods: PodSecurity,
    #[command(flatten)]
    source: SourceArgs,
    /// text or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Plain,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    /// Requests that were decided again.
    replayed: u64,
    same: u64,
    newly_denied: u64,
    newly_allowed: u64,
    changed_patch: u64,
    /// By reasons.
    cannot_be_told: BTreeMap<String, u64>,
    /// Decisions of other kinds: policies themselves, and Pod Security where it is not asked for.
    not_replayed: BTreeMap<String, u64>,
    /// Policies that are not enforced, with the reasons.
    not_ready: BTreeMap<String, Vec<String>>,
    differences: Vec<Difference>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Difference {
    what: What,
    id: String,
    at: i64,
    operation: String,
    about: String,
    /// The rules that refuse now, or refused then.
    rules: Vec<String>,
    message: String,
    /// Exceptions that let it through then.
    exceptions_then: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum What {
    NewlyDenied,
    NewlyAllowed,
    ChangedPatch,
}

impl Difference {
    pub(super) fn new(then: &Recorded, what: What, rules: Vec<String>, message: String) -> Self {
        Self {
            what,
            id: then.id.clone(),
            at: then.at,
            operation: then.operation.clone(),
            about: then.title(),
            rules,
            message,
            exceptions_then: then.exceptions.clone(),
        }
    }
}

/// What is to be said of one request.
pub(super) enum Found {
    Same,
    Unknown(String),
    Other(Box<Difference>),
}

pub(crate) fn run(args: &Replay, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::find(global.config.as_deref())?;
    let begin = since(&args.since, milliseconds()).map_err(anyhow::Error::msg)?;
    let mut files = objects(&args.policies, &config, global.quiet)?;
    files.extend(objects(&args.exceptions, &config, global.quiet)?);
    let pods = args.pods.admission()?;
    let with_pods = pods.is_some();
    let engine = local::engine(files, pods, config.carriers()?);
    let loaded = engine.loaded.load_full();
    let is_there = !loaded.policies.is_empty() || args.policies.is_empty();
    ensure!(is_there, "there is no policy of kyverno.io among the files of --policy");
    let mut outcome = Outcome::default();
    for known in loaded.policies.iter().filter(|known| !known.is_ready()) {
        outcome.not_ready.insert(known.object.key.to_string(), known.reasons());
    }
    block_on(async {
        let source = args.source.open(&[], &config, global.quiet).await?;
        let filter = Filter { since: begin, ..Filter::default() };
        let (mut place, mut requests) = (None, Requests::default());
        loop {
            let page = source.page(&filter, PAGE, place.as_deref(), true).await?;
            for decision in page.items {
                if with_pods && replay_pods::is_about_pods(&decision) {
                    outcome.add(
                        known(&decision).unwrap_or_else(|| replay_pods::replay(&engine, &loaded, &decision)),
                    );
                    continue;
                }
                let is_policies = matches!(decision.route.as_str(), "validate" | "mutate");
                if !is_policies || args.policies.is_empty() {
                    *outcome.not_replayed.entry(decision.route).or_default() += 1;
                    continue;
                }
                for request in requests.take(decision) {
                    outcome.add(replay(&engine, &loaded, &request, args.only));
                }
            }
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        for request in requests.end() {
            outcome.add(replay(&engine, &loaded, &request, args.only));
        }
        Ok(())
    })?;
    print(&match args.output {
        Plain::Json => format!("{:#}\n", serde_json::to_value(&outcome)?),
        Plain::Text => text(&outcome),
    })?;
    let differs = outcome.newly_denied + outcome.newly_allowed + outcome.changed_patch > 0;
    Ok(if differs || !outcome.not_ready.is_empty() { Exit::Tripped } else { Exit::Clean })
}

/// What is to be said of a request before it is decided again, if anything.
fn known(then: &Recorded) -> Option<Found> {
    if matches!(then.outcome.as_str(), "error" | "undecided") {
        return Some(Found::Unknown("it could not be decided then".to_owned()));
    }
    then.about().is_none().then(|| Found::Unknown("the record has no object of it".to_owned()))
}

/// Decides one request again.
fn replay(engine: &Engine, loaded: &Arc<Loaded>, then: &Recorded, only: bool) -> Found {
    if let Some(found) = known(then) {
        return found;
    }
    if let Some(why) = blind(loaded, then) {
        return Found::Unknown(why);
    }
    if let Some(policy) = unready_about(loaded, then) {
        return Found::Unknown(format!("{policy} is given, and not enforced as it is"));
    }
    let now = match engine.again(then, loaded, None) {
        Ok(now) if !now.is_error => now,
        Ok(now) => return Found::Unknown(now.refusal.unwrap_or_else(|| "it cannot be decided".to_owned())),
        Err(why) => return Found::Unknown(why),
    };
    let is_given = |policy: &str| only || loaded.policy(policy).is_some();
    for said in now.said.iter().filter(|said| said.status == "error") {
        let is_same = then.said.iter().any(|own| {
            own.policy == said.policy
                && own.rule == said.rule
                && own.status == "error"
                && own.message == said.message
        });
        if !is_same {
            return Found::Unknown(format!("{}/{}: {}", said.policy, said.rule, said.message));
        }
    }
    // A policy that was only listened to then is so now.
    let mode = |policy: &str| {
        then.said.iter().find(|own| own.policy == policy).map_or("enforce", |own| own.mode.as_str())
    };
    let refusing: Vec<_> =
        now.said.iter().filter(|said| said.refuses && mode(&said.policy) == "enforce").collect();
    let others = then.said.iter().any(|said| said.counts() && !is_given(&said.policy));
    let difference = |what, rules: Vec<String>, message: String| {
        Found::Other(Box::new(Difference::new(then, what, rules, message)))
    };
    match (!then.is_allowed(), others || !refusing.is_empty()) {
        (false, true) => {
            let rules = refusing.iter().map(|said| format!("{}/{}", said.policy, said.rule)).collect();
            let message = refusing.first().map(|said| said.message.clone()).unwrap_or_default();
            difference(What::NewlyDenied, rules, message)
        }
        (true, false) => {
            let rules = then.said.iter().filter(|said| said.counts()).map(RecordedSaid::label).collect();
            difference(What::NewlyAllowed, rules, then.message.clone())
        }
        (false, false) if then.route == "mutate" => patches(then, &now, &is_given, &difference),
        _ => Found::Same,
    }
}

fn patches(
    then: &Recorded,
    now: &Again,
    is_given: &dyn Fn(&str) -> bool,
    difference: &dyn Fn(What, Vec<String>, String) -> Found,
) -> Found {
    let value = |json: Option<&serde_json::Value>| -> Value {
        json.and_then(|json| serde_json::from_value(json.clone()).ok()).unwrap_or_default()
    };
    // The record has it without hidden values.
    let hidden = Hidden::new(&value(then.about()), []);
    let patch = now.patch.as_ref().map(|patch| hidden.value(patch)).unwrap_or_default();
    if value(then.patch.as_ref()) == patch {
        return Found::Same;
    }
    let changed = then.said.iter().filter(|said| said.status == "pass");
    let others: Vec<&str> =
        changed.map(|said| said.policy.as_str()).filter(|policy| !is_given(policy)).collect();
    if let Some(other) = others.first() {
        return Found::Unknown(format!("{other} changed it as well then, and is not given"));
    }
    let rules = now.said.iter().map(|said| format!("{}/{}", said.policy, said.rule)).collect();
    difference(What::ChangedPatch, rules, serde_json::to_string(&patch).unwrap_or_default())
}

/// A policy that is given and not enforced, and that may be about a request: one that is not understood may be about
/// anything.
fn unready_about(loaded: &Loaded, then: &Recorded) -> Option<String> {
    let admission = then.request().ok()?;
    let kind = then.kind();
    let mut request = Request::of_admission(&admission, &kind);
    let labels = then.labels();
    request.namespace_labels = labels.as_ref();
    let is_about = |known: &&Known| {
        let rules = known.compiled.as_ref().map(|compiled| &compiled.rules);
        rules.is_none_or(|rules| {
            let objects = [&request.object, &request.old_object].into_iter().flatten();
            let mut objects = objects.flat_map(|object| rules.iter().map(move |rule| (rule, object)));
            objects.any(|(rule, object)| rule.matcher.matches(&request, object).is_ok())
        })
    };
    let found = loaded.policies.iter().filter(|known| !known.is_ready()).find(is_about)?;
    Some(found.object.key.name.to_string())
}

/// Why policies cannot judge by what the record has, if so.
fn blind(loaded: &Loaded, then: &Recorded) -> Option<String> {
    let admission = then.request().ok()?;
    let kind = then.kind();
    let request = Request::of_admission(&admission, &kind);
    let set = if then.route == "mutate" { &loaded.changing } else { &loaded.judging };
    let has_hidden =
        serde_json::to_string(&(&then.object, &then.old_object)).is_ok_and(|text| text.contains(HIDDEN));
    set.about(&request).find_map(|policy| {
        let name = policy.policy.name();
        if asks_for_roles(policy) {
            return Some(format!(
                "{name} asks for the roles of whoever asked, which the record does not have"
            ));
        }
        (has_hidden && looks_at_hidden(policy, &then.kind))
            .then(|| format!("{name} looks at values that the record does not show"))
    })
}

/// Whether a policy names what is hidden: variables of containers, the data of ConfigMaps and Secrets, or a whole
/// object as text.
fn looks_at_hidden(policy: &Compiled, kind: &str) -> bool {
    let has_data = matches!(kind, "ConfigMap" | "Secret");
    policy.rules.iter().any(|one| {
        let text = serde_json::to_string(&one.rule.source).unwrap_or_default();
        let names = |word: &str| {
            text.match_indices(word).any(|(place, _)| {
                let is_word =
                    |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
                let before = text.get(..place).and_then(|text| text.chars().next_back());
                let after = text.get(place + word.len()..).and_then(|text| text.chars().next());
                !is_word(before) && !is_word(after)
            })
        };
        names("env")
            || names("last-applied-configuration")
            || names("to_string")
            || has_data && ["data", "stringData", "binaryData"].into_iter().any(names)
    })
}

impl Outcome {
    fn add(&mut self, found: Found) {
        self.replayed += 1;
        match found {
            Found::Same => self.same += 1,
            Found::Unknown(why) => *self.cannot_be_told.entry(why).or_default() += 1,
            Found::Other(difference) => {
                match difference.what {
                    What::NewlyDenied => self.newly_denied += 1,
                    What::NewlyAllowed => self.newly_allowed += 1,
                    What::ChangedPatch => self.changed_patch += 1,
                }
                if self.differences.len() < LISTED {
                    self.differences.push(*difference);
                }
            }
        }
    }
}

fn text(outcome: &Outcome) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for one in &outcome.differences {
        let word = match one.what {
            What::NewlyDenied => "newly denied",
            What::NewlyAllowed => "newly allowed",
            What::ChangedPatch => "changed otherwise",
        };
        let when = timestamp(one.at / 1000);
        let _ = writeln!(
            out,
            "{word}: {} {} at {when} ({}), {}",
            one.operation,
            one.about,
            one.id,
            one.rules.join(", ")
        );
        let first = one.message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let _ = writeln!(out, "  {}", first.trim());
        if !one.exceptions_then.is_empty() {
            let _ = writeln!(out, "  excepted then by {}", one.exceptions_then.join(", "));
        }
    }
    let listed = u64::try_from(outcome.differences.len()).unwrap_or(u64::MAX);
    let all = outcome.newly_denied + outcome.newly_allowed + outcome.changed_patch;
    if all > listed {
        let _ = writeln!(out, "and {} more", all - listed);
    }
    for (policy, reasons) in &outcome.not_ready {
        let _ = writeln!(out, "not decided by: {policy}: {}", reasons.join("; "));
    }
    for (why, count) in &outcome.cannot_be_told {
        let _ = writeln!(out, "cannot be told ({count}): {why}");
    }
    for (route, count) in &outcome.not_replayed {
        let _ = writeln!(out, "not replayed ({count}): decisions of {route}");
    }
    let unknown: u64 = outcome.cannot_be_told.values().sum();
    let _ = writeln!(
        out,
        "{} requests: {} as before, {} newly denied, {} newly allowed, {} changed otherwise, {unknown} cannot be told",
        outcome.replayed, outcome.same, outcome.newly_denied, outcome.newly_allowed, outcome.changed_patch
    );
    out
}
