//! The one control plane of these tests.

use std::process::Output;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{ControlPlane, Options};

static PLANE: OnceLock<Option<ControlPlane>> = OnceLock::new();

/// The control plane with our kinds in it; none where its programs are not at hand.
pub(crate) fn plane() -> Option<&'static ControlPlane> {
    let start = || {
        let plane = ControlPlane::start(&Options::default()).expect("a control plane")?;
        install_kinds(&plane);
        plane
            .apply("{apiVersion: v1, kind: Namespace, metadata: {name: ironhull-system}}")
            .expect("our namespace");
        std::mem::forget(plane.hollow_node("node").expect("a node"));
        Some(plane)
    };
    PLANE.get_or_init(start).as_ref()
}

/// Our kinds, and those of Kyverno.
pub(crate) fn install_kinds(plane: &ControlPlane) {
    for crds in [
        include_str!("../../../../deploy/crds/ironhull.yaml"),
        include_str!("../../../../deploy/crds/kyverno.yaml"),
    ] {
        plane.apply(crds).expect("our kinds");
    }
    let mut arguments = vec!["wait", "--for=condition=Established", "--timeout=30s"];
    arguments.extend([
        "crd/clusterpolicies.kyverno.io",
        "crd/policies.kyverno.io",
        "crd/policyexceptions.kyverno.io",
        "crd/exceptions.ironhull.dev",
    ]);
    plane.kubectl(&arguments, None).expect("established");
}

/// What kubectl said, both of its streams.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Tries until it holds.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, patience: Duration, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(begin.elapsed() < patience, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A namespace with labels.
pub(crate) fn namespace(plane: &ControlPlane, name: &str, labels: &str) {
    plane
        .apply(&format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {labels}}}}}"))
        .expect("a namespace");
    // The controller gives it its account, without which no pod is admitted.
    wait_for("the account of the namespace", Duration::from_secs(20), || {
        let output = plane.kubectl(&["get", "serviceaccount", "default", "-n", name], None).ok()?;
        output.status.success().then_some(())
    });
}
