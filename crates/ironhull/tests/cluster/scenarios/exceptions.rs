//! What is let through on purpose.

use super::{Ask, Case, Expect};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "excepted",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: ironhull.dev/v1alpha1\nkind: Exception\nmetadata: {name: $NS, namespace: ironhull-system}\nspec: {owner: team, reason: because, expires: '2099-01-01T00:00:00Z', match: {namespaces: [$NS], names: [old]}, policies: [{name: $NS}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: old}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: new}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "excepted-by-label",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: ironhull.dev/v1alpha1\nkind: Exception\nmetadata: {name: $NS, namespace: ironhull-system}\nspec: {owner: team, reason: because, expires: '2099-01-01T00:00:00Z', match: {namespaces: [$NS], labels: {legacy: 'true'}}, policies: [{name: $NS}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: x, labels: {legacy: 'true'}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: yy}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "excepted-rule",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: one, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}, {name: two, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: two, deny: {}}}]}",
            "apiVersion: ironhull.dev/v1alpha1\nkind: Exception\nmetadata: {name: $NS, namespace: ironhull-system}\nspec: {owner: team, reason: because, expires: '2099-01-01T00:00:00Z', match: {namespaces: [$NS]}, policies: [{name: $NS, rules: [one]}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("two: two"), Expect::Without("one:")],
            ),
        ],
    },
    Case {
        name: "ended",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: ironhull.dev/v1alpha1\nkind: Exception\nmetadata: {name: $NS, namespace: ironhull-system}\nspec: {owner: team, reason: because, expires: '2020-01-01T00:00:00Z', match: {namespaces: [$NS]}, policies: [{name: $NS}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "from-elsewhere",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: ironhull.dev/v1alpha1\nkind: Exception\nmetadata: {name: $NS, namespace: $NS}\nspec: {owner: team, reason: because, expires: '2099-01-01T00:00:00Z', match: {namespaces: [$NS]}, policies: [{name: $NS}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "kyverno-exception-elsewhere",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: x, namespace: $NS}\nspec: {match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, exceptions: [{policyName: $NS, ruleNames: ['*']}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "kyverno-exception",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: $NS-x, namespace: ironhull-system}\nspec: {match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, exceptions: [{policyName: $NS, ruleNames: ['*']}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "other-namespace",
        labels: "{}",
        given: &[
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: $NS, labels: {of: scenarios}}\nspec: {rules: [{name: r, match: {any: [{resources: {kinds: [Pod], namespaces: [$NS]}}]}, validate: {failureAction: Enforce, message: needs a team, pattern: {metadata: {labels: {team: '?*'}}}}}]}",
            "apiVersion: ironhull.dev/v1alpha1\nkind: Exception\nmetadata: {name: $NS, namespace: ironhull-system}\nspec: {owner: team, reason: because, expires: '2099-01-01T00:00:00Z', match: {namespaces: [somewhere-else]}, policies: [{name: $NS}]}",
        ],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("needs a team")],
            ),
        ],
    },
    Case {
        name: "exception-warns",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: ironhull.dev/v1alpha1, kind: Exception, metadata: {name: bad-$NS, namespace: ironhull-system}, spec: {owner: a, reason: b, expires: '2099-01-01T00:00:00Z', match: {namespaces: [a]}, podSecurity: {checks: [nonsense]}}}"),
                &[Expect::Allowed, Expect::Warned("there is no check \"nonsense\"")],
            ),
        ],
    },
];
