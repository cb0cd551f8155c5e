//! Why policies decide so, as it is shown.

use std::sync::Arc;

use ironhull_jmespath::Env;
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::engine::{Cluster, Compiled};
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::explain::{Hidden, Question, explain};
use ironhull_policy::kyverno::model::{Policy, PolicyException};
use ironhull_policy::kyverno::request::{Request, User};
use ironhull_report::Style;
use ironhull_report::outline::{Form, Line, Outline};
use ironhull_testkit::world_of;
use ironhull_value::Value;
use ironhull_world::Object;

/// What is explained: a policy, a resource and what goes with them.
#[derive(Default)]
struct Case<'a> {
    rules: &'a str,
    resource: &'a str,
    exception: &'a str,
    user: Option<&'a str>,
    full: bool,
}

impl Case<'_> {
    /// The rules are below `rules:` of a policy.
    fn line(&self) -> Line {
        let head = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  rules:\n";
        let policies = objects("policy.yaml", &format!("{head}{}", self.rules));
        let policies: Vec<Arc<Compiled>> = policies
            .iter()
            .map(|object| {
                let policy = Policy::read(object).expect("a policy");
                assert_eq!(policy.problems, []);
                Arc::new(Compiled::new(&Arc::new(policy)).expect("a good policy"))
            })
            .collect();
        let exceptions = objects("exception.yaml", self.exception);
        let exceptions =
            exceptions.iter().map(|object| Arc::new(PolicyException::read(object).expect("an exception")));
        let exceptions: Vec<Arc<PolicyException>> = exceptions.collect();
        assert!(exceptions.iter().all(|exception| exception.problems.is_empty()));
        let ports = Alone(Exceptions::new(exceptions));
        let object = objects("resource.yaml", self.resource).into_iter().next().expect("a resource");
        let user = self.user.map(|name| User { username: name.into(), ..User::default() });
        let hidden = Hidden::new(&object.value, []);
        let request = Request { user, ..Request::create(&object.value) };
        let question = Question { object: &object, request, rule: None, hidden: &hidden, full: self.full };
        explain(&policies, &question, &ports, &ports).expect("something to tell")
    }

    fn text(&self) -> String {
        let outline = Outline { title: String::new(), lines: vec![self.line()] };
        outline.render(Form::Text, Style::default(), self.full)
    }
}

fn objects(name: &str, text: &str) -> Vec<Arc<Object>> {
    world_of(name, text).objects().cloned().collect()
}

struct Alone(Exceptions);

impl Ports for Alone {
    fn env(&self) -> Env<'_> {
        Env::default()
    }

    fn config_map(&self, _: &str, name: &str) -> Option<Result<Value, String>> {
        let map = r#"{"data": {"registry": "registry.example.com"}}"#;
        Some(if name == "settings" {
            Ok(serde_json::from_str(map).unwrap())
        } else {
            Err(format!("no {name}"))
        })
    }

    fn api_call(&self, _: &Value) -> Option<Result<Value, String>> {
        None
    }

    fn global(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }

    fn image(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        Some(&self.0)
    }
}

impl Cluster for Alone {
    fn get(&self, _: &str, _: &str, _: &str, _: &str) -> Result<Option<Value>, String> {
        Ok(None)
    }

    fn list(&self, _: &str, _: &str, _: &str, _: Option<&Value>) -> Result<Vec<Value>, String> {
        Ok(Vec::new())
    }
}

const POD: &str = "apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web, tier: test}
spec:
  containers:
  - name: first
    image: registry.example.com/first:1.2
  - name: second
    image: nginx:latest
    ports: [{containerPort: 80, hostPort: 80}]
  volumes:
  - name: data
    hostPath: {path: /data}
";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx:latest
";

#[test]
fn a_leaf_under_a_list_fails() {
    let rules = "  - name: tags
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: Say which version.
      pattern:
        spec:
          containers:
          - name: '*'
            image: '!*:latest'
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
    insta::assert_snapshot!(
        "everything",
        Case { rules, resource: POD, full: true, ..Case::default() }.text()
    );
}

#[test]
fn a_condition_of_a_pattern_does_not_hold() {
    let rules = "  - name: databases
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      pattern:
        metadata:
          labels:
            (app): db*
        spec:
          volumes: [{name: '?*'}]
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn a_negation_and_an_existence_fail() {
    let rules = "  - name: no-host-path
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      pattern: {spec: {=(volumes): [{X(hostPath): null}]}}
  - name: a-sidecar
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      pattern: {spec: {^(containers): [{image: sidecar:*}]}}
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn a_label_excludes() {
    let rules = "  - name: excluded
    match: {any: [{resources: {kinds: [Pod], namespaces: [sh*]}}]}
    exclude:
      any:
      - resources: {kinds: [Pod], selector: {matchLabels: {tier: test}}}
      - resources: {namespaces: [other]}
    validate: {deny: {}}
  - name: other-parts
    match:
      any:
      - resources: {kinds: [Pod], names: [db*], operations: [UPDATE]}
      - resources: {kinds: [Pod]}
        subjects: [{kind: User, name: alice}]
    validate: {deny: {}}
";
    insta::assert_snapshot!(Case { rules, resource: POD, user: Some("bob"), ..Case::default() }.text());
}

#[test]
fn a_variable_does_not_resolve() {
    let rules = "  - name: unresolved
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      pattern:
        metadata:
          labels:
            owner: '{{ request.object.metadata.annotations.owner }}'
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn preconditions_and_entries_of_the_context_are_told() {
    let rules = "  - name: once
    match: {any: [{resources: {kinds: [Pod]}}]}
    context:
    - name: settings
      configMap: {name: settings, namespace: shop}
    - name: missing
      configMap: {name: missing, namespace: shop}
    preconditions:
      any:
      - {key: '{{ request.object.metadata.labels.app }}', operator: Equals, value: db}
      - {key: '{{ settings.data.registry }}', operator: AnyIn, value: [a, b]}
      all:
      - {key: '{{ request.operation }}', operator: NotEquals, value: DELETE}
    validate: {deny: {}}
  - name: twice
    match: {any: [{resources: {kinds: [Pod]}}]}
    context:
    - name: missing
      configMap: {name: missing, namespace: shop}
    preconditions:
      all:
      - {key: '{{ missing.data.x }}', operator: Equals, value: x}
    validate: {deny: {}}
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn each_element_of_a_list_is_told() {
    let rules = "  - name: each
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: From our registry.
      foreach:
      - list: request.object.spec.containers
        preconditions:
          all:
          - {key: '{{ element.name }}', operator: NotEquals, value: none}
        pattern:
          image: registry.example.com/*
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn each_alternative_is_told() {
    let rules = "  - name: fails
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: One of these.
      anyPattern:
      - metadata: {labels: {app: db}}
      - spec: {hostNetwork: true}
  - name: passes
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      anyPattern:
      - metadata: {labels: {app: db}}
      - metadata: {labels: {app: web}}
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn a_condition_denies() {
    let rules = "  - name: registries
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: 'Not from {{ images.containers.second.registry }}.'
      deny:
        conditions:
          any:
          - {key: '{{ request.object.metadata.name }}', operator: Equals, value: db}
          - key: '{{ images.containers.*.registry }}'
            operator: AnyIn
            value: [docker.io, quay.io]
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn a_change_is_shown_as_a_difference() {
    let rules = "  - name: label
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate:
      patchStrategicMerge:
        metadata:
          labels: {tier: prod, +(team): '{{ request.object.metadata.namespace }}'}
        spec:
          containers:
          - (image): '*:latest'
            imagePullPolicy: Always
  - name: ports
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate:
      foreach:
      - list: request.object.spec.containers
        patchesJson6902: |-
          - {op: remove, path: '/spec/containers/{{ elementIndex }}/ports'}
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn what_would_be_made_is_shown() {
    let rules = "  - name: close
    match: {any: [{resources: {kinds: [Namespace]}}]}
    generate:
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      name: closed
      namespace: '{{ request.object.metadata.name }}'
      data: {spec: {podSelector: {}, policyTypes: [Ingress]}}
";
    let resource = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    insta::assert_snapshot!(Case { rules, resource, ..Case::default() }.text());
}

#[test]
fn each_check_of_pod_security_is_told() {
    let rules = "  - name: baseline
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      podSecurity:
        level: baseline
        version: latest
        exclude: [{controlName: HostPath Volumes}]
";
    insta::assert_snapshot!(Case { rules, resource: POD, ..Case::default() }.text());
}

#[test]
fn an_exception_applies() {
    let rules = "  - name: nothing
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {deny: {}}
";
    let exception = "apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: web, namespace: shop}
spec:
  match: {any: [{resources: {kinds: [Pod], names: [web]}}]}
  exceptions: [{policyName: p, ruleNames: [nothing]}]
---
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: db, namespace: shop}
spec:
  match: {any: [{resources: {kinds: [Pod]}}]}
  conditions:
    all:
    - {key: '{{ request.object.metadata.labels.app }}', operator: Equals, value: db}
  exceptions: [{policyName: p, ruleNames: [nothing]}]
";
    insta::assert_snapshot!(Case { rules, resource: POD, exception, ..Case::default() }.text());
}

#[test]
fn a_made_rule_points_at_what_it_was_made_from() {
    let rules = "  - name: tags
    match: {any: [{resources: {kinds: [Pod]}}]}
    preconditions:
      all:
      - {key: '{{ request.object.spec.containers[0].name }}', operator: Equals, value: c}
    validate:
      pattern: {spec: {containers: [{image: '!*:latest'}]}}
";
    insta::assert_snapshot!(Case { rules, resource: DEPLOYMENT, ..Case::default() }.text());
}

#[test]
fn no_value_of_a_secret_is_shown() {
    let rules = "  - name: password
    match: {any: [{resources: {kinds: [Secret]}}]}
    context:
    - name: whole
      variable: {value: '{{ request.object }}'}
    preconditions:
      all:
      - {key: '{{ whole.data.password }}', operator: NotEquals, value: x}
      - {key: \"{{ base64_decode(whole.data.password) }}\", operator: NotEquals, value: 'hunter2'}
    validate:
      pattern: {data: {password: 'x*'}}
  - name: said
    match: {any: [{resources: {kinds: [Secret]}}]}
    validate:
      message: 'It is {{ base64_decode(request.object.data.password) }}'
      deny: {conditions: {all: [{key: '{{ request.object.data.password }}', operator: Equals, value: 'aHVu*'}]}}
";
    let resource = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: aHVudGVyMg==}\n";
    let case = Case { rules, resource, full: true, ..Case::default() };
    let outline = Outline { title: String::new(), lines: vec![case.line()] };
    for form in [Form::Text, Form::Json, Form::Markdown, Form::Html] {
        let shown = outline.render(form, Style::default(), true);
        assert!(!shown.contains("hunter2\"") && !shown.contains("aHVudGVyMg"), "{shown}");
        assert!(!shown.contains("is hunter2"), "{shown}");
    }
    insta::assert_snapshot!(case.text());
}

#[test]
fn a_resource_that_no_policy_is_about_gets_a_sentence() {
    let rules = "  - name: r
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {deny: {}}
";
    let resource = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let text = Case { rules, resource, ..Case::default() }.text();
    assert!(text.contains("No policy is about ConfigMap c."), "{text}");
}
