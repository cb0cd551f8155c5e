//! Types of the fields of pods, as far as rules read them or authors often get them wrong.
//!
//! Source: kubernetes/api `core/v1/types.go`. What is not in the tables is not looked at.

use ironhull_value::{Type, Value};

/// The type of a field.
#[derive(Debug)]
pub(super) enum Schema {
    /// Anything: somebody else looks at it.
    Any,
    Bool,
    Int,
    Str,
    /// A port or an amount that may also be a name or a percentage.
    IntOrString,
    /// A resource quantity: a string, or a number.
    Quantity,
    List(&'static Schema),
    /// An object with any member names.
    Dict(&'static Schema),
    /// An object with these members, and others that are not looked at.
    Object(&'static [(&'static str, Schema)]),
}

use Schema::{Any, Bool, Dict, Int, IntOrString, List, Object, Quantity, Str};

impl Schema {
    /// Whether the API server takes this value for a field of this type, members and items aside. It takes
    /// `null` for all.
    pub(super) fn takes(&self, value: &Value) -> bool {
        match (self, value.kind()) {
            (Any, _) | (_, Type::Null) => true,
            (Bool, kind) => kind == Type::Bool,
            // kubectl turns the YAML `1.0` into the JSON `1`.
            (Int, _) => value.as_i64().is_some(),
            (Str, kind) => kind == Type::Str,
            (IntOrString, kind) => kind == Type::Str || value.as_i64().is_some(),
            (Quantity, kind) => matches!(kind, Type::Str | Type::Int | Type::Float),
            (List(_), kind) => kind == Type::Array,
            (Dict(_) | Object(_), kind) => kind == Type::Map,
        }
    }

    /// For messages: `a boolean`.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Any => "any value",
            Bool => "a boolean",
            Int => "an integer",
            Str => "a string",
            IntOrString => "an integer or a string",
            Quantity => "a quantity",
            List(_) => "a list",
            Dict(_) | Object(_) => "an object",
        }
    }
}

/// For messages: `a string`.
pub(super) fn noun_of(value: &Value) -> &'static str {
    match value.kind() {
        Type::Null => "null",
        Type::Bool => "a boolean",
        Type::Int => "an integer",
        Type::Float => "a number",
        Type::Str => "a string",
        Type::Array => "a list",
        Type::Map => "an object",
    }
}

/// `metadata` of any object, and of a pod template.
pub(super) static METADATA: Schema = Object(&[("annotations", Dict(&Str)), ("labels", Dict(&Str))]);

/// The spec of a pod, its containers aside.
pub(super) static POD: Schema = Object(&[
    ("activeDeadlineSeconds", Int),
    ("automountServiceAccountToken", Bool),
    ("containers", List(&Any)),
    ("dnsPolicy", Str),
    ("enableServiceLinks", Bool),
    ("ephemeralContainers", List(&Any)),
    ("hostAliases", List(&Object(&[("hostnames", List(&Str)), ("ip", Str)]))),
    ("hostIPC", Bool),
    ("hostNetwork", Bool),
    ("hostPID", Bool),
    ("hostUsers", Bool),
    ("hostname", Str),
    ("imagePullSecrets", List(&Object(&[("name", Str)]))),
    ("initContainers", List(&Any)),
    ("nodeName", Str),
    ("nodeSelector", Dict(&Str)),
    ("os", Object(&[("name", Str)])),
    ("priorityClassName", Str),
    ("resources", RESOURCES),
    ("restartPolicy", Str),
    ("runtimeClassName", Str),
    (
        "securityContext",
        Object(&[
            ("appArmorProfile", PROFILE),
            ("fsGroup", Int),
            ("fsGroupChangePolicy", Str),
            ("runAsGroup", Int),
            ("runAsNonRoot", Bool),
            ("runAsUser", Int),
            ("seLinuxOptions", SE_LINUX),
            ("seccompProfile", PROFILE),
            ("supplementalGroups", List(&Int)),
            ("sysctls", List(&Object(&[("name", Str), ("value", Str)]))),
            ("windowsOptions", WINDOWS),
        ]),
    ),
    ("serviceAccount", Str),
    ("serviceAccountName", Str),
    ("shareProcessNamespace", Bool),
    ("terminationGracePeriodSeconds", Int),
    ("tolerations", List(&Object(&[("effect", Str), ("key", Str), ("operator", Str), ("value", Str)]))),
    ("volumes", List(&VOLUME)),
]);

/// One container.
pub(super) static CONTAINER: Schema = Object(&[
    ("args", List(&Str)),
    ("command", List(&Str)),
    ("env", List(&Object(&[("name", Str), ("value", Str), ("valueFrom", Object(&[]))]))),
    ("envFrom", List(&Object(&[]))),
    ("image", Str),
    ("imagePullPolicy", Str),
    ("lifecycle", Object(&[("postStart", HANDLER), ("preStop", HANDLER)])),
    ("livenessProbe", HANDLER),
    ("name", Str),
    (
        "ports",
        List(&Object(&[
            ("containerPort", Int),
            ("hostIP", Str),
            ("hostPort", Int),
            ("name", Str),
            ("protocol", Str),
        ])),
    ),
    ("readinessProbe", HANDLER),
    ("resources", RESOURCES),
    ("restartPolicy", Str),
    (
        "securityContext",
        Object(&[
            ("allowPrivilegeEscalation", Bool),
            ("appArmorProfile", PROFILE),
            ("capabilities", Object(&[("add", List(&Str)), ("drop", List(&Str))])),
            ("privileged", Bool),
            ("procMount", Str),
            ("readOnlyRootFilesystem", Bool),
            ("runAsGroup", Int),
            ("runAsNonRoot", Bool),
            ("runAsUser", Int),
            ("seLinuxOptions", SE_LINUX),
            ("seccompProfile", PROFILE),
            ("windowsOptions", WINDOWS),
        ]),
    ),
    ("startupProbe", HANDLER),
    ("stdin", Bool),
    ("tty", Bool),
    ("volumeDevices", List(&Object(&[("devicePath", Str), ("name", Str)]))),
    (
        "volumeMounts",
        List(&Object(&[
            ("mountPath", Str),
            ("mountPropagation", Str),
            ("name", Str),
            ("readOnly", Bool),
            ("subPath", Str),
            ("subPathExpr", Str),
        ])),
    ),
    ("workingDir", Str),
]);

const PROFILE: Schema = Object(&[("localhostProfile", Str), ("type", Str)]);

const SE_LINUX: Schema = Object(&[("level", Str), ("role", Str), ("type", Str), ("user", Str)]);

const WINDOWS: Schema = Object(&[
    ("gmsaCredentialSpec", Str),
    ("gmsaCredentialSpecName", Str),
    ("hostProcess", Bool),
    ("runAsUserName", Str),
]);

const RESOURCES: Schema = Object(&[("limits", Dict(&Quantity)), ("requests", Dict(&Quantity))]);

/// A probe or a lifecycle handler.
const HANDLER: Schema = Object(&[
    ("exec", Object(&[("command", List(&Str))])),
    (
        "httpGet",
        Object(&[
            ("host", Str),
            ("httpHeaders", List(&Object(&[("name", Str), ("value", Str)]))),
            ("path", Str),
            ("port", IntOrString),
            ("scheme", Str),
        ]),
    ),
    ("tcpSocket", Object(&[("host", Str), ("port", IntOrString)])),
]);

const VOLUME: Schema = Object(&[
    ("configMap", Object(&[("defaultMode", Int), ("items", List(&KEY)), ("name", Str), ("optional", Bool)])),
    ("emptyDir", Object(&[("medium", Str), ("sizeLimit", Quantity)])),
    ("hostPath", Object(&[("path", Str), ("type", Str)])),
    ("name", Str),
    ("persistentVolumeClaim", Object(&[("claimName", Str), ("readOnly", Bool)])),
    (
        "projected",
        Object(&[
            ("defaultMode", Int),
            (
                "sources",
                List(&Object(&[(
                    "serviceAccountToken",
                    Object(&[("audience", Str), ("expirationSeconds", Int), ("path", Str)]),
                )])),
            ),
        ]),
    ),
    (
        "secret",
        Object(&[("defaultMode", Int), ("items", List(&KEY)), ("optional", Bool), ("secretName", Str)]),
    ),
]);

const KEY: Schema = Object(&[("key", Str), ("mode", Int), ("path", Str)]);
