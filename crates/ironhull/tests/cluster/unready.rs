//! What may not be read is not taken for what is not there.

use std::process::Stdio;
use std::time::Duration;

use crate::roles::free_port;
use crate::world::{plane, wait_for};

/// What `serve` reads, but for one resource.
fn rights(without: &str) -> String {
    let resources = [
        ("kyverno.io", "clusterpolicies"),
        ("kyverno.io", "policies"),
        ("kyverno.io", "policyexceptions"),
        ("ironhull.dev", "exceptions"),
        ("", "namespaces"),
        ("", "configmaps"),
    ];
    let rules = resources.iter().filter(|(_, resource)| *resource != without).map(|(group, resource)| {
        format!("{{apiGroups: [\"{group}\"], resources: [{resource}], verbs: [get, list, watch]}}")
    });
    let rules: Vec<String> = rules.collect();
    format!(
        "{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: half}}, rules: [{}]}}\n---\n\
         {{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {{name: half}}, \
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: half}}, \
         subjects: [{{kind: User, name: half, apiGroup: rbac.authorization.k8s.io}}]}}",
        rules.join(", ")
    )
}

/// Policies that may not be listed are not policies that are not there: a process that took them for that would let
/// everything through, and take what enforces them out of the registration.
#[test]
fn who_may_not_list_policies_is_not_ready() {
    let Some(plane) = plane() else { return };
    let account = plane.kubeconfig_for("half", &["halves"]).unwrap();
    for without in ["clusterpolicies", "exceptions", ""] {
        plane.apply(&rights(without)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (port, probes) = (free_port(), free_port());
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_ironhull"))
            .args(["serve", "--read-only", "--mode", "enforce", "--kubeconfig"])
            .arg(&account)
            .args([
                "--address",
                &format!("127.0.0.1:{port}"),
                "--probe-address",
                &format!("127.0.0.1:{probes}"),
            ])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let told = || std::fs::read_to_string(dir.path().join("log")).unwrap_or_default();
        let is_ready = || crate::roles::is_ready(probes);
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if without.is_empty() {
                wait_for("it is ready", Duration::from_secs(20), || is_ready().then_some(()));
                return;
            }
            let line = wait_for("it says why", Duration::from_secs(20), || {
                let told = told();
                told.lines()
                    .find(|line| line.contains("not ready") && line.contains("refused"))
                    .map(str::to_owned)
            });
            assert!(
                line.to_lowercase().contains(if without == "exceptions" {
                    "exception"
                } else {
                    "clusterpolicy"
                }),
                "{line}"
            );
            std::thread::sleep(Duration::from_secs(2));
            assert!(!is_ready(), "{}", told());
        }));
        let _ = child.kill();
        let _ = child.wait();
        if let Err(panic) = found {
            crate::roles::tell(&told());
            std::panic::resume_unwind(panic);
        }
    }
}
