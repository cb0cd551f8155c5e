//! What the fields of Kubernetes' own objects hold, as far as it changes what an expression has to say.
//!
//! Source: the Go types of `k8s.io/api`. What is not here may hold anything, and expressions then ask.
#![expect(clippy::unnested_or_patterns, reason = "one line for each place")]

/// What a field holds where it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Anything,
    Int,
    Bool,
    Text,
    Quantity,
    Map,
    List,
}

/// Where the pod stands in objects of a resource; `None` for resources without one.
pub(super) fn pod_prefix(plural: &str) -> Option<&'static [&'static str]> {
    match plural {
        "pods" => Some(&[]),
        "deployments" | "statefulsets" | "daemonsets" | "replicasets" | "jobs" | "replicationcontrollers" => {
            Some(&["spec", "template"])
        }
        "cronjobs" => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

/// What stands at a path in objects of all of these resources. Items of lists are `[]`.
pub(super) fn known(plurals: &[&str], path: &[String]) -> Known {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut found = plurals.iter().map(|plural| of(plural, &path));
    let Some(first) = found.next() else { return Known::Anything };
    if found.all(|other| other == first) { first } else { Known::Anything }
}

/// Whether a map or a list at a path is always there in what was let in.
pub(super) fn is_always(plurals: &[&str], path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    plurals.iter().all(|plural| {
        let Some(prefix) = pod_prefix(plural) else { return path == ["metadata"] };
        let above = prefix.starts_with(&path);
        let inside = path.strip_prefix(prefix);
        above
            || path == ["metadata"]
            || matches!(inside, Some(["spec"] | ["spec", "containers"] | ["spec", "containers", "[]"]))
    })
}

fn of(plural: &str, path: &[&str]) -> Known {
    if let Some(known) = metadata(path) {
        return known;
    }
    let Some(prefix) = pod_prefix(plural) else {
        return match (plural, path) {
            ("configmaps", ["data"] | ["binaryData"]) => Known::Map,
            ("configmaps", ["data" | "binaryData", _]) | ("services", ["spec", "type"]) => Known::Text,
            ("services", ["spec"]) => Known::Map,
            _ => Known::Anything,
        };
    };
    if prefix.starts_with(path) {
        return Known::Map;
    }
    match (plural, path) {
        ("deployments" | "statefulsets" | "replicasets" | "replicationcontrollers", ["spec", "replicas"]) => {
            Known::Int
        }
        _ => match path.strip_prefix(prefix) {
            Some(["spec", rest @ ..]) => pod_spec(rest),
            Some(rest) => metadata(rest).unwrap_or(Known::Anything),
            None => Known::Anything,
        },
    }
}

fn metadata(path: &[&str]) -> Option<Known> {
    Some(match path {
        ["metadata"] | ["metadata", "labels" | "annotations"] => Known::Map,
        ["metadata", "labels" | "annotations", _] | ["metadata", "name" | "namespace" | "generateName"] => {
            Known::Text
        }
        _ => return None,
    })
}

fn pod_spec(path: &[&str]) -> Known {
    match path {
        [] | ["securityContext"] => Known::Map,
        ["hostNetwork" | "hostPID" | "hostIPC" | "hostUsers"]
        | ["automountServiceAccountToken" | "shareProcessNamespace" | "enableServiceLinks"]
        | ["securityContext", "runAsNonRoot"] => Known::Bool,
        ["terminationGracePeriodSeconds" | "activeDeadlineSeconds" | "priority"]
        | ["securityContext", "runAsUser" | "runAsGroup" | "fsGroup"]
        | ["securityContext", "supplementalGroups", "[]"] => Known::Int,
        ["serviceAccountName" | "serviceAccount" | "nodeName" | "restartPolicy" | "dnsPolicy"]
        | ["priorityClassName" | "schedulerName" | "runtimeClassName" | "hostname" | "subdomain"]
        | ["securityContext", "fsGroupChangePolicy"]
        | ["nodeSelector", _] => Known::Text,
        ["securityContext", rest @ ..] => security(rest),
        ["containers" | "initContainers" | "ephemeralContainers", rest @ ..] => containers(rest),
        ["volumes" | "tolerations" | "imagePullSecrets"] => Known::List,
        ["volumes", "[]"] | ["volumes", "[]", "emptyDir" | "hostPath" | "secret" | "configMap"] => Known::Map,
        ["volumes", "[]", "emptyDir", "sizeLimit"] => Known::Quantity,
        ["volumes", "[]", "name"] | ["volumes", "[]", "hostPath", "path" | "type"] => Known::Text,
        _ => Known::Anything,
    }
}

/// What containers and pods have in their security contexts.
fn security(path: &[&str]) -> Known {
    match path {
        ["seccompProfile" | "appArmorProfile" | "seLinuxOptions" | "windowsOptions"] => Known::Map,
        ["seccompProfile" | "appArmorProfile", "type" | "localhostProfile"]
        | ["seLinuxOptions", "type" | "user" | "role" | "level"] => Known::Text,
        ["windowsOptions", "hostProcess"] => Known::Bool,
        _ => Known::Anything,
    }
}

fn containers(path: &[&str]) -> Known {
    match path {
        [] | ["[]", "ports" | "env" | "volumeMounts" | "args" | "command"] => Known::List,
        ["[]"]
        | ["[]", "securityContext" | "resources" | "livenessProbe" | "readinessProbe" | "startupProbe"]
        | ["[]", "resources", "limits" | "requests"]
        | ["[]", "ports" | "env" | "volumeMounts", "[]"]
        | ["[]", "securityContext", "capabilities"] => Known::Map,
        ["[]", "resources", "limits" | "requests", _] => Known::Quantity,
        ["[]", "name" | "image" | "imagePullPolicy" | "workingDir"]
        | ["[]", "terminationMessagePolicy" | "terminationMessagePath"]
        | ["[]", "args" | "command", "[]"]
        | ["[]", "env", "[]", "name" | "value"]
        | ["[]", "ports", "[]", "name" | "protocol" | "hostIP"]
        | ["[]", "securityContext", "procMount"]
        | ["[]", "securityContext", "capabilities", "add" | "drop", "[]"] => Known::Text,
        ["[]", "ports", "[]", "hostPort" | "containerPort"]
        | ["[]", "securityContext", "runAsUser" | "runAsGroup"]
        | [
            "[]",
            "livenessProbe" | "readinessProbe" | "startupProbe",
            "initialDelaySeconds"
            | "periodSeconds"
            | "timeoutSeconds"
            | "failureThreshold"
            | "successThreshold",
        ] => Known::Int,
        ["[]", "securityContext", "privileged" | "allowPrivilegeEscalation"]
        | ["[]", "securityContext", "readOnlyRootFilesystem" | "runAsNonRoot"]
        | ["[]", "stdin" | "stdinOnce" | "tty"] => Known::Bool,
        ["[]", "securityContext", "capabilities", "add" | "drop"] => Known::List,
        ["[]", "securityContext", rest @ ..] => security(rest),
        _ => Known::Anything,
    }
}
