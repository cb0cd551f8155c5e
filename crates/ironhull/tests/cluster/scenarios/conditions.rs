//! Match conditions, which the API server evaluates before it asks.

use super::{Ask, Case, Expect};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "condition-holds-or-not",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {matchConditions: [{name: for-bob, expression: \"request.userInfo.username == 'bob'\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: not for bob, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::CreateAs("bob", "a", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"),
                &[Expect::Denied("not for bob"), Expect::Denied("admission webhook \"$NS.own.validate.ironhull.dev\" denied the request")],
            ),
            (
                Ask::CreateAs("alice", "a", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Get("/apis/kyverno.io/v1/clusterpolicies/$NS"),
                &[Expect::Is("/status/ready", "true")],
            ),
        ],
    },
    Case {
        name: "condition-errs-fail",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {failurePolicy: Fail, matchConditions: [{name: own, expression: \"request.namespace == '$NS'\"}, {name: errs, expression: \"object.data.nobody == 'x'\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("no such key: nobody")],
            ),
        ],
    },
    Case {
        name: "condition-errs-ignore",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {failurePolicy: Ignore, matchConditions: [{name: errs, expression: \"object.data.nobody == 'x'\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: ignored but asked, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {nobody: x}}"),
                &[Expect::Denied("ignored but asked")],
            ),
        ],
    },
    Case {
        name: "condition-one-is-false",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {matchConditions: [{name: own, expression: \"request.namespace == '$NS'\"}, {name: errs, expression: \"object.data.nobody == 'x'\"}, {name: never, expression: \"1 == 2\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "condition-of-a-change",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {matchConditions: [{name: marked, expression: \"has(object.data) && 'mark' in object.data\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {marked: 'yes'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {mark: b}}"),
                &[Expect::Is("/metadata/labels/marked", "'yes'")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {a: b}}"),
                &[Expect::Allowed, Expect::Absent("/metadata/labels/marked")],
            ),
        ],
    },
    Case {
        name: "condition-of-a-namespace",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: own, namespace: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {matchConditions: [{name: errs, expression: \"object.data.nobody == 'x'\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap, Namespace]}}]}, validate: {failureAction: Enforce, message: m, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Denied("no such key: nobody")],
            ),
            // Its author says nothing of other namespaces, nor by a condition that errs.
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: s-condition-elsewhere}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::DryRun("{apiVersion: v1, kind: Namespace, metadata: {name: s-condition-made}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "condition-elsewhere",
        labels: "{}",
        given: &[],
        steps: &[],
    },
    Case {
        // The API server would refuse the registration of all for it.
        name: "condition-not-taken",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {webhookConfiguration: {matchConditions: [{name: broken, expression: \"object.data[\"}]}, rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: m, deny: {}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Get("/apis/kyverno.io/v1/clusterpolicies/$NS"),
                &[Expect::Is("/status/ready", "false"), Expect::Is("/status/conditions/0/status", "'False'")],
            ),
        ],
    },
];
