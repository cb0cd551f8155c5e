//! The Pod Security Standards as one policy, for pods in namespaces that have our label or none.
//!
//! Source of the checks: the newest version that `ironhull-podsecurity` knows.

use ironhull_podsecurity::ENFORCE;
use ironhull_podsecurity::admission::OWN_LABELS;
use ironhull_value::Value;
use serde_json::{Value as Json, json};

use super::Setting;
use super::objects::{binding, object};

/// A level that forbids anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `baseline`
    Baseline,
    /// `restricted`
    Restricted,
}

/// A check: its id, what it asks for, and the expression that is true where a pod passes.
struct Check {
    id: &'static str,
    message: &'static str,
    passes: &'static str,
}

const fn check(id: &'static str, message: &'static str, passes: &'static str) -> Check {
    Check { id, message, passes }
}

/// Of both levels.
const BOTH: [Check; 8] = [
    check(
        "appArmorProfile",
        "the AppArmor profile is RuntimeDefault or Localhost",
        "variables.contexts.all(s, s.?appArmorProfile.?type.orValue('Localhost') in ['RuntimeDefault', 'Localhost']) && \
         variables.annotations.all(k, !k.startsWith('container.apparmor.security.beta.kubernetes.io/') || \
         variables.annotations[k] in ['', 'runtime/default'] || variables.annotations[k].startsWith('localhost/'))",
    ),
    check(
        "hostNamespaces",
        "hostNetwork, hostPID and hostIPC are not used",
        "!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && \
         !object.spec.?hostIPC.orValue(false)",
    ),
    check(
        "hostPorts",
        "containers have no hostPort",
        "variables.containers.all(c, c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))",
    ),
    check(
        "hostProbesAndHostLifecycle",
        "probes and lifecycle handlers name no host",
        "variables.containers.all(c, [c.?livenessProbe, c.?readinessProbe, c.?startupProbe, c.?lifecycle.?postStart, \
         c.?lifecycle.?preStop].all(h, h.?httpGet.?host.orValue('') == '' && h.?tcpSocket.?host.orValue('') == ''))",
    ),
    check(
        "privileged",
        "containers are not privileged",
        "variables.contexts.all(s, !s.?privileged.orValue(false))",
    ),
    check(
        "seLinuxOptions",
        "the SELinux type is one for containers, user and role are not set",
        "variables.contexts.all(s, s.?seLinuxOptions.?type.orValue('') in ['', 'container_t', 'container_init_t', \
         'container_kvm_t', 'container_engine_t'] && s.?seLinuxOptions.?user.orValue('') == '' && \
         s.?seLinuxOptions.?role.orValue('') == '')",
    ),
    check(
        "sysctls",
        "sysctls are namespaced and isolated from other pods",
        "object.spec.?securityContext.?sysctls.orValue([]).all(s, s.name in ['kernel.shm_rmid_forced', \
         'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', \
         'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', \
         'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', \
         'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem', 'net.ipv4.tcp_slow_start_after_idle', \
         'net.ipv4.tcp_notsent_lowat'])",
    ),
    check(
        "windowsHostProcess",
        "hostProcess is not used",
        "variables.contexts.all(s, !s.?windowsOptions.?hostProcess.orValue(false))",
    ),
];

const BASELINE: [Check; 4] = [
    check(
        "capabilities_baseline",
        "containers add only capabilities that runtimes give by default",
        "variables.contexts.all(s, s.?capabilities.?add.orValue([]).all(a, a in ['AUDIT_WRITE', 'CHOWN', \
         'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', \
         'SETUID', 'SYS_CHROOT']))",
    ),
    check(
        "hostPathVolumes",
        "volumes are not hostPath",
        "object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))",
    ),
    check(
        "procMount",
        "procMount is Default",
        "!object.spec.?hostUsers.orValue(true) || \
         variables.contexts.all(s, s.?procMount.orValue('Default') == 'Default')",
    ),
    check(
        "seccompProfile_baseline",
        "the seccomp profile is RuntimeDefault or Localhost",
        "variables.contexts.all(s, s.?seccompProfile.?type.orValue('Localhost') in ['RuntimeDefault', 'Localhost'])",
    ),
];

const RESTRICTED: [Check; 7] = [
    check(
        "allowPrivilegeEscalation",
        "containers set allowPrivilegeEscalation to false",
        "variables.windows || variables.containers.all(c, \
         !c.?securityContext.?allowPrivilegeEscalation.orValue(true))",
    ),
    check(
        "capabilities_restricted",
        "containers drop ALL capabilities and add only NET_BIND_SERVICE",
        "variables.windows || variables.containers.all(c, \
         'ALL' in c.?securityContext.?capabilities.?drop.orValue([]) && \
         c.?securityContext.?capabilities.?add.orValue([]).all(a, a == 'NET_BIND_SERVICE'))",
    ),
    check(
        "procMount_restricted",
        "procMount is Default",
        "variables.contexts.all(s, s.?procMount.orValue('Default') == 'Default')",
    ),
    check(
        "restrictedVolumes",
        "volumes are configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected or secret",
        "object.spec.?volumes.orValue([]).all(v, ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', \
         'persistentVolumeClaim', 'projected', 'secret'].exists(k, k in v))",
    ),
    check(
        "runAsNonRoot",
        "containers run as another user than root",
        "!object.spec.?hostUsers.orValue(true) || (variables.pod.?runAsNonRoot.orValue(true) && \
         variables.containers.all(c, \
         c.?securityContext.?runAsNonRoot.orValue(variables.pod.?runAsNonRoot.orValue(false))))",
    ),
    check(
        "runAsUser",
        "runAsUser is not 0",
        "!object.spec.?hostUsers.orValue(true) || variables.contexts.all(s, s.?runAsUser.orValue(1) != 0)",
    ),
    check(
        "seccompProfile_restricted",
        "the seccomp profile is set to RuntimeDefault or Localhost",
        "variables.windows || (variables.pod.?seccompProfile.?type.orValue('Localhost') in ['RuntimeDefault', \
         'Localhost'] && variables.containers.all(c, \
         c.?securityContext.?seccompProfile.?type.orValue(variables.pod.?seccompProfile.?type.orValue('')) in \
         ['RuntimeDefault', 'Localhost']))",
    ),
];

/// What stands in several checks: containers of all sorts, and the security contexts of the pod and of them.
const VARIABLES: [(&str, &str); 5] = [
    (
        "containers",
        "object.spec.containers + object.spec.?initContainers.orValue([]) + \
         object.spec.?ephemeralContainers.orValue([])",
    ),
    ("pod", "object.spec.?securityContext.orValue({})"),
    ("contexts", "[variables.pod] + variables.containers.map(c, c.?securityContext.orValue({}))"),
    ("annotations", "object.metadata.?annotations.orValue({})"),
    ("windows", "object.spec.?os.?name.orValue('') == 'windows'"),
];

/// The policy for a level, with its bindings: for namespaces without a label, and for those where our label asks for
/// this level, which stands for the API server's own. Namespaces with that one alone are left to the API server.
pub fn pod_security(level: Level, setting: &Setting) -> [Value; 3] {
    let (word, more): (_, &[Check]) = match level {
        Level::Baseline => ("baseline", &BASELINE),
        Level::Restricted => ("restricted", &RESTRICTED),
    };
    let name = format!("ironhull.pod-security.{word}");
    let metadata = json!({
        "name": name,
        "labels": { "app.kubernetes.io/managed-by": "ironhull", "app.kubernetes.io/component": "while-away" },
        "annotations": { "ironhull.dev/policy": "pod-security", "ironhull.dev/rule": word },
    });
    let rule = |operation: &str, resource: &str| {
        json!({
            "apiGroups": [""], "apiVersions": ["v1"], "operations": [operation], "resources": [resource],
        })
    };
    let checks = BOTH.iter().chain(more).map(|check| {
        json!({ "expression": check.passes, "message": format!("{word}: {}: {}", check.id, check.message) })
    });
    let variables = VARIABLES.iter().map(|(name, text)| json!({ "name": name, "expression": text }));
    let spec = json!({
        "failurePolicy": "Fail",
        "matchConstraints": {
            "matchPolicy": "Equivalent",
            // Of what a pod has, nothing that is checked can be changed later but its debug containers.
            "resourceRules": [rule("CREATE", "pods"), rule("UPDATE", "pods/ephemeralcontainers")],
        },
        "variables": variables.collect::<Vec<Json>>(),
        "validations": checks.collect::<Vec<Json>>(),
    });
    let own = format!("{OWN_LABELS}enforce");
    let is_there = |key: &str, operator: &str| json!({ "key": key, "operator": operator });
    let unlabelled = vec![is_there(ENFORCE, "DoesNotExist"), is_there(&own, "DoesNotExist")];
    let labelled = match level {
        Level::Baseline => vec![json!({ "key": own, "operator": "In", "values": ["baseline"] })],
        // What is no level is restricted, as for the engine.
        Level::Restricted => vec![
            is_there(&own, "Exists"),
            json!({ "key": own, "operator": "NotIn", "values": ["baseline", "privileged"] }),
        ],
    };
    let binding = |own_name: &str, wanted: Vec<Json>| {
        let mut metadata = metadata.clone();
        metadata["name"] = json!(own_name);
        let spec = binding(&name, &json!(["Deny"]), setting, wanted);
        object("ValidatingAdmissionPolicyBinding", &metadata, &spec)
    };
    [
        object("ValidatingAdmissionPolicy", &metadata, &spec),
        binding(&name, unlabelled),
        binding(&format!("{name}.labelled"), labelled),
    ]
}

#[cfg(test)]
mod tests {
    use ironhull_podsecurity::Policy;
    use ironhull_podsecurity::admission::effective_labels;
    use ironhull_podsecurity::resolve_labels;
    use ironhull_value::{Map, Selector};

    use super::*;

    /// The levels that hold in a namespace with these labels.
    fn holds(labels: &Map) -> Vec<&'static str> {
        let levels = [("baseline", Level::Baseline), ("restricted", Level::Restricted)];
        let holds = levels.into_iter().filter(|(_, level)| {
            let [policy, bindings @ ..] = pod_security(*level, &Setting::default());
            assert!(policy.dig(&["spec", "matchConstraints", "namespaceSelector"]).is_none());
            bindings.iter().any(|binding| {
                assert_eq!(binding.dig(&["spec", "policyName"]), policy.dig(&["metadata", "name"]));
                let selector = binding.dig(&["spec", "matchResources", "namespaceSelector"]).unwrap();
                Selector::compile(selector).unwrap().matches(labels)
            })
        });
        holds.map(|(word, _)| word).collect()
    }

    #[test]
    fn a_level_holds_where_the_engine_has_it_from_our_label_or_from_none() {
        let words =
            [None, Some("privileged"), Some("baseline"), Some("restricted"), Some("strict"), Some("")];
        for theirs in words {
            for ours in words {
                let own = format!("{OWN_LABELS}enforce");
                let pairs = [(ENFORCE, theirs), (own.as_str(), ours)];
                let pairs = pairs.into_iter().filter_map(|(key, word)| Some((key.into(), word?.into())));
                let labels: Map = pairs.collect();
                let effective = Value::Map(effective_labels(&labels));
                let engine = resolve_labels(&effective, &Policy::default()).0.enforce.level;
                let expected = match (ours, theirs) {
                    // As given on the command line.
                    (None, None) => vec!["baseline", "restricted"],
                    // The API server's own business.
                    (None, Some(_)) => vec![],
                    (Some(_), _) => vec![engine.as_str()],
                };
                let expected: Vec<&str> = expected.into_iter().filter(|word| *word != "privileged").collect();
                assert_eq!(holds(&labels), expected, "{ours:?} {theirs:?}");
            }
        }
    }
}
