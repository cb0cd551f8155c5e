//! Policies that change.

use super::{Ask, Case, Expect};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "merge",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {added: 'yes'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::Is("/metadata/labels/added", "'yes'")],
            ),
        ],
    },
    Case {
        name: "add-if-absent",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {+(team): none}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Is("/metadata/labels/team", "none")],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {team: a}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Is("/metadata/labels/team", "a")],
            ),
        ],
    },
    Case {
        name: "json-patch",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, mutate: {patchesJson6902: \"- {op: add, path: /data/more, value: x}\"}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Is("/data/more", "x"), Expect::Is("/data/a", "b")],
            ),
        ],
    },
    Case {
        name: "foreach-mutate",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {foreach: [{list: request.object.spec.containers, patchStrategicMerge: {spec: {containers: [{name: '{{ element.name }}', imagePullPolicy: Always}]}}}]}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1', imagePullPolicy: IfNotPresent}]}}"),
                &[Expect::Is("/spec/containers/0/imagePullPolicy", "Always")],
            ),
        ],
    },
    Case {
        name: "chain",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS-a, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {one: '1'}}}}}]}",
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS-b, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {two: '{{ request.object.metadata.labels.one }}2'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Is("/metadata/labels/two", "'12'")],
            ),
        ],
    },
    Case {
        name: "then-judged",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS-a, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {+(team): x}}}}}]}",
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS-b, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::Is("/metadata/labels/team", "x")],
            ),
        ],
    },
    Case {
        name: "mutate-error",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {x: '{{ request.object.spec.nothing }}'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("mutation policy $NS error: failed to apply policy $NS rules [r: ")],
            ),
        ],
    },
    Case {
        name: "mutate-error-ignored",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {x: '{{ request.object.spec.nothing }}'}}}}}], failurePolicy: Ignore}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::Absent("/metadata/labels/x"), Expect::Warned("policy $NS.r: ")],
            ),
        ],
    },
    Case {
        name: "mutate-dry-run",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {added: 'yes'}}}}}]}",
        ],
        steps: &[
            (
                Ask::DryRun("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Is("/metadata/labels/added", "'yes'")],
            ),
            (
                Ask::Get("/api/v1/namespaces/$NS/pods/a"),
                &[Expect::Code(404)],
            ),
        ],
    },
    Case {
        name: "mutate-update",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {annotations: {last: '{{ request.operation }}'}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Is("/metadata/annotations/last", "CREATE")],
            ),
            (
                Ask::Patch("/api/v1/namespaces/$NS/configmaps/a", "{data: {n: m}}"),
                &[Expect::Is("/metadata/annotations/last", "UPDATE")],
            ),
        ],
    },
    Case {
        name: "mutate-autogen",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {spec: {containers: [{(name): '*', imagePullPolicy: Always}]}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}}"),
                &[Expect::Is("/spec/template/spec/containers/0/imagePullPolicy", "Always")],
            ),
        ],
    },
    Case {
        name: "keys-with-slashes",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {annotations: {'a.b/c-d': x}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"),
                &[Expect::Is("/metadata/annotations/a.b~1c-d", "x")],
            ),
        ],
    },
    Case {
        name: "nothing-to-change",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [$NS]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {a: b}}}}}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a: b}}, data: {a: b}}"),
                &[Expect::Allowed, Expect::Is("/metadata/labels", "{a: b}")],
            ),
        ],
    },
];
