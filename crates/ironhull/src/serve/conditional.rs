//! Policies with match conditions: each has a webhook of its own, as in Kyverno, so that the API server evaluates its
//! conditions for it alone.
//!
//! A condition that the API server does not take would have it refuse the whole registration. So each is tried first
//! (`Registrar::check`), and what is not taken is left out, with the reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhull_kube::Resources;
use ironhull_policy::kyverno::admission::interests;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_value::Value;
use serde_json::{Value as Json, json};

use super::loaded::{Known, Loaded, is_conditional};
use super::registration::{Rules, Setting, USUAL_SECONDS, add, finished, hook};

/// Of webhooks there are at most this many in both configurations: each is a call more.
const MOST_WEBHOOKS: usize = 64;

/// How long the conditions of one policy may be, in bytes: all of them together have to fit an object of the API
/// server, which is 1.5 MiB.
const MOST_BYTES: usize = 8 << 10;

/// How many reasons are written into the registration, and how long one may be: annotations are at most 256 KiB.
const MOST_REASONS: usize = 100;
const MOST_REASON: usize = 500;

/// The annotation with the policies that are left out.
pub(crate) const LEFT_OUT: &str = "ironhull.dev/left-out";

/// The names of the conditions that every webhook of ours has.
pub(super) const OWN_CONDITIONS: [&str; 3] =
    ["not-what-the-cluster-lives-by", "not-our-own", "not-nodes-that-join"];

/// What the API server said of the conditions of policies.
pub(crate) type Verdicts = BTreeMap<String, (Json, Result<(), String>)>;

/// Which policies with match conditions have their webhook, and why others have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// By the names of policies the conditions that are registered.
    pub(crate) registered: BTreeMap<String, Json>,
    pub(crate) reasons: BTreeMap<String, String>,
}

impl LeftOut {
    /// Why a policy is not asked; none if it is.
    pub(crate) fn of(&self, name: &str, policy: &Compiled) -> Option<String> {
        if self.registered.get(name) == Some(&conditions(policy)) {
            return None;
        }
        let usual = "its match conditions are not registered yet".to_owned();
        Some(self.reasons.get(name).cloned().unwrap_or(usual))
    }

    /// From what is registered.
    pub(crate) fn read(configurations: &[Value]) -> Self {
        let mut found = Self::default();
        for configuration in configurations {
            for hook in configuration.dig_items(&["webhooks"]) {
                let Some(name) = path(hook).and_then(|path| Some(path.split_once("/finegrained/")?.1)) else {
                    continue;
                };
                let is_theirs =
                    |one: &&Value| one.dig_str(&["name"]).is_some_and(|name| !OWN_CONDITIONS.contains(&name));
                let theirs: Vec<&Value> =
                    hook.dig_items(&["matchConditions"]).iter().filter(is_theirs).collect();
                found.registered.insert(name.to_owned(), json!(theirs));
            }
            let reasons = configuration.dig_str(&["metadata", "annotations", LEFT_OUT]).unwrap_or_default();
            found
                .reasons
                .extend(serde_json::from_str::<BTreeMap<String, String>>(reasons).unwrap_or_default());
        }
        found
    }

    /// As it is written into the registration.
    pub(super) fn annotation(&self) -> String {
        let short = |text: &String| text.chars().take(MOST_REASON).collect::<String>();
        let some: BTreeMap<&String, String> =
            self.reasons.iter().take(MOST_REASONS).map(|(name, why)| (name, short(why))).collect();
        json!(some).to_string()
    }
}

/// The path or URL of a webhook.
fn path(hook: &Value) -> Option<&str> {
    let client = hook.get("clientConfig")?;
    client.dig_str(&["service", "path"]).or_else(|| client.dig_str(&["url"]))
}

/// The conditions of a policy as they are registered.
pub(crate) fn conditions(policy: &Compiled) -> Json {
    let all = policy.policy.match_conditions.iter();
    all.map(|one| json!({ "name": one.name.as_str(), "expression": one.expression.as_str() })).collect()
}

/// Policies with match conditions in the order in which they get a place: those of the cluster before those of
/// namespaces, whose authors must not take places away from them, and the older before the newer.
pub(crate) fn candidates(loaded: &Loaded) -> Vec<(&Known, &Arc<Compiled>)> {
    let mut found: Vec<(&Known, &Arc<Compiled>)> = loaded
        .policies
        .iter()
        .filter(|known| known.is_understood())
        .filter_map(|known| Some((known, known.compiled.as_ref().filter(|policy| is_conditional(policy))?)))
        .collect();
    let made = |known: &Known| {
        known.object.value.dig_str(&["metadata", "creationTimestamp"]).unwrap_or_default().to_owned()
    };
    found.sort_by_cached_key(|(known, policy)| {
        (!policy.policy.namespace().is_empty(), made(known), known.name())
    });
    found
}

/// The webhooks of a policy: one that judges, one that changes.
pub(crate) fn webhooks(
    loaded: &Loaded,
    policy: &Compiled,
    resources: &Resources,
    setting: &Setting<'_>,
) -> [Option<Json>; 2] {
    let (failure, word) = if loaded.ignores(policy) { ("Ignore", "ignore") } else { ("Fail", "fail") };
    let (judges, changes) = interests(policy);
    let (namespace, name) = (policy.policy.namespace(), policy.policy.name());
    let place = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
    let seconds = policy.policy.timeout_seconds.unwrap_or(USUAL_SECONDS).clamp(1, 30);
    let of = |verb: &str, interest| {
        let mut rules = Rules::new();
        add(&mut rules, interest, resources, !namespace.is_empty());
        // What a policy of a namespace says, or cannot say, is of no weight elsewhere.
        rules.retain(|subject, _| namespace.is_empty() || subject.is_namespaced());
        if rules.is_empty() {
            return None;
        }
        let path = format!("/{verb}/{word}/finegrained/{place}");
        let mut hook = hook(setting, &webhook_name(namespace, name, verb), &path);
        if let Some(all) = hook["matchConditions"].as_array_mut() {
            all.extend(conditions(policy).as_array().cloned().unwrap_or_default());
        }
        if !namespace.is_empty()
            && let Some(all) = hook["namespaceSelector"]["matchExpressions"].as_array_mut()
        {
            all.push(
                json!({ "key": "kubernetes.io/metadata.name", "operator": "In", "values": [namespace] }),
            );
        }
        Some(finished(hook, &rules, failure, seconds))
    };
    let mut changing = of("mutate", &changes);
    if let Some(hook) = &mut changing {
        hook["reinvocationPolicy"] = json!("IfNeeded");
    }
    [of("validate", &judges), changing]
}

/// `POLICY.own.validate.ironhull.dev`, which a refusal begins with; of one of a namespace `POLICY.NAMESPACE.in.…`.
fn webhook_name(namespace: &str, name: &str, verb: &str) -> String {
    use sha2::{Digest, Sha256};
    let place = if namespace.is_empty() { "own".to_owned() } else { format!("{namespace}.in") };
    let full = format!("{name}.{place}.{verb}.ironhull.dev");
    // A name has at most 253 letters.
    if full.len() <= 253 {
        return full;
    }
    let digest = Sha256::digest(full.as_bytes());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("p{short}.{verb}.ironhull.dev")
}

/// All webhooks of policies with match conditions, and what is left out, where `taken` webhooks are there already.
pub(super) fn all(
    loaded: &Loaded,
    resources: &Resources,
    setting: &Setting<'_>,
    verdicts: &Verdicts,
    taken: usize,
) -> ([Vec<Json>; 2], LeftOut) {
    let (mut hooks, mut left_out) = ([Vec::new(), Vec::new()], LeftOut::default());
    for (known, policy) in candidates(loaded) {
        let (name, conditions) = (known.name(), conditions(policy));
        if let Some(why) = too_long(policy) {
            left_out.reasons.insert(name, why);
            continue;
        }
        let own = webhooks(loaded, policy, resources, setting);
        let count = own.iter().flatten().count();
        if count == 0 {
            left_out.reasons.insert(name, "nothing that it is about exists in this cluster".to_owned());
            continue;
        }
        match verdicts.get(&name).filter(|(of, _)| *of == conditions) {
            Some((_, Ok(()))) => {}
            Some((_, Err(why))) => {
                left_out.reasons.insert(name, format!("match conditions: {why}"));
                continue;
            }
            None => continue,
        }
        if taken + hooks[0].len() + hooks[1].len() + count > MOST_WEBHOOKS {
            let why = format!(
                "match conditions: there are {MOST_WEBHOOKS} webhooks already, and each policy with match \
                 conditions takes one or two"
            );
            left_out.reasons.insert(name, why);
            continue;
        }
        left_out.registered.insert(name, conditions);
        for (into, hook) in hooks.iter_mut().zip(own) {
            into.extend(hook);
        }
    }
    (hooks, left_out)
}

/// Why the conditions of a policy are not even tried.
pub(super) fn too_long(policy: &Compiled) -> Option<String> {
    let bytes: usize =
        policy.policy.match_conditions.iter().map(|one| one.name.len() + one.expression.len()).sum();
    (bytes > MOST_BYTES)
        .then(|| format!("match conditions: they are longer than {MOST_BYTES} bytes together"))
}
