//! not committed
use crate::testing::*;
use crate::*;
use ironhull_finding::*;
use ironhull_testkit::read_documents;
use ironhull_value::Interner;
use ironhull_world::*;
use std::sync::Arc;

const fn r(
    id: &'static str,
    name: &'static str,
    title: &'static str,
    severity: Severity,
    controls: &'static [Control],
    doc: &'static str,
) -> RuleMeta {
    RuleMeta { id, name, title, severity, controls, aliases: &[], since: "0.1.0", doc_comment: doc }
}
use Framework::*;
const DOC: &str = " ## What it does\n Finds it.\n\n ## Why it matters\n A privileged container has every capability, sees the node's devices and runs without seccomp,\n AppArmor and SELinux confinement. Whoever controls a process in it controls the node. That makes it `critical`.\n\n ## Example\n ```yaml\n a: b\n ```\n\n ## How to fix\n Remove the field. When a process then lacks a right, add that one capability.\n\n ```yaml\n securityContext:\n   privileged: false\n ```\n\n ## References\n - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>\n";
static PRIV: RuleMeta = r(
    "WL001",
    "privileged-container",
    "A container is privileged",
    Severity::Critical,
    &[
        Control { framework: Cis, id: "5.2.2" },
        Control { framework: Nsa, id: "pod-security-enforcement" },
        Control { framework: Attack, id: "T1611" },
        Control { framework: PodSecurityBaseline, id: "privileged" },
    ],
    DOC,
);
static HPID: RuleMeta = r(
    "WL002",
    "host-pid",
    "A pod shares the node's process namespace",
    Severity::High,
    &[
        Control { framework: Cis, id: "5.2.3" },
        Control { framework: PodSecurityBaseline, id: "hostNamespaces" },
    ],
    DOC,
);
static ESC: RuleMeta = r(
    "WL005",
    "privilege-escalation",
    "A container may gain privileges",
    Severity::Medium,
    &[
        Control { framework: Cis, id: "5.2.6" },
        Control { framework: PodSecurityRestricted, id: "allowPrivilegeEscalation" },
    ],
    DOC,
);
static NONROOT: RuleMeta = r(
    "WL007",
    "may-run-as-root",
    "A container may run as root",
    Severity::Medium,
    &[
        Control { framework: Cis, id: "5.2.7" },
        Control { framework: PodSecurityRestricted, id: "runAsNonRoot" },
        Control { framework: Nsa, id: "non-root-containers" },
    ],
    DOC,
);
static RO: RuleMeta = r(
    "WL011",
    "writable-root-file-system",
    "The root file system is writable",
    Severity::Low,
    &[Control { framework: Nsa, id: "immutable-container-file-systems" }],
    DOC,
);
static PASS: RuleMeta = r(
    "SC003",
    "password-in-environment",
    "A password stands in the manifest",
    Severity::High,
    &[
        Control { framework: Cis, id: "5.4.1" },
        Control { framework: Attack, id: "T1552.001" },
        Control { framework: Nsa, id: "secrets" },
    ],
    DOC,
);
static TAG: RuleMeta =
    r("IM002", "mutable-tag", "An image is named by a tag that moves", Severity::Low, &[], DOC);
static NET: RuleMeta = r(
    "NW001",
    "no-network-policy",
    "No NetworkPolicy selects a pod",
    Severity::Medium,
    &[Control { framework: Cis, id: "5.3.2" }, Control { framework: Nsa, id: "network-policies" }],
    DOC,
);
static LIM: RuleMeta = r(
    "WL020",
    "no-memory-limit",
    "A container has no memory limit",
    Severity::Info,
    &[Control { framework: Nsa, id: "resource-policies" }],
    DOC,
);

fn manifest(ns: &str, name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: {ns}\n  labels:\n    app.kubernetes.io/name: {name}\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      hostPID: true\n      serviceAccountName: {name}\n      containers:\n      - name: app\n        image: registry.example.com/shop/{name}:latest\n        env:\n        - name: DB_PASSWORD\n          value: correct-horse\n        securityContext:\n          privileged: true\n      - name: metrics-exporter\n        image: registry.example.com/metrics:v1\n"
    )
}

fn build(files: usize, per: usize) -> Report {
    let mut findings = Vec::new();
    let mut docs = Vec::new();
    let mut objs = Vec::new();
    let names = ["web", "checkout", "payments", "catalogue", "search", "mailer", "reports", "auth"];
    let nss = ["shop", "billing", "platform-tools"];
    for f in 0..files {
        let mut text = String::new();
        for d in 0..per {
            let ns = if f + 1 == files { "kube-system" } else { nss[f % 3] };
            if d > 0 {
                text.push_str("---\n");
            }
            text.push_str(&manifest(
                ns,
                &format!(
                    "{}{}",
                    names[(f + d) % 8],
                    if f * per + d < 8 { String::new() } else { format!("-{}", f * per + d) }
                ),
            ));
        }
        let file = format!("deploy/{}/{}.yaml", nss[f % 3], names[f % 8]);
        let documents = read_documents(&file, &text);
        let _ = Interner::new();
        let mut catalog = Catalog::new();
        for d in &documents {
            catalog.learn(&d.value);
        }
        for document in &documents {
            for object in objects_of(document, None, "", &catalog).objects {
                objs.push(Arc::new(object));
            }
        }
        docs.extend(documents);
    }
    for (i, o) in objs.iter().enumerate() {
        let c = "spec/template/spec/containers/";
        let mut set = |mut f: Finding, v: bool| {
            let p = f.evidence[0].path.clone();
            f.with_fix(Fix::set(p, v, Safety::Unsafe));
            findings.push(f);
        };
        if i % 4 == 0 {
            set(
                finding(
                    &PRIV,
                    o,
                    Some("app"),
                    &format!("{c}0/securityContext/privileged"),
                    "container \"app\" is privileged",
                ),
                false,
            );
        }
        if i % 3 == 0 {
            set(
                finding(
                    &HPID,
                    o,
                    None,
                    "spec/template/spec/hostPID",
                    "the pod shares the process namespace of its node",
                ),
                false,
            );
        }
        set(
            finding(
                &ESC,
                o,
                Some("metrics-exporter"),
                &format!("{c}1/securityContext/allowPrivilegeEscalation"),
                "container \"metrics-exporter\" does not forbid privilege escalation",
            ),
            false,
        );
        set(
            finding(
                &NONROOT,
                o,
                Some("metrics-exporter"),
                &format!("{c}1/securityContext/runAsNonRoot"),
                "nothing keeps container \"metrics-exporter\" from running as root",
            ),
            true,
        );
        set(
            finding(
                &RO,
                o,
                Some("metrics-exporter"),
                &format!("{c}1/securityContext/readOnlyRootFilesystem"),
                "container \"metrics-exporter\" may write to its root file system",
            ),
            true,
        );
        if i % 2 == 0 {
            let mut p = finding(
                &PASS,
                o,
                Some("app"),
                &format!("{c}0/env/0/value"),
                "environment variable \"DB_PASSWORD\" of container \"app\" holds a password",
            );
            p.noted("the name says that it is a password").also(
                o,
                path(&format!("{c}0/env/0/name")),
                "its name",
            );
            p.with_fix(Fix::manual("Move the value into a Secret and refer to it with secretKeyRef"));
            findings.push(p);
        }
        findings.push(finding(
            &TAG,
            o,
            Some("app"),
            &format!("{c}0/image"),
            "container \"app\" uses the tag latest, which moves",
        ));
        findings.push(finding(
            &LIM,
            o,
            Some("app"),
            &format!("{c}0/resources/limits/memory"),
            "container \"app\" has no memory limit",
        ));
    }
    let mut unsup = Vec::new();
    let mut sup = Vec::new();
    let text = "# ironhull:allow NW001 until=2027-06-30 the migration to policies ends in June\na: 1\n";
    let d = read_documents("x", text);
    let s = Suppressions::collect(&d, &objs);
    let a = s.apply(Vec::new(), Date::new(2026, 1, 1).unwrap(), |_| true);
    let by = a.problems[0].0.clone();
    for (i, f) in findings.into_iter().enumerate() {
        if i % 17 == 5 {
            sup.push((f, by.clone()));
        } else {
            unsup.push(f);
        }
    }
    let undecided: Vec<Undecided> = objs
        .iter()
        .enumerate()
        .map(|(i, o)| Undecided {
            rule: &NET,
            object: o.key.clone(),
            error: i % 5 == 0,
            reason: if i % 5 == 0 {
                "the podSelector is not valid: key \"a b\" is no label".into()
            } else {
                "no NetworkPolicy and no Namespace in the input".into()
            },
        })
        .collect();
    let rules = vec![&TAG, &NET, &PASS, &PRIV, &HPID, &ESC, &NONROOT, &RO, &LIM];
    let n = objs.len();
    let mut tally = Tally::new();
    for rule in &rules {
        let t = tally.entry(rule.id).or_default();
        let failed = unsup.iter().filter(|f| f.rule.id == rule.id).count().min(n);
        t.failed = failed;
        t.passed = n - failed;
        if rule.id == "NW001" {
            t.passed = 0;
            t.unknown = n * 4 / 5;
            t.errors = n - n * 4 / 5;
        }
    }
    let inputs = InputCounts {
        files,
        documents: n,
        objects: n,
        rendered: 2,
        foreign: 3,
        not_evaluated: vec![
            NotEvaluated {
                path: "charts/payments".into(),
                reason: "Helm chart, not rendered: 12 templates".into(),
            },
            NotEvaluated {
                path: "charts/auth".into(),
                reason: "Helm chart, not rendered: 4 templates".into(),
            },
        ],
    };
    Report::new(unsup, sup, undecided, rules, tally, inputs, "0.1.0".into())
}

#[test]
fn demo() {
    let r = build(6, 2);
    for f in Format::ALL {
        std::fs::write(
            format!("/tmp/rep-tools/demo.{f}"),
            render(&r, f, Style { color: f == Format::Text || f == Format::TextFull, width: 100 }),
        )
        .unwrap();
    }
    std::fs::write("/tmp/rep-tools/demo.html", render(&r, Format::Html, Style::default())).unwrap();
    for f in Format::ALL {
        std::fs::write(format!("/tmp/rep-tools/hostile.{f}"), render(&hostile(), f, Style::default()))
            .unwrap();
    }
    std::fs::write("/tmp/rep-tools/schema.json", serde_json::to_string_pretty(&schema()).unwrap()).unwrap();
    std::fs::write("/tmp/rep-tools/few.html", render(&sample(), Format::Html, Style::default())).unwrap();
}

#[test]
fn big() {
    for (files, per) in [(100, 8), (800, 20)] {
        let t = std::time::Instant::now();
        let r = build(files, per);
        println!("{} findings built in {:?}", r.findings.len(), t.elapsed());
        for f in Format::ALL {
            let t = std::time::Instant::now();
            let out = render(&r, f, Style::default());
            println!("{f}: {:?} {} MB", t.elapsed(), out.len() / 1_000_000);
            if files == 100 {
                std::fs::write(format!("/tmp/rep-tools/big.{f}"), out).unwrap();
            }
        }
    }
}
