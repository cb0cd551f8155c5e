//! Which kinds carry pods, and where.

use ironhull_value::CompactString;

use crate::GroupKind;

/// What stands at the end of a carrier's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `metadata` and `spec`, as in a Pod or a pod template.
    Template,
    /// A pod's spec alone.
    PodSpec,
    /// One container, or a list of them.
    Container,
}

/// One place in one kind that holds a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// API group of the kind.
    pub group: CompactString,
    /// The kind.
    pub kind: CompactString,
    /// Members from the object's root; `*` stands for every item of a list. Empty for the object itself.
    pub path: Vec<CompactString>,
    /// What stands there.
    pub shape: Shape,
}

impl Carrier {
    /// A carrier from a path in dots: `spec.templates[*].container`.
    pub fn new(group: &str, kind: &str, path: &str, shape: Shape) -> Self {
        let path = path.replace("[*]", ".*");
        Self {
            group: group.into(),
            kind: kind.into(),
            path: path.split('.').filter(|part| !part.is_empty()).map(CompactString::from).collect(),
            shape,
        }
    }
}

/// The places to look for pods: the built-in kinds, well-known custom ones, and what the user adds.
#[derive(Clone, Debug)]
pub struct Carriers(Vec<Carrier>);

impl Default for Carriers {
    fn default() -> Self {
        Self(TABLE.iter().map(|(group, kind, path, shape)| Carrier::new(group, kind, path, *shape)).collect())
    }
}

impl Carriers {
    /// Adds a place.
    pub fn add(&mut self, carrier: Carrier) {
        self.0.push(carrier);
    }

    /// The places of a kind.
    pub fn of(&self, kind: GroupKind<'_>) -> impl Iterator<Item = &Carrier> {
        self.0.iter().filter(move |carrier| carrier.kind == kind.kind && carrier.group == kind.group)
    }

    /// The kinds that have a place, each once.
    pub fn kinds(&self) -> Vec<GroupKind<'_>> {
        let mut kinds: Vec<_> =
            self.0.iter().map(|carrier| GroupKind::new(&carrier.group, &carrier.kind)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

const TABLE: &[(&str, &str, &str, Shape)] = &[
    ("", "Pod", "", Shape::Template),
    ("", "PodTemplate", "template", Shape::Template),
    ("", "ReplicationController", "spec.template", Shape::Template),
    ("apps", "DaemonSet", "spec.template", Shape::Template),
    ("apps", "Deployment", "spec.template", Shape::Template),
    ("apps", "ReplicaSet", "spec.template", Shape::Template),
    ("apps", "StatefulSet", "spec.template", Shape::Template),
    ("extensions", "DaemonSet", "spec.template", Shape::Template),
    ("extensions", "Deployment", "spec.template", Shape::Template),
    ("extensions", "ReplicaSet", "spec.template", Shape::Template),
    ("batch", "Job", "spec.template", Shape::Template),
    ("batch", "CronJob", "spec.jobTemplate.spec.template", Shape::Template),
    // OpenShift
    ("apps.openshift.io", "DeploymentConfig", "spec.template", Shape::Template),
    // Argo
    ("argoproj.io", "Rollout", "spec.template", Shape::Template),
    ("argoproj.io", "Workflow", "spec.templates[*].container", Shape::Container),
    ("argoproj.io", "Workflow", "spec.templates[*].script", Shape::Container),
    ("argoproj.io", "Workflow", "spec.templates[*].initContainers", Shape::Container),
    ("argoproj.io", "Workflow", "spec.templates[*].sidecars", Shape::Container),
    ("argoproj.io", "WorkflowTemplate", "spec.templates[*].container", Shape::Container),
    ("argoproj.io", "WorkflowTemplate", "spec.templates[*].script", Shape::Container),
    ("argoproj.io", "ClusterWorkflowTemplate", "spec.templates[*].container", Shape::Container),
    ("argoproj.io", "ClusterWorkflowTemplate", "spec.templates[*].script", Shape::Container),
    ("argoproj.io", "CronWorkflow", "spec.workflowSpec.templates[*].container", Shape::Container),
    ("argoproj.io", "CronWorkflow", "spec.workflowSpec.templates[*].script", Shape::Container),
    // Knative
    ("serving.knative.dev", "Service", "spec.template", Shape::Template),
    ("serving.knative.dev", "Configuration", "spec.template", Shape::Template),
    ("serving.knative.dev", "Revision", "", Shape::Template),
    // KEDA
    ("keda.sh", "ScaledJob", "spec.jobTargetRef.template", Shape::Template),
    // Tekton
    ("tekton.dev", "Task", "spec.steps", Shape::Container),
    ("tekton.dev", "Task", "spec.sidecars", Shape::Container),
    ("tekton.dev", "TaskRun", "spec.taskSpec.steps", Shape::Container),
    ("tekton.dev", "Pipeline", "spec.tasks[*].taskSpec.steps", Shape::Container),
    ("tekton.dev", "PipelineRun", "spec.pipelineSpec.tasks[*].taskSpec.steps", Shape::Container),
    // Spark
    ("sparkoperator.k8s.io", "SparkApplication", "spec.driver.template", Shape::Template),
    ("sparkoperator.k8s.io", "SparkApplication", "spec.executor.template", Shape::Template),
    // LeaderWorkerSet
    (
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        "spec.leaderWorkerTemplate.leaderTemplate",
        Shape::Template,
    ),
    (
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        "spec.leaderWorkerTemplate.workerTemplate",
        Shape::Template,
    ),
    // Agent Sandbox
    ("agents.x-k8s.io", "Sandbox", "spec.podTemplate", Shape::Template),
    ("extensions.agents.x-k8s.io", "SandboxTemplate", "spec.podTemplate", Shape::Template),
];
