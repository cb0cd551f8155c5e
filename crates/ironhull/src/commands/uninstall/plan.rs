//! What goes, in which order.

use std::fmt::Write as _;

use crate::commands::install::everything;

/// A step: objects that go together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Why it comes now.
    pub(super) why: &'static str,
    pub(super) things: Vec<Thing>,
}

/// An object by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) kind: &'static Kind,
    pub(super) name: String,
    /// Empty for what is in no namespace.
    pub(super) namespace: String,
}

/// A kind that we have objects of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
}

const fn kind(name: &'static str, group: &'static str, version: &'static str, plural: &'static str) -> Kind {
    Kind { name, group, version, plural }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const REGISTRATION: &str = "admissionregistration.k8s.io";

const VALIDATING: Kind =
    kind("ValidatingWebhookConfiguration", REGISTRATION, "v1", "validatingwebhookconfigurations");
const MUTATING: Kind =
    kind("MutatingWebhookConfiguration", REGISTRATION, "v1", "mutatingwebhookconfigurations");
const DEPLOYMENT: Kind = kind("Deployment", "apps", "v1", "deployments");
const SECRET: Kind = kind("Secret", "", "v1", "secrets");
const CONFIG_MAP: Kind = kind("ConfigMap", "", "v1", "configmaps");
const DEFINITION: Kind =
    kind("CustomResourceDefinition", "apiextensions.k8s.io", "v1", "customresourcedefinitions");

/// Everything else, in the order in which it goes.
const REST: [Kind; 11] = [
    kind("Service", "", "v1", "services"),
    kind("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets"),
    kind("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"),
    kind("ResourceQuota", "", "v1", "resourcequotas"),
    kind("Certificate", "cert-manager.io", "v1", "certificates"),
    kind("Issuer", "cert-manager.io", "v1", "issuers"),
    kind("ClusterRoleBinding", RBAC, "v1", "clusterrolebindings"),
    kind("ClusterRole", RBAC, "v1", "clusterroles"),
    kind("RoleBinding", RBAC, "v1", "rolebindings"),
    kind("Role", RBAC, "v1", "roles"),
    kind("ServiceAccount", "", "v1", "serviceaccounts"),
];

/// All steps but the last, which is the namespace.
pub(super) fn steps(namespace: &str, with_crds: bool) -> Vec<Step> {
    let own = |kind: &'static Kind, name: &str| Thing {
        kind,
        name: name.to_owned(),
        namespace: namespace.to_owned(),
    };
    let cluster = |kind: &'static Kind, name: &str| Thing { namespace: String::new(), ..own(kind, name) };
    let registration = || vec![cluster(&VALIDATING, "ironhull"), cluster(&MUTATING, "ironhull")];
    let all = everything(namespace);
    let rest = REST.iter().flat_map(|kind| {
        let objects = all.iter().filter(|one| one["kind"] == kind.name);
        objects.map(|one| Thing {
            kind,
            name: one["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            namespace: one["metadata"]["namespace"].as_str().unwrap_or_default().to_owned(),
        })
    });
    let mut steps = vec![
        Step { why: "nothing is sent to us any more", things: registration() },
        Step { why: "nobody registers us again", things: vec![own(&DEPLOYMENT, "ironhull-controller")] },
        Step { why: "should it have done so before it ended", things: registration() },
        Step { why: "nobody answers", things: vec![own(&DEPLOYMENT, "ironhull-admission")] },
        Step { why: "what was around them, and their rights", things: rest.collect() },
        Step {
            why: "the certificate, and the modes of policies",
            things: vec![
                own(&SECRET, "ironhull-tls"),
                own(&SECRET, "ironhull-authority"),
                own(&CONFIG_MAP, "ironhull-modes"),
            ],
        },
    ];
    if with_crds {
        steps.push(Step {
            why: "our own kind, and every exception of it",
            things: vec![cluster(&DEFINITION, "exceptions.ironhull.dev")],
        });
    }
    steps
}

/// The steps as lines for kubectl. The last one is for somebody to decide who looked.
pub(super) fn lines(steps: &[Step], namespace: &str) -> String {
    let mut out = String::new();
    for step in steps {
        let _ = writeln!(out, "# {}", step.why);
        let mut done: Vec<&Thing> = Vec::new();
        for thing in &step.things {
            if done.iter().any(|one| one.kind == thing.kind && one.namespace == thing.namespace) {
                continue;
            }
            done.push(thing);
            let same = |one: &&Thing| one.kind == thing.kind && one.namespace == thing.namespace;
            let names: Vec<&str> = step.things.iter().filter(same).map(|one| one.name.as_str()).collect();
            let _ = writeln!(out, "{}", line(thing, &names));
        }
    }
    let _ = write!(
        out,
        "# the namespace goes last, and whatever else is in it goes with it, exceptions and policies too: look first\n\
         # kubectl get exceptions.ironhull.dev -n {namespace}\n\
         # kubectl delete namespace {namespace}\n"
    );
    out
}

fn line(thing: &Thing, names: &[&str]) -> String {
    let resource = match thing.kind.group {
        "" => thing.kind.plural.to_owned(),
        group => format!("{}.{group}", thing.kind.plural),
    };
    let place = if thing.namespace.is_empty() { String::new() } else { format!(" -n {}", thing.namespace) };
    let waits = if thing.kind == &DEPLOYMENT { " --cascade=foreground" } else { "" };
    let command = format!("kubectl delete {resource} {}{place}{waits} --ignore-not-found", names.join(" "));
    // Where cert-manager is not installed there is no such kind.
    if thing.kind.group == "cert-manager.io" { format!("{command} || true") } else { command }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registration_goes_first_and_no_kind_goes_unasked() {
        let text = lines(&steps("ironhull-system", false), "ironhull-system");
        let commands: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(commands[0].contains("validatingwebhookconfigurations"), "{text}");
        assert!(commands[1].contains("mutatingwebhookconfigurations"), "{text}");
        assert!(commands[2].contains("ironhull-controller"), "{text}");
        assert!(!text.contains("customresourcedefinitions"), "{text}");
        for command in commands {
            let names = command.split(" -").next().unwrap().split(' ').skip(3);
            for name in names.filter(|name| !name.is_empty()) {
                assert!(name.starts_with("ironhull"), "{command}");
            }
        }
        let all = lines(&steps("ironhull-system", true), "ironhull-system");
        assert!(
            all.contains("customresourcedefinitions.apiextensions.k8s.io exceptions.ironhull.dev "),
            "{all}"
        );
        assert!(!all.contains("kyverno"), "{all}");
    }

    #[test]
    fn everything_that_is_installed_goes() {
        let steps = steps("x", false);
        for object in everything("x") {
            let is_gone = steps.iter().flat_map(|step| &step.things).any(|thing| {
                object["kind"] == thing.kind.name && object["metadata"]["name"] == thing.name.as_str()
            });
            assert!(is_gone, "{} {}", object["kind"], object["metadata"]["name"]);
        }
    }
}
