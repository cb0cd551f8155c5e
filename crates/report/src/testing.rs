//! The report that tests of all formats show: small, and with one of everything.

use std::sync::Arc;

use ironhull_finding::{
    Alias, Control, Date, Evidence, Finding, Fix, Framework, RuleMeta, RuleTally, Safety, Severity, Subject,
    Suppressions, Tally, Tool,
};
use ironhull_manifest::{Source, Span};
use ironhull_testkit::world_of;
use ironhull_value::{CompactString, Path, Segment, Value};
use ironhull_world::{Object, ObjectRef, Origin};

use crate::{InputCounts, NotEvaluated, Report, Undecided};

const fn rule(
    id: &'static str,
    name: &'static str,
    title: &'static str,
    severity: Severity,
    doc_comment: &'static str,
) -> RuleMeta {
    RuleMeta { id, name, title, severity, controls: &[], aliases: &[], since: "0.1.0", doc_comment }
}

pub(crate) static HOST_PID: RuleMeta = RuleMeta {
    controls: &[
        Control { framework: Framework::Cis, id: "5.2.3" },
        Control { framework: Framework::PodSecurityBaseline, id: "hostNamespaces" },
    ],
    aliases: &[Alias { tool: Tool::Trivy, id: "KSV-0010" }],
    ..rule(
        "WL002",
        "host-pid",
        "A pod shares the node's process namespace",
        Severity::High,
        " ## What it does\n Finds pods with `hostPID: true`.\n\n ## Why it matters\n The pod sees every\n process of the node.\n\n ## How to fix\n Remove the field.\n\n ## References\n - <https://kubernetes.io/docs/concepts/security/>\n",
    )
};
pub(crate) static ESCALATION: RuleMeta =
    rule("WL005", "privilege-escalation", "A container may gain privileges", Severity::Medium, "");
pub(crate) static ROOT: RuleMeta =
    rule("WL007", "may-run-as-root", "A container may run as root", Severity::Medium, "");
pub(crate) static WRITABLE: RuleMeta =
    rule("WL011", "writable-root-file-system", "The root file system is writable", Severity::Low, "");
pub(crate) static PASSWORD: RuleMeta =
    rule("SC003", "password-in-environment", "A password stands in the manifest", Severity::High, "");
pub(crate) static ADMIN: RuleMeta =
    rule("RB001", "cluster-admin-binding", "A subject is bound to cluster-admin", Severity::Critical, "");
pub(crate) static BROKEN: RuleMeta =
    rule("CL001", "broken-document", "A document cannot be read", Severity::Medium, "");

pub(crate) const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      hostPID: true
      containers:
      - name: app
        image: nginx
        env:
        - name: DB_PASSWORD
          value: hunter2
        - {name: TOKEN, value: \"hunter3\"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, name: ci, namespace: build}
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: proxy
  namespace: kube-system
spec:
  template:
    spec:
      # ironhull:allow WL007 until=2027-06-30 it writes to the node's tables
      containers:
      - name: proxy
        image: proxy
";

/// A path from text: `spec/containers/0`.
pub(crate) fn path(text: &str) -> Path {
    text.split('/')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().map_or_else(|_| Segment::from(part), Segment::Index))
        .collect()
}

/// A finding about a field of an object.
pub(crate) fn finding(
    rule: &'static RuleMeta,
    object: &Arc<Object>,
    container: Option<&str>,
    at: &str,
    message: &str,
) -> Finding {
    Finding {
        rule,
        subject: Subject::Object { object: object.clone(), container: container.map(CompactString::from) },
        message: message.to_owned(),
        evidence: vec![Evidence::new(object, path(at))],
        fix: None,
        cause: None,
    }
}

/// The objects of a text.
pub(crate) fn objects(name: &str, text: &str) -> Vec<Arc<Object>> {
    world_of(name, text).objects().cloned().collect()
}

/// A report of findings alone.
pub(crate) fn report_of(findings: Vec<Finding>) -> Report {
    let mut rules: Vec<&'static RuleMeta> = findings.iter().map(|finding| finding.rule).collect();
    rules.sort_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    let inputs = InputCounts { files: 1, documents: 1, objects: 1, ..InputCounts::default() };
    Report::new(findings, Vec::new(), Vec::new(), rules, Tally::new(), inputs, "0.1.0".into())
}

/// An object as it comes from a cluster.
pub(crate) fn live(json: &str) -> Arc<Object> {
    let value: Value = serde_json::from_str(json).unwrap();
    let text = |keys: &[&str]| CompactString::from(value.dig_str(keys).unwrap_or_default());
    let key = ObjectRef {
        group: "apps".into(),
        kind: text(&["kind"]),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"]),
        copy: 0,
    };
    let origin = Origin::Cluster { uid: "1".into(), version: "2".into() };
    Arc::new(Object { key, version: "v1".into(), value, origin })
}

pub(crate) fn sample() -> Report {
    let objects = objects("deploy/web.yaml", WEB);
    let of = |kind: &str| objects.iter().find(|object| object.key.kind == kind).unwrap();
    let (web, binding, proxy) = (of("Deployment"), of("ClusterRoleBinding"), of("DaemonSet"));
    let context = "spec/template/spec/containers/0/securityContext";
    let at = |field: &str| format!("{context}/{field}");
    let set = |mut finding: Finding, value: bool, safety: Safety| {
        let path = finding.evidence[0].path.clone();
        finding.with_fix(Fix::set(path, value, safety));
        finding
    };

    let host = finding(
        &HOST_PID,
        web,
        None,
        "spec/template/spec/hostPID",
        "the pod shares the process namespace of its node",
    );
    let escalation = finding(
        &ESCALATION,
        web,
        Some("app"),
        &at("allowPrivilegeEscalation"),
        "container \"app\" does not forbid privilege escalation",
    );
    let root = finding(
        &ROOT,
        web,
        Some("app"),
        &at("runAsNonRoot"),
        "nothing keeps container \"app\" from running as root",
    );
    let writable = finding(
        &WRITABLE,
        web,
        Some("app"),
        &at("readOnlyRootFilesystem"),
        "container \"app\" may write to its root file system",
    );
    let mut password = finding(
        &PASSWORD,
        web,
        Some("app"),
        "spec/template/spec/containers/0/env/0/value",
        "environment variable \"DB_PASSWORD\" of container \"app\" holds a password",
    );
    password.with_fix(Fix::manual("Move the value into a Secret and refer to it with secretKeyRef"));
    let mut admin = finding(
        &ADMIN,
        binding,
        None,
        "subjects/0/name",
        "ServiceAccount \"ci\" may do everything in the cluster",
    );
    admin
        .also(binding, path("roleRef/name"), "the role")
        .with_fix(Fix::manual("Bind a role with the rights that are needed"));
    let platform = finding(
        &ROOT,
        proxy,
        Some("proxy"),
        &at("runAsNonRoot"),
        "nothing keeps container \"proxy\" from running as root",
    );
    let escalates = finding(
        &ESCALATION,
        proxy,
        Some("proxy"),
        &at("allowPrivilegeEscalation"),
        "container \"proxy\" does not forbid privilege escalation",
    );
    let cache = live(
        r#"{"kind": "StatefulSet", "metadata": {"name": "cache", "namespace": "shop"}, "spec": {"template": {"spec": {"hostPID": true}}}}"#,
    );
    let mut running = finding(
        &HOST_PID,
        &cache,
        None,
        "spec/template/spec/hostPID",
        "the pod shares the process namespace of its node",
    );
    running.with_fix(Fix::remove(path("spec/template/spec/hostPID"), Safety::Unsafe));
    let source = Arc::new(Source::new(
        "deploy/broken.yaml",
        "kind: Secret\nstringData:\n  a: hunter4\n  b: [hunter5\n",
    ));
    let broken = Finding {
        rule: &BROKEN,
        subject: Subject::Input { source, span: Span { start: 40, end: 41 } },
        message: "the document ends inside of a list".to_owned(),
        evidence: Vec::new(),
        fix: None,
        cause: None,
    };

    let findings = vec![
        set(host, false, Safety::Unsafe),
        set(escalation, false, Safety::Unsafe),
        set(root, true, Safety::Unsafe),
        set(writable, true, Safety::Unsafe),
        password,
        admin,
        platform,
        escalates,
        running,
        broken,
    ];
    let documents = objects.iter().map(|object| object.document().unwrap().0);
    let applied =
        Suppressions::collect(documents, &objects).apply(findings, Date::new(2026, 1, 1).unwrap(), |_| true);
    assert!(applied.problems.is_empty(), "{:?}", applied.problems);

    let open = |rule, object: &Arc<Object>, error, reason: &str| Undecided {
        rule,
        object: object.key.clone(),
        error,
        reason: reason.to_owned(),
    };
    let undecided = vec![
        open(&ADMIN, web, false, "ServiceAccount \"web\" is not in the input"),
        open(&ADMIN, proxy, false, "ServiceAccount \"proxy\" is not in the input"),
        open(&ADMIN, &cache, true, "`subjects` is not a list"),
    ];
    let tally = Tally::from([
        ("CL001", RuleTally { failed: 1, passed: 1, ..RuleTally::default() }),
        ("RB001", RuleTally { failed: 1, unknown: 2, errors: 1, ..RuleTally::default() }),
        ("SC003", RuleTally { failed: 1, passed: 2, ..RuleTally::default() }),
        ("WL002", RuleTally { failed: 2, passed: 1, ..RuleTally::default() }),
        ("WL005", RuleTally { failed: 2, passed: 1, ..RuleTally::default() }),
        ("WL007", RuleTally { failed: 1, suppressed: 1, passed: 1, ..RuleTally::default() }),
        ("WL011", RuleTally { failed: 1, passed: 1, skipped: 1, ..RuleTally::default() }),
    ]);
    let inputs = InputCounts {
        files: 3,
        documents: 4,
        objects: 4,
        rendered: 1,
        foreign: 2,
        not_evaluated: vec![
            NotEvaluated { path: "charts/a".into(), reason: "Helm chart, not rendered".into() },
            NotEvaluated { path: "charts/b".into(), reason: "Helm chart, not rendered".into() },
        ],
    };
    let rules = vec![&BROKEN, &ADMIN, &PASSWORD, &HOST_PID, &ESCALATION, &ROOT, &WRITABLE];
    Report::new(applied.kept, applied.suppressed, undecided, rules, tally, inputs, "0.1.0".into())
}

/// A report in which everything that can be named is named by an enemy.
pub(crate) fn hostile() -> Report {
    let evil = "</script><script>alert(1)</script>\u{1b}[31m\u{202e}]]>|`@all` #1 \"'";
    let json = serde_json::json!({
        "kind": evil, "metadata": {"name": evil, "namespace": evil}, "spec": {"hostPID": evil}
    });
    let object = live(&json.to_string());
    let mut one = finding(&HOST_PID, &object, Some(evil), "spec/hostPID", evil);
    one.noted(evil).also(&object, path("metadata/name"), evil).with_fix(Fix::manual(evil));
    let source = Arc::new(Source::new(evil, format!("a: {evil}\n")));
    let input = Finding {
        rule: &BROKEN,
        subject: Subject::Input { source, span: Span { start: 0, end: 9 } },
        message: evil.to_owned(),
        evidence: Vec::new(),
        fix: Some(Fix::set(path("spec").child(evil), evil, Safety::Unsafe)),
        cause: None,
    };
    let mut report = report_of(vec![one, input]);
    report.undecided.push(Undecided {
        rule: &ADMIN,
        object: object.key.clone(),
        error: true,
        reason: evil.into(),
    });
    report.inputs.not_evaluated.push(NotEvaluated { path: evil.into(), reason: evil.into() });
    report
}
