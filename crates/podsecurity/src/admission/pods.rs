//! Pods, and what makes pods.

use ironhull_value::Value;
use ironhull_world::admission::{AdmissionRequest, Operation};

use super::significant::is_significant;
use super::waiver::evaluate_with;
use super::{Admission, Counted, Surroundings, Verdict, resolve};
use crate::{Decision, Exemption, FieldError, Invalid, Level, LevelVersion, PodRef, Policy, audit_error};

/// Subresources that cannot change what a pod may do. Any other is judged, so that one that is not known yet is
/// not a way around.
const IGNORED: [&str; 8] = ["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"];

impl Admission {
    pub(super) fn pod(&self, request: &AdmissionRequest, around: &Surroundings<'_>) -> Verdict {
        if IGNORED.contains(&request.subresource.as_str()) {
            return Verdict::default();
        }
        let (policy, errors) = match self.asked_for(request, around, true) {
            Ok(found) => found,
            Err(verdict) => return *verdict,
        };
        if errors.is_empty() && policy.is_fully_privileged() {
            let mut verdict = Verdict::default();
            verdict.counted.push(Counted::Evaluation {
                allowed: true,
                level: policy.enforce,
                mode: "enforce",
            });
            verdict.annotate("enforce-policy", "privileged:latest".to_owned());
            return verdict;
        }
        let Some(pod) = &request.object else {
            return undecoded("failed to decode object");
        };
        if request.operation == Operation::Update {
            match &request.old_object {
                None => return undecoded("failed to decode old object"),
                Some(old) if !is_significant(pod, old) => return Verdict::default(),
                Some(_) => {}
            }
        }
        let error = audit_error(&errors);
        match PodRef::of(pod) {
            Ok(pod) => self.evaluate(policy, error, pod, request, around, true),
            Err(invalid) => broken(&invalid, true),
        }
    }

    pub(super) fn controller(&self, request: &AdmissionRequest, around: &Surroundings<'_>) -> Verdict {
        if !request.subresource.is_empty() {
            return Verdict::default();
        }
        let (policy, errors) = match self.asked_for(request, around, false) {
            Ok(found) => found,
            Err(verdict) => return *verdict,
        };
        let is_silent = policy.warn.level == Level::Privileged && policy.audit.level == Level::Privileged;
        if errors.is_empty() && is_silent {
            return Verdict::default();
        }
        let Some(object) = &request.object else {
            return Verdict::noted("failed to decode object".to_owned());
        };
        let path: &[&str] = match request.resource.resource.as_str() {
            "podtemplates" => &["template"],
            "cronjobs" => &["spec", "jobTemplate", "spec", "template"],
            _ => &["spec", "template"],
        };
        let Some(template) = object.dig(path).filter(|template| !template.is_null()) else {
            return Verdict::default();
        };
        match PodRef::of(template) {
            Ok(pod) => self.evaluate(policy, audit_error(&errors), pod, request, around, false),
            Err(invalid) => broken(&invalid, false),
        }
    }

    /// What the namespace of a request asks for, and what is wrong with its labels; the answer for a request that is
    /// exempt, or of which the namespace is not known.
    fn asked_for(
        &self,
        request: &AdmissionRequest,
        around: &Surroundings<'_>,
        refuses: bool,
    ) -> Result<(Policy, Vec<FieldError>), Box<Verdict>> {
        if let Some(exemption) = self.exemptions.of(&request.namespace, &request.user.username, "") {
            return Err(Box::new(exempt(exemption)));
        }
        let labels = around.namespace.as_ref().map_err(|why| {
            let message = format!("failed to lookup namespace \"{}\"", request.namespace);
            Box::new(if refuses {
                refused(500, "InternalError", format!("Internal error occurred: {message}"), Some(why))
            } else {
                Verdict::noted(format!("{message}: {why}"))
            })
        })?;
        Ok(resolve(&labels.map_or(Value::Null, |labels| Value::Map(labels.clone())), &self.defaults))
    }

    fn evaluate(
        &self,
        policy: Policy,
        error: Option<String>,
        pod: PodRef<'_>,
        request: &AdmissionRequest,
        around: &Surroundings<'_>,
        enforce: bool,
    ) -> Verdict {
        let runtime_class = pod.spec.dig_str(&["runtimeClassName"]).unwrap_or_default();
        if let Some(exemption) = self.exemptions.of("", "", runtime_class) {
            return exempt(exemption);
        }
        let mut verdict = Verdict::default();
        if let Some(error) = error {
            verdict.annotate("error", error);
            verdict.counted.push(Counted::Error { fatal: false });
        }
        let mut known: Vec<(LevelVersion, Decision)> = Vec::new();
        let mut ask = |level: LevelVersion, verdict: &mut Verdict| -> Result<Decision, Invalid> {
            if let Some((_, decision)) = known.iter().find(|(own, _)| *own == level) {
                return Ok(decision.clone());
            }
            let (decision, waived) = evaluate_with(level, pod, around.waivers)?;
            for one in waived {
                if !verdict.waived.contains(&one) {
                    verdict.waived.push(one);
                }
            }
            known.push((level, decision.clone()));
            Ok(decision)
        };
        if enforce {
            let decision = match ask(policy.enforce, &mut verdict) {
                Ok(decision) => decision,
                Err(invalid) => return broken(&invalid, true),
            };
            verdict.annotate("enforce-policy", policy.enforce.to_string());
            let allowed = decision.is_allowed();
            verdict.counted.push(Counted::Evaluation { allowed, level: policy.enforce, mode: "enforce" });
            if let Some(text) = decision.violates(policy.enforce) {
                verdict.refuse(403, "Forbidden", forbidden(request, &text));
            }
        }
        let audited = match ask(policy.audit, &mut verdict) {
            Ok(decision) => decision,
            Err(invalid) => return broken(&invalid, enforce),
        };
        if let Some(text) = audited.would_violate(policy.audit) {
            verdict.annotate("audit-violations", text);
            verdict.counted.push(Counted::Evaluation { allowed: false, level: policy.audit, mode: "audit" });
        }
        if verdict.response.is_allowed() {
            let warned = match ask(policy.warn, &mut verdict) {
                Ok(decision) => decision,
                Err(invalid) => return broken(&invalid, enforce),
            };
            if let Some(text) = warned.would_violate(policy.warn) {
                verdict.response.warnings.push(text);
                verdict.counted.push(Counted::Evaluation {
                    allowed: false,
                    level: policy.warn,
                    mode: "warn",
                });
            }
        }
        verdict
    }
}

/// As the API machinery writes that something is forbidden.
fn forbidden(request: &AdmissionRequest, text: &str) -> String {
    let group = match request.resource.group.as_str() {
        "" => String::new(),
        group => format!(".{group}"),
    };
    let resource = &request.resource.resource;
    if request.name.is_empty() {
        format!("{resource}{group} is forbidden: {text}")
    } else {
        format!("{resource}{group} \"{}\" is forbidden: {text}", request.name)
    }
}

fn exempt(exemption: Exemption) -> Verdict {
    let mut verdict = Verdict::default();
    verdict.annotate("exempt", exemption.to_string());
    verdict.counted.push(Counted::Exemption);
    verdict
}

fn undecoded(message: &str) -> Verdict {
    refused(400, "BadRequest", message.to_owned(), None)
}

/// A field of the wrong type: the API server could not have decoded it.
fn broken(invalid: &Invalid, refuses: bool) -> Verdict {
    if !refuses {
        return Verdict::noted(format!("failed to extract pod template: {invalid}"));
    }
    refused(400, "BadRequest", "failed to decode object".to_owned(), Some(&invalid.to_string()))
}

/// A request that is refused because it cannot be judged.
fn refused(code: u16, reason: &'static str, message: String, cause: Option<&str>) -> Verdict {
    let mut verdict = Verdict::error(code, reason, message, cause);
    verdict.counted.push(Counted::Error { fatal: true });
    verdict
}
