//! What must not go wrong.

use super::{Ask, Case, Expect};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "exempt",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: nope, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "not-understood",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {}, somethingElse: 1}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Get("/apis/kyverno.io/v1/clusterpolicies/$NS"),
                &[Expect::Is("/status/ready", "false"), Expect::Is("/status/conditions/0/type", "Ready"), Expect::Is("/status/conditions/0/status", "'False'")],
            ),
        ],
    },
    Case {
        name: "half-understood",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: one, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: half, deny: {}}}, {name: two, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, verifyImages: [{imageReferences: ['*'], attestors: [{entries: [{keys: {publicKeys: k}}]}]}]}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "ready-status",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS], names: [never]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Get("/apis/kyverno.io/v1/clusterpolicies/$NS"),
                &[Expect::Is("/status/ready", "true")],
            ),
        ],
    },
    Case {
        name: "policy-warned-of",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: $NS-written, labels: {of: scenarios}}, spec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [nowhere]}}]}, validate: {mesage: x, deny: {}}}]}}"),
                &[Expect::Allowed, Expect::Warned("this policy is not enforced: spec.rules[0].validate.mesage: unknown field")],
            ),
        ],
    },
    Case {
        name: "deputy-config-map",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, context: [{name: x, configMap: {name: kube-root-ca.crt, namespace: kube-system}}], validate: {failureAction: Enforce, message: 'stolen {{ x.data }}', deny: {conditions: {all: [{key: '{{ x.data }}', operator: NotEquals, value: ''}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("is different from policy namespace"), Expect::Without("BEGIN CERTIFICATE")],
            ),
        ],
    },
    Case {
        name: "deputy-api-call",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, context: [{name: x, apiCall: {urlPath: /api/v1/namespaces/kube-system/configmaps}}], validate: {failureAction: Enforce, message: 'stolen {{ x.items }}', deny: {conditions: {all: [{key: '{{ x.items }}', operator: NotEquals, value: ''}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("refers to another namespace than that of the policy"), Expect::Without("BEGIN CERTIFICATE")],
            ),
        ],
    },
    Case {
        name: "deputy-by-variable",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, context: [{name: x, apiCall: {urlPath: '/api/v1/namespaces/{{ request.object.data.where }}/configmaps'}}], validate: {failureAction: Enforce, message: 'stolen {{ x.items }}', deny: {conditions: {all: [{key: '{{ x.items }}', operator: NotEquals, value: ''}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {where: kube-system}}"),
                &[Expect::Denied("refers to another namespace")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {where: '$NS/../kube-system'}}"),
                &[Expect::Denied("refers to another namespace")],
            ),
        ],
    },
    Case {
        name: "path-of-a-requester",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, context: [{name: x, apiCall: {urlPath: '/api/v1/namespaces/{{ request.object.data.where }}/configmaps'}}], validate: {failureAction: Enforce, message: 'found {{ x.items }}', deny: {conditions: {all: [{key: '{{ x.items }}', operator: NotEquals, value: ''}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {where: '../../../version'}}"),
                &[Expect::Denied("is not a plain path")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {where: 'a%2f..%2fkube-system'}}"),
                &[Expect::Denied("is not a plain path")],
            ),
        ],
    },
    Case {
        name: "deputy-service",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap]}}]}, context: [{name: x, apiCall: {method: POST, service: {url: 'http://169.254.169.254/latest'}}}], validate: {failureAction: Enforce, message: m, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "deputy-elsewhere",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: ['*']}}]}, validate: {failureAction: Enforce, message: everywhere, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("everywhere")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: free-$NS, namespace: default}, data: {}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "events-go-on",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: ['*'], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: nothing at all, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("nothing at all")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Secret, metadata: {name: s}}"),
                &[Expect::Denied("nothing at all")],
            ),
        ],
    },
    Case {
        name: "quantity",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: too much, pattern: {spec: {containers: [{resources: {limits: {memory: '<=1Gi'}}}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1', resources: {limits: {memory: 2Gi}}}]}}"),
                &[Expect::Denied("too much")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1', resources: {limits: {memory: 512Mi}}}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
];
