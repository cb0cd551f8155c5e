//! Namespaces: labels that are none are refused, and stricter ones are tried on the pods that are there.

use std::collections::{BTreeMap, BTreeSet};

use ironhull_value::Value;
use ironhull_world::admission::{AdmissionRequest, Operation};

use super::{Admission, Surroundings, Verdict, effective_labels, resolve};
use crate::{
    AUDIT, AUDIT_VERSION, ENFORCE, ENFORCE_VERSION, FieldError, Level, LevelVersion, PodRef, Policy, WARN,
    WARN_VERSION, evaluate,
};

/// No more pods are looked at.
const MOST_PODS: usize = 3000;

impl Admission {
    pub(super) fn namespace(&self, request: &AdmissionRequest, around: &Surroundings<'_>) -> Verdict {
        if !request.subresource.is_empty() {
            return Verdict::default();
        }
        let labels = |object: &Option<Value>| {
            let labels = object.as_ref().and_then(|object| object.dig(&["metadata", "labels"]));
            labels.cloned().unwrap_or_default()
        };
        let new = labels(&request.object);
        let (policy, errors) = resolve(&new, &self.defaults);
        match request.operation {
            Operation::Create | Operation::Update if request.object.is_none() => {
                Verdict::error(400, "BadRequest", "failed to decode object".to_owned(), None)
            }
            Operation::Create if !errors.is_empty() => invalid(request, &errors),
            Operation::Create => self.exempt_namespace(request, &policy, &new).unwrap_or_default(),
            Operation::Update => {
                let (before, old_errors) = resolve(&labels(&request.old_object), &self.defaults);
                if !errors.is_empty() && errors != old_errors {
                    return invalid(request, &errors);
                }
                let (now, then) = (policy.enforce, before.enforce);
                let is_looser = now.version == then.version && now.level <= then.level;
                if now == then || now.level == Level::Privileged || is_looser {
                    return Verdict::default();
                }
                self.exempt_namespace(request, &policy, &new).unwrap_or_else(|| {
                    let mut verdict = Verdict::default();
                    verdict.response.warnings = self.try_on(&request.name, now, around);
                    verdict
                })
            }
            Operation::Delete | Operation::Connect => Verdict::default(),
        }
    }

    /// The answer for a namespace whose labels say what its exemption makes void; `None` if it is not exempt.
    fn exempt_namespace(
        &self,
        request: &AdmissionRequest,
        policy: &Policy,
        labels: &Value,
    ) -> Option<Verdict> {
        self.exemptions.of(&request.namespace, "", "")?;
        let labels = labels.as_map().map(effective_labels).unwrap_or_default();
        let mut verdict = Verdict::default();
        if !policy.is_fully_privileged() && !policy.is_equivalent(&self.defaults) {
            let modes = [
                ("enforce", policy.enforce, ENFORCE, ENFORCE_VERSION),
                ("audit", policy.audit, AUDIT, AUDIT_VERSION),
                ("warn", policy.warn, WARN, WARN_VERSION),
            ];
            let said = modes.iter().filter(|(_, level, label, version)| {
                level.level != Level::Privileged
                    && (labels.get(label).is_some() || labels.get(version).is_some())
            });
            let said: Vec<String> = said.map(|(mode, level, ..)| format!("{mode}={level}")).collect();
            verdict.response.warnings.push(format!(
                "namespace \"{}\" is exempt from Pod Security, and the policy ({}) will be ignored",
                request.name,
                said.join(", ")
            ));
        }
        Some(verdict)
    }

    /// What a stricter level has against the pods that are there: one of each controller first, so that the time
    /// is not spent on replicas.
    fn try_on(&self, namespace: &str, level: LevelVersion, around: &Surroundings<'_>) -> Vec<String> {
        let Ok(pods) = (around.pods)(namespace) else {
            return vec!["failed to list pods while checking new PodSecurity enforce level".to_owned()];
        };
        let (mut first, mut replicas, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for pod in &pods {
            let class = pod.dig_str(&["spec", "runtimeClassName"]).unwrap_or_default();
            if self.exemptions.of("", "", class).is_some() {
                continue;
            }
            let owners = pod.dig_items(&["metadata", "ownerReferences"]).iter();
            let mut owners =
                owners.filter(|one| one.get("controller").and_then(Value::as_bool) == Some(true));
            match owners.next().and_then(|owner| owner.dig_str(&["uid"])) {
                Some(uid) if !seen.insert(uid) => replicas.push(pod),
                _ => first.push(pod),
            }
        }
        first.extend(replicas);
        let all = first.len();
        let (mut checked, mut found): (_, BTreeMap<String, (&str, usize)>) = (0, BTreeMap::new());
        for (place, pod) in (1usize..).zip(first.into_iter().take(MOST_PODS)) {
            checked = place;
            let name = pod.dig_str(&["metadata", "name"]).unwrap_or_default();
            let reasons = match PodRef::of(pod).and_then(|pod| evaluate(level, pod)) {
                Ok(decision) => decision.reasons(),
                Err(invalid) => invalid.to_string(),
            };
            if !reasons.is_empty() {
                let entry = found.entry(reasons).or_insert((name, 0));
                entry.0 = entry.0.min(name);
                entry.1 = entry.1.saturating_add(1);
            }
            if (around.is_over)() {
                break;
            }
        }
        let mut warnings = Vec::new();
        if checked < all {
            warnings.push(format!(
                "new PodSecurity enforce level only checked against the first {checked} of {all} existing pods"
            ));
        }
        if !found.is_empty() {
            warnings.push(format!(
                "existing pods in namespace \"{namespace}\" violate the new PodSecurity enforce level \"{level}\""
            ));
        }
        let mut lines: Vec<String> = found
            .into_iter()
            .map(|(reasons, (name, count))| match count {
                1 => format!("{name}: {reasons}"),
                2 => format!("{name} (and 1 other pod): {reasons}"),
                _ => format!("{name} (and {} other pods): {reasons}", count.saturating_sub(1)),
            })
            .collect();
        lines.sort();
        warnings.extend(lines);
        warnings
    }
}

/// As the API machinery writes that an object is not valid.
fn invalid(request: &AdmissionRequest, errors: &[FieldError]) -> Verdict {
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let text = match texts.as_slice() {
        [only] => only.clone(),
        _ => format!("[{}]", texts.join(", ")),
    };
    let mut verdict = Verdict::default();
    verdict.refuse(422, "Invalid", format!("Namespace \"{}\" is invalid: {text}", request.name));
    verdict
}
