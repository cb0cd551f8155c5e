//! What is installed, without a cluster.

use std::fs;
use std::path::Path;

use crate::run::{Ran, Tree};

fn run(words: &str) -> Ran {
    Tree::new(&[]).run(words)
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn two_renderings_are_the_same_bytes() {
    let options = "install --pod-security --tls cert-manager --with-kyverno-crds --replicas 3";
    let (first, second) = (run(options), run(options));
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(first.out, second.out);
    assert!(first.out.contains("kind: Certificate") && first.out.contains("replicas: 3"));
    assert!(!run("install").out.contains("kyverno.io/v1\nkind: CustomResourceDefinition"));
}

#[test]
fn only_sensible_names_are_taken() {
    for bad in ["kube-system", "default", "A", "-a", "a.b"] {
        let ran = run(&format!("install --namespace={bad}"));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{bad}");
        assert!(ran.err.contains("--namespace"), "{}", ran.err);
    }
    assert_eq!(run("install --replicas 0").code, 2);
    let other = run("install --namespace guards");
    assert!(
        other.code == 0 && !other.out.contains("ironhull-system"),
        "everything is in the other namespace"
    );
    assert!(!run("uninstall -n guards").out.contains("ironhull-system"));
}

/// The manifests rely on the image for the program and agree with it on the user, and mount what they write to.
#[test]
fn image_and_manifests_agree() {
    let image = file("deploy/Containerfile");
    let last = |key: &str| {
        let lines = image.lines().filter_map(|line| line.strip_prefix(key));
        lines.map(str::trim).next_back().unwrap_or_default().to_owned()
    };
    assert_eq!(last("FROM "), "scratch");
    assert_eq!(last("USER "), "65532:65532");
    assert_eq!(last("ENTRYPOINT "), "[\"/ironhull\"]");
    assert!(last("COPY ").ends_with(" /ironhull"), "{}", last("COPY "));
    let manifests = run("install").out;
    assert!(!manifests.contains("command:"), "the entrypoint is that of the image");
    for line in manifests.lines().filter(|line| line.contains("runAsUser") || line.contains("fsGroup")) {
        assert!(line.ends_with(": 65532"), "{line}");
    }
    assert!(manifests.contains("mountPath: /record") && manifests.contains("--record=/record/decisions"));
    assert!(manifests.contains("mountPath: /tls") && manifests.contains("--tls-dir=/tls"));
}

/// Every option that the Deployments start `serve` with is one.
#[test]
fn the_options_of_the_deployments_exist() {
    for tls in ["own", "cert-manager"] {
        let manifests = run(&format!("install --pod-security --tls {tls}")).out;
        let help = run("serve --help").out;
        let options: Vec<&str> =
            manifests.lines().filter_map(|line| line.trim().strip_prefix("- --")).collect();
        assert!(options.len() > 10, "{options:?}");
        for option in options {
            let name = option.split('=').next().unwrap();
            assert!(help.contains(&format!("--{name}")), "{name}");
        }
    }
}

/// We pass our own checks, and the level that we set on our namespace.
#[test]
fn what_is_installed_passes_what_we_ask_of_others() {
    let manifests = run("install --pod-security").out;
    let tree = Tree::new(&[("all.yaml", manifests.as_bytes())]);
    let ran = tree.run("pod-security check all.yaml --level restricted");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(ran.out.matches(": allowed").count(), 2, "{}", ran.out);
    let ran = tree.run("scan all.yaml --fail-on medium");
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn a_chart_can_be_written_anywhere() {
    let tree = Tree::new(&[]);
    let ran = tree.run("install --format helm --directory chart");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for name in ["Chart.yaml", "values.yaml", "crds/ironhull.yaml", "templates/workloads.yaml"] {
        let written = fs::read_to_string(tree.path().join("chart").join(name)).unwrap();
        assert_eq!(written, file(&format!("deploy/helm/ironhull/{name}")), "{name}: cargo xtask generate");
    }
    assert_eq!(tree.run("install --format helm").code, 2, "a chart needs a directory");
}

#[test]
fn taking_out_is_printed_and_not_done() {
    let ran = run("uninstall");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let first = ran.out.lines().find(|line| !line.starts_with('#')).unwrap();
    assert!(first.contains("validatingwebhookconfigurations"), "{first}");
    assert!(!ran.out.contains("customresourcedefinitions"), "{}", ran.out);
    let ran = run("uninstall --with-crds");
    assert!(ran.err.contains("every Exception"), "{}", ran.err);
    assert_eq!(run("uninstall --context a").code, 2, "a context is for --apply");
}
