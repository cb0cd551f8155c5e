//! The same objects as a Helm chart.
//!
//! No template is written by hand: the objects are rendered with placeholders for what a user chooses, once for each
//! answer to what can only be yes or no, and where two renderings differ their lines are put into an `if`.

use std::fmt::Write as _;

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::settings::{Settings, Tls};
use super::{KYVERNO_KINDS, OWN_KINDS, objects, usual_image, yaml};

/// Placeholders, and what stands in the template for them. Resources are a block of their own.
const PLACES: [(&str, &str); 6] = [
    ("PLACE_namespace", "{{ .Release.Namespace }}"),
    ("PLACE_image", "{{ .Values.image | quote }}"),
    ("PLACE_replicas", "{{ .Values.replicas }}"),
    ("PLACE_mode", "{{ .Values.mode }}"),
    ("PLACE_resources_admission", "{{- toYaml .Values.resources.admission | nindent 10 }}"),
    ("PLACE_resources_controller", "{{- toYaml .Values.resources.controller | nindent 10 }}"),
];

/// The files of the chart, by their paths in it.
pub(crate) fn files() -> Vec<(String, String)> {
    let mut files = vec![
        ("Chart.yaml".to_owned(), chart()),
        ("values.yaml".to_owned(), values()),
        ("crds/ironhull.yaml".to_owned(), OWN_KINDS.to_owned()),
        ("templates/kyverno-crds.yaml".to_owned(), kyverno()),
        ("templates/NOTES.txt".to_owned(), NOTES.to_owned()),
    ];
    for (name, kinds) in GROUPS {
        files.push((format!("templates/{name}.yaml"), template(kinds)));
    }
    files
}

/// Which kinds stand in which file.
const GROUPS: [(&str, &[&str]); 4] = [
    ("access", &["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    ("service", &["Service", "PodDisruptionBudget", "NetworkPolicy", "ResourceQuota"]),
    ("certificate", &["Issuer", "Certificate"]),
    ("workloads", &["Deployment"]),
];

fn template(kinds: &[&str]) -> String {
    let text = |tls, pod_security| {
        let settings = places(tls, pod_security);
        let objects = objects(&settings);
        let wanted = objects.iter().filter(|one| kinds.iter().any(|kind| one["kind"] == *kind));
        wanted.map(|one| format!("---\n{}", yaml::document(one))).collect::<String>()
    };
    let of = |tls| either(".Values.podSecurity", &text(tls, true), &text(tls, false));
    let both = either("eq .Values.tls \"cert-manager\"", &of(Tls::CertManager), &of(Tls::Own));
    let filled = PLACES.iter().fold(both, |text, (place, value)| text.replace(place, value));
    format!("{GENERATED}{filled}")
}

const GENERATED: &str = "{{- /* Generated from the objects of `ironhull install`; do not edit. */}}\n";

fn places(tls: Tls, pod_security: bool) -> Settings {
    Settings {
        namespace: "PLACE_namespace".to_owned(),
        image: "PLACE_image".to_owned(),
        replicas: json!("PLACE_replicas"),
        mode: "PLACE_mode".to_owned(),
        pod_security,
        tls,
        resources: [json!("PLACE_resources_admission"), json!("PLACE_resources_controller")],
    }
}

/// One text that is `yes` when the condition holds, and `no` otherwise.
fn either(condition: &str, yes: &str, no: &str) -> String {
    let diff = TextDiff::from_lines(no, yes);
    let mut out = String::new();
    for group in diff.ops() {
        let of = |tag: ChangeTag| -> String {
            let lines = diff.iter_changes(group).filter(|change| change.tag() == tag);
            lines.map(|change| change.value()).collect()
        };
        let (same, gone, come) = (of(ChangeTag::Equal), of(ChangeTag::Delete), of(ChangeTag::Insert));
        out.push_str(&same);
        let _ = match (come.is_empty(), gone.is_empty()) {
            (true, true) => Ok(()),
            (false, true) => write!(out, "{{{{- if {condition} }}}}\n{come}{{{{- end }}}}\n"),
            (true, false) => write!(out, "{{{{- if not ({condition}) }}}}\n{gone}{{{{- end }}}}\n"),
            (false, false) => {
                write!(out, "{{{{- if {condition} }}}}\n{come}{{{{- else }}}}\n{gone}{{{{- end }}}}\n")
            }
        };
    }
    out
}

fn chart() -> String {
    yaml::document(&json!({
        "apiVersion": "v2",
        "name": "ironhull",
        "description": "Admission control: policies and Pod Security Standards, with exceptions.",
        "type": "application",
        "version": env!("CARGO_PKG_VERSION"),
        "appVersion": env!("CARGO_PKG_VERSION"),
        "kubeVersion": ">=1.30.0-0",
    }))
}

fn values() -> String {
    let resources = Settings::usual_resources();
    let block =
        |value: &Value| yaml::document(value).lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "# Generated with the chart; what is here are the defaults of `ironhull install`.\n\n\
         # The image, built from deploy/Containerfile.\nimage: {}\n\n\
         # How many replicas answer reviews.\nreplicas: 2\n\n\
         # What policies do of which the ConfigMap ironhull-modes says nothing: enforce, shadow, or auto, which only\n\
         # tells as long as another engine is at work.\nmode: auto\n\n\
         # Judge pods by the Pod Security Standards, by the labels of their namespaces.\npodSecurity: false\n\n\
         # Who makes the certificate of the webhooks: own, or cert-manager.\ntls: own\n\n\
         # The kinds of Kyverno's policies, for a cluster without Kyverno. They stay when the chart is taken out.\n\
         kyvernoCrds: false\n\n\
         # CPU and memory of both Deployments.\nresources:\n  admission:\n{}  controller:\n{}",
        usual_image(),
        block(&resources[0]),
        block(&resources[1]),
    )
}

/// The kinds of Kyverno, which are kept when the chart goes: policies would go with them.
fn kyverno() -> String {
    let keep = "metadata:\n  annotations: { helm.sh/resource-policy: keep }\n";
    let kinds = KYVERNO_KINDS.replace("metadata:\n", keep);
    format!("{GENERATED}{{{{- if .Values.kyvernoCrds }}}}\n{}\n{{{{- end }}}}\n", kinds.trim_end())
}

const NOTES: &str = "\
Reviews are answered by the Deployment ironhull-admission in {{ .Release.Namespace }}; the Deployment
ironhull-controller registers the webhooks when a replica is ready.

Before `helm uninstall` take the registration out, or nothing answers what the API server asks:
  kubectl scale deployment ironhull-controller -n {{ .Release.Namespace }} --replicas=0
  kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration ironhull --ignore-not-found
";

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
