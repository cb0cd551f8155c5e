//! Policies that judge.

use super::{Ask, Case, Expect};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "pattern",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("rule r failed at path /metadata/labels/"), Expect::Denied("admission webhook \"fail.validate.ironhull.dev\" denied the request"), Expect::Denied("decision "), Expect::Code(400)],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {team: a}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::NotWarned],
            ),
        ],
    },
    Case {
        name: "any-pattern",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, anyPattern: [{metadata: {labels: {a: x}}}, {metadata: {labels: {b: x}}}]}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("validation error: m")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {b: x}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "deny",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: 'no {{ request.object.metadata.name }}', deny: {conditions: {all: [{key: '{{ request.object.metadata.name }}', operator: Equals, value: bad}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: bad}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("r: no bad")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: good}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "foreach",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, foreach: [{list: request.object.spec.containers, pattern: {image: '*:1'}}]}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{name: c, image: 'nginx:2'}]}}"),
                &[Expect::Denied("validation failure: ")],
            ),
        ],
    },
    Case {
        name: "audit",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Audit, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::NotWarned],
            ),
        ],
    },
    Case {
        name: "audit-warns",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Audit, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}], emitWarning: true}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::Warned("policy $NS.r: validation error: needs a team.")],
            ),
        ],
    },
    Case {
        name: "two-policies",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS-b, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: second, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("$NS:"), Expect::Denied("$NS-b:"), Expect::Denied("r: second")],
            ),
        ],
    },
    Case {
        name: "autogen",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: no latest, pattern: {spec: {containers: [{image: '!*:latest'}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: 'nginx:latest'}]}}}}"),
                &[Expect::Denied("autogen-r: ")],
            ),
            (
                Ask::Create("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "update",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {team: a}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Patch("/api/v1/namespaces/$NS/pods/a", "{metadata: {labels: {team: null}}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "delete",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS], names: [keep]}}]}, validate: {failureAction: Enforce, message: stays, deny: {conditions: {all: [{key: '{{ request.operation }}', operator: Equals, value: DELETE}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: keep}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Delete("/api/v1/namespaces/$NS/configmaps/keep"),
                &[Expect::Denied("r: stays")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Delete("/api/v1/namespaces/$NS/configmaps/other"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "operations",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS], operations: [CREATE], names: [x]}}]}, validate: {failureAction: Enforce, message: nope, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}"),
                &[Expect::Denied("r: nope")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "user",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}, subjects: [{kind: User, name: mallory}]}]}, validate: {failureAction: Enforce, message: not you, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::CreateAs("mallory", "devs", "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {a: b}}"),
                &[Expect::Denied("r: not you")],
            ),
            (
                Ask::CreateAs("alice", "devs", "{apiVersion: v1, kind: ConfigMap, metadata: {name: nn}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "group-exclude",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, exclude: {any: [{subjects: [{kind: Group, name: ops}]}]}, validate: {failureAction: Enforce, message: ops only, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::CreateAs("bob", "devs", "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {a: b}}"),
                &[Expect::Denied("ops only")],
            ),
            (
                Ask::CreateAs("bob", "ops", "{apiVersion: v1, kind: ConfigMap, metadata: {name: nn}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "request-fields",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: '{{ request.kind.kind }} {{ request.namespace }} {{ request.userInfo.username }} {{ request.operation }}', deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::CreateAs("carol", "devs", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("ConfigMap $NS carol CREATE")],
            ),
        ],
    },
    Case {
        name: "dry-run",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: nope, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::DryRun("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("r: nope")],
            ),
        ],
    },
    Case {
        name: "config-map",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, context: [{name: allowed, configMap: {name: allowed, namespace: $NS}}], validate: {failureAction: Enforce, message: 'not in {{ allowed.data.teams }}', deny: {conditions: {all: [{key: '{{ request.object.metadata.labels.team || ''none'' }}', operator: AnyNotIn, value: \"{{ allowed.data.teams | split(@, ',') }}\"}]}}}}]}",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: allowed, namespace: $NS}\ndata: {teams: 'a,b'}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {team: c}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("not in a,b")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {team: b}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "config-map-missing",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, context: [{name: allowed, configMap: {name: nowhere, namespace: $NS}}], validate: {failureAction: Enforce, message: m, deny: {conditions: {all: [{key: '{{ allowed.data.x }}', operator: Equals, value: y}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("failed to get configmap $NS/nowhere")],
            ),
        ],
    },
    Case {
        name: "api-call",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS], names: ['x*']}}]}, context: [{name: count, apiCall: {urlPath: '/api/v1/namespaces/$NS/configmaps', jmesPath: \"items[?starts_with(metadata.name, 'x')] | length(@)\"}}], validate: {failureAction: Enforce, message: 'there are {{ count }}', deny: {conditions: {all: [{key: '{{ count }}', operator: GreaterThanOrEquals, value: 1}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: x1}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: x2}, data: {a: b}}"),
                &[Expect::Denied("there are 1")],
            ),
        ],
    },
    Case {
        name: "namespace-selector",
        labels: "{tier: gold-s-namespace-selector}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaceSelector: {matchLabels: {tier: gold-$NS}}}}]}, validate: {failureAction: Enforce, message: gold, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("r: gold")],
            ),
        ],
    },
    Case {
        name: "overrides",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {}, failureActionOverrides: [{action: Audit, namespaces: ['$NS']}]}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "ignored-error",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {conditions: {all: [{key: '{{ request.object.spec.nothing }}', operator: Equals, value: a}]}}}}], webhookConfiguration: {failurePolicy: Ignore}}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::Warned("policy $NS.r: ")],
            ),
        ],
    },
    Case {
        name: "error-refuses",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {conditions: {all: [{key: '{{ request.object.spec.nothing }}', operator: Equals, value: a}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("r: ")],
            ),
        ],
    },
    Case {
        name: "generate-name",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {generateName: web-}, spec: {containers: [{name: c, image: a}]}}"),
                &[Expect::Denied("resource Pod/$NS/web-")],
            ),
        ],
    },
    Case {
        name: "namespaced-policy",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, validate: {failureAction: Enforce, message: mine, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("r: mine")],
            ),
        ],
    },
    Case {
        name: "namespaced-policy-elsewhere",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "secret-in-message",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Secret], namespaces: [$NS], names: [s]}}]}, validate: {failureAction: Enforce, message: 'found {{ request.object.data.password }}', deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {password: c2VjcmV0c2VjcmV0}}"),
                &[Expect::Denied("r: "), Expect::Without("c2VjcmV0c2VjcmV0")],
            ),
        ],
    },
    Case {
        name: "scale",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Deployment/scale], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: at most 3, pattern: {spec: {replicas: '<4'}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Patch("/apis/apps/v1/namespaces/$NS/deployments/a/scale", "{spec: {replicas: 9}}"),
                &[Expect::Denied("at most 3")],
            ),
            (
                Ask::Patch("/apis/apps/v1/namespaces/$NS/deployments/a/scale", "{spec: {replicas: 2}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "ephemeral",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: no debugging, deny: {conditions: {all: [{key: '{{ request.object.spec.ephemeralContainers || `[]` | length(@) }}', operator: GreaterThan, value: 0}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Patch("/api/v1/namespaces/$NS/pods/a/ephemeralcontainers", "{spec: {ephemeralContainers: [{name: d, image: b}]}}"),
                &[Expect::Denied("no debugging")],
            ),
        ],
    },
    Case {
        name: "exec",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod/exec], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: no shell, deny: {}}}]}",
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: a, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod/attach]}}]}, validate: {failureAction: Enforce, message: no terminal, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Get("/api/v1/namespaces/$NS/pods/a/exec?command=sh&stdout=true"),
                &[Expect::Denied("r: no shell")],
            ),
            (
                Ask::Get("/api/v1/namespaces/$NS/pods/a/attach?stdout=true"),
                &[Expect::Denied("r: no terminal")],
            ),
        ],
    },
    Case {
        name: "unicode",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: 'häßlich ☃', deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("häßlich ☃")],
            ),
        ],
    },
    Case {
        name: "multi-line",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: \"one\\ntwo\", deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("r: |-\n    one\n    two")],
            ),
        ],
    },
];
