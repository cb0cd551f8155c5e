//! The Pod Security Standards by labels.

use super::{Ask, Case, Expect};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    Case {
        name: "ps-none",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'nginx:1', securityContext: {privileged: true}}]}}"),
                &[Expect::Allowed, Expect::NotWarned],
            ),
        ],
    },
    Case {
        name: "ps-enforced-by-both",
        labels: "{pod-security.kubernetes.io/enforce: baseline}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: true, containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Denied("violates PodSecurity \"baseline:latest\": host namespaces (hostPID=true)"), Expect::Code(403)],
            ),
        ],
    },
    Case {
        name: "ps-warn",
        labels: "{pod-security.kubernetes.io/warn: baseline}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: true, containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed, Expect::Warned("would violate PodSecurity \"baseline:latest\": host namespaces (hostPID=true)")],
            ),
        ],
    },
    Case {
        name: "ps-controller",
        labels: "{pod-security.kubernetes.io/warn: restricted}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: 'nginx:1', securityContext: {privileged: true}}]}}}}"),
                &[Expect::Allowed, Expect::Warned("would violate PodSecurity \"restricted:latest\": privileged (container \"c\" must not set securityContext.privileged=true)")],
            ),
        ],
    },
    Case {
        name: "ps-exempt-namespace",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: true, containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
        ],
    },
    Case {
        name: "ps-bad-label",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Patch("/api/v1/namespaces/$NS", "{metadata: {labels: {pod-security.kubernetes.io/enforce: strict}}}"),
                &[Expect::Denied("must be one of privileged, baseline, restricted"), Expect::Code(422)],
            ),
        ],
    },
    Case {
        name: "ps-tightened",
        labels: "{}",
        given: &[],
        steps: &[
            (
                Ask::Create("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: true, containers: [{name: c, image: 'nginx:1'}]}}"),
                &[Expect::Allowed],
            ),
            (
                Ask::Patch("/api/v1/namespaces/$NS", "{metadata: {labels: {pod-security.kubernetes.io/enforce: baseline}}}"),
                &[Expect::Allowed, Expect::Warned("existing pods in namespace \"$NS\" violate the new PodSecurity enforce level \"baseline:latest\""), Expect::Warned("a: host namespaces")],
            ),
        ],
    },
];
