//! Which lists of Kubernetes objects merge by key.
//!
//! The facts are the patch strategies of the Kubernetes 1.21 OpenAPI document, which is what the version of
//! kustomize inside Kyverno 1.19 carries: lists that later versions of Kubernetes merge, and kinds that
//! came later, are replaced as a whole. Fields that lead to no such list are left out.

/// What is known about the type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// Nothing: an object in it that says what kind it is will be looked up.
    Unknown,
    /// A known type without lists that merge.
    Plain,
    /// A known object.
    Object(&'static [(&'static str, Schema)]),
    /// A list that merges.
    Merge(&'static [&'static str], &'static Schema),
}

impl Schema {
    /// The type of objects of this kind.
    pub(super) fn of(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let found = KINDS.iter().find(|entry| {
            entry.group == group && entry.versions.contains(&version) && entry.names.contains(&kind)
        });
        match found {
            Some(entry) => entry.schema,
            None if is_built_in_list(group, version, kind) => Self::Plain,
            None => Self::Unknown,
        }
    }

    /// The type of a member. Of members that are left out here nothing is known, which differs from the full
    /// document only where a known member names a kind and holds lists: `data` of a `ControllerRevision`.
    pub(super) fn field(self, name: &str) -> Self {
        match self {
            Self::Object(fields) => {
                fields.iter().find(|(field, _)| *field == name).map_or(Self::Unknown, |(_, schema)| *schema)
            }
            Self::Unknown | Self::Plain | Self::Merge(..) => Self::Unknown,
        }
    }
}

/// Lists of built-in kinds are types of their own, in which nothing merges. `v1 List` is none.
fn is_built_in_list(group: &str, version: &str, kind: &str) -> bool {
    kind.strip_suffix("List").is_some_and(|item| {
        KINDS.iter().any(|entry| {
            entry.group == group && entry.versions.contains(&version) && entry.names.contains(&item)
        })
    })
}

struct Kinds {
    group: &'static str,
    versions: &'static [&'static str],
    names: &'static [&'static str],
    schema: Schema,
}

const fn kinds(
    group: &'static str,
    versions: &'static [&'static str],
    names: &'static [&'static str],
    schema: Schema,
) -> Kinds {
    Kinds { group, versions, names, schema }
}

const V1: &[&str] = &["v1"];
const V1_AND_BETA: &[&str] = &["v1", "v1beta1"];
const BETA: &[&str] = &["v1beta1"];

const KINDS: &[Kinds] = &[
    kinds("", V1, &["Pod"], POD),
    kinds("", V1, &["Service"], SERVICE),
    kinds("", V1, &["ServiceAccount"], SERVICE_ACCOUNT),
    kinds("", V1, &["Node"], NODE),
    kinds("", V1, &["PodTemplate"], POD_TEMPLATE_SPEC_OWNER),
    kinds("", V1, &["ComponentStatus"], WITH_CONDITIONS),
    kinds("", V1, &["Namespace", "PersistentVolumeClaim"], WITH_STATUS),
    kinds("", V1, &["ReplicationController"], WORKLOAD),
    kinds(
        "",
        V1,
        &[
            "Binding",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolume",
            "ResourceQuota",
            "Secret",
        ],
        METADATA_ONLY,
    ),
    kinds("apps", V1, &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], WORKLOAD),
    kinds("apps", V1, &["ControllerRevision"], CONTROLLER_REVISION),
    kinds("batch", V1, &["Job"], WORKLOAD),
    kinds("batch", V1_AND_BETA, &["CronJob"], CRON_JOB),
    kinds(
        "admissionregistration.k8s.io",
        V1_AND_BETA,
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        WEBHOOKS,
    ),
    kinds("apiregistration.k8s.io", V1_AND_BETA, &["APIService"], WITH_STATUS),
    kinds("policy", V1_AND_BETA, &["PodDisruptionBudget"], WITH_STATUS),
    kinds("policy", BETA, &["Eviction", "PodSecurityPolicy"], METADATA_ONLY),
    kinds("storage.k8s.io", V1_AND_BETA, &["CSINode"], CSI_NODE),
    kinds("storage.k8s.io", V1_AND_BETA, &["CSIDriver", "StorageClass", "VolumeAttachment"], METADATA_ONLY),
    kinds("storage.k8s.io", BETA, &["CSIStorageCapacity"], METADATA_ONLY),
    kinds("apiextensions.k8s.io", V1_AND_BETA, &["CustomResourceDefinition"], METADATA_ONLY),
    kinds("authentication.k8s.io", V1, &["TokenRequest"], METADATA_ONLY),
    kinds("authentication.k8s.io", V1_AND_BETA, &["TokenReview"], METADATA_ONLY),
    kinds(
        "authorization.k8s.io",
        V1_AND_BETA,
        &[
            "LocalSubjectAccessReview",
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ],
        METADATA_ONLY,
    ),
    kinds("autoscaling", V1, &["Scale"], METADATA_ONLY),
    kinds("autoscaling", &["v1", "v2beta1", "v2beta2"], &["HorizontalPodAutoscaler"], METADATA_ONLY),
    kinds("certificates.k8s.io", V1_AND_BETA, &["CertificateSigningRequest"], METADATA_ONLY),
    kinds("coordination.k8s.io", V1_AND_BETA, &["Lease"], METADATA_ONLY),
    kinds("discovery.k8s.io", V1_AND_BETA, &["EndpointSlice"], METADATA_ONLY),
    kinds("events.k8s.io", V1_AND_BETA, &["Event"], METADATA_ONLY),
    kinds("extensions", BETA, &["Ingress"], METADATA_ONLY),
    kinds("flowcontrol.apiserver.k8s.io", BETA, &["FlowSchema", "PriorityLevelConfiguration"], METADATA_ONLY),
    kinds("networking.k8s.io", V1, &["NetworkPolicy"], METADATA_ONLY),
    kinds("networking.k8s.io", V1_AND_BETA, &["Ingress", "IngressClass"], METADATA_ONLY),
    kinds("node.k8s.io", V1_AND_BETA, &["RuntimeClass"], METADATA_ONLY),
    kinds(
        "rbac.authorization.k8s.io",
        V1_AND_BETA,
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        METADATA_ONLY,
    ),
    kinds("scheduling.k8s.io", V1_AND_BETA, &["PriorityClass"], METADATA_ONLY),
    kinds("kustomize.config.k8s.io", BETA, &["Kustomization"], KUSTOMIZATION),
];

const PLAIN: Schema = Schema::Plain;
const BY_NAME: Schema = Schema::Merge(&["name"], &PLAIN);
const BY_TYPE: Schema = Schema::Merge(&["type"], &PLAIN);
const BY_IP: Schema = Schema::Merge(&["ip"], &PLAIN);
/// Items are texts and their own keys.
const SET: Schema = Schema::Merge(&[], &PLAIN);

const METADATA: Schema =
    Schema::Object(&[("finalizers", SET), ("ownerReferences", Schema::Merge(&["uid"], &PLAIN))]);
const METADATA_ONLY: Schema = Schema::Object(&[("metadata", METADATA)]);

const CONDITIONS: Schema = Schema::Object(&[("conditions", BY_TYPE)]);
const WITH_CONDITIONS: Schema = Schema::Object(&[("metadata", METADATA), ("conditions", BY_TYPE)]);
const WITH_STATUS: Schema = Schema::Object(&[("metadata", METADATA), ("status", CONDITIONS)]);

const CONTAINER: Schema = Schema::Object(&[
    ("env", BY_NAME),
    ("ports", Schema::Merge(&["containerPort", "protocol"], &PLAIN)),
    ("volumeDevices", BY_DEVICE_PATH),
    ("volumeMounts", BY_MOUNT_PATH),
]);
const EPHEMERAL_CONTAINER: Schema =
    Schema::Object(&[("env", BY_NAME), ("volumeDevices", BY_DEVICE_PATH), ("volumeMounts", BY_MOUNT_PATH)]);
const BY_DEVICE_PATH: Schema = Schema::Merge(&["devicePath"], &PLAIN);
const BY_MOUNT_PATH: Schema = Schema::Merge(&["mountPath"], &PLAIN);
const VOLUME: Schema =
    Schema::Object(&[("ephemeral", Schema::Object(&[("volumeClaimTemplate", METADATA_ONLY)]))]);
const POD_SPEC: Schema = Schema::Object(&[
    ("containers", Schema::Merge(&["name"], &CONTAINER)),
    ("ephemeralContainers", Schema::Merge(&["name"], &EPHEMERAL_CONTAINER)),
    ("hostAliases", BY_IP),
    ("imagePullSecrets", BY_NAME),
    ("initContainers", Schema::Merge(&["name"], &CONTAINER)),
    ("topologySpreadConstraints", Schema::Merge(&["topologyKey", "whenUnsatisfiable"], &PLAIN)),
    ("volumes", Schema::Merge(&["name"], &VOLUME)),
]);
const POD_STATUS: Schema = Schema::Object(&[("conditions", BY_TYPE), ("podIPs", BY_IP)]);
const POD: Schema = Schema::Object(&[("metadata", METADATA), ("spec", POD_SPEC), ("status", POD_STATUS)]);

const POD_TEMPLATE: Schema = Schema::Object(&[("metadata", METADATA), ("spec", POD_SPEC)]);
const POD_TEMPLATE_SPEC_OWNER: Schema = Schema::Object(&[("metadata", METADATA), ("template", POD_TEMPLATE)]);
const WORKLOAD_SPEC: Schema = Schema::Object(&[("template", POD_TEMPLATE)]);
const WORKLOAD: Schema =
    Schema::Object(&[("metadata", METADATA), ("spec", WORKLOAD_SPEC), ("status", CONDITIONS)]);
const JOB_TEMPLATE: Schema = Schema::Object(&[("metadata", METADATA), ("spec", WORKLOAD_SPEC)]);
const CRON_JOB: Schema =
    Schema::Object(&[("metadata", METADATA), ("spec", Schema::Object(&[("jobTemplate", JOB_TEMPLATE)]))]);

const SERVICE: Schema = Schema::Object(&[
    ("metadata", METADATA),
    ("spec", Schema::Object(&[("ports", Schema::Merge(&["port", "protocol"], &PLAIN))])),
    ("status", CONDITIONS),
]);
const SERVICE_ACCOUNT: Schema = Schema::Object(&[("metadata", METADATA), ("secrets", BY_NAME)]);
const NODE: Schema = Schema::Object(&[
    ("metadata", METADATA),
    ("spec", Schema::Object(&[("podCIDRs", SET)])),
    ("status", Schema::Object(&[("addresses", BY_TYPE), ("conditions", BY_TYPE)])),
]);
const CSI_NODE: Schema =
    Schema::Object(&[("metadata", METADATA), ("spec", Schema::Object(&[("drivers", BY_NAME)]))]);
const CONTROLLER_REVISION: Schema = Schema::Object(&[("metadata", METADATA), ("data", PLAIN)]);
const WEBHOOKS: Schema = Schema::Object(&[("metadata", METADATA), ("webhooks", BY_NAME)]);
const KUSTOMIZATION: Schema =
    Schema::Object(&[("configMapGenerator", BY_NAME), ("secretGenerator", BY_NAME)]);
