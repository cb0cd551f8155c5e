//! Capabilities beyond those that container runtimes give by default.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::CapabilitiesBaseline,
    level: Level::Baseline,
    summary: "Containers may add only capabilities that container runtimes give by default.",
    revisions: &[Revision {
        since: 0,
        summary: "AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, \
                  SETGID, SETPCAP, SETUID and SYS_CHROOT.",
        overrides: &[],
        run,
    }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut offenders = Offenders::default();
    for container in &pod.containers {
        let before = offenders.fields.len();
        for (index, name) in container.security.adds.iter().enumerate() {
            let name = name.as_str().unwrap_or_default();
            if !is_default(name) {
                offenders.values.insert(name);
                let list = container.path(&["securityContext", "capabilities", "add"]);
                offenders.fields.push(list.child(index));
            }
        }
        if offenders.fields.len() > before {
            offenders.containers.push(container.name);
        }
    }
    offenders.refuse("non-default capabilities", |offenders| {
        let (names, values) = (offenders.container_names(), offenders.value_list());
        format!("{names} must not include {values} in securityContext.capabilities.add")
    })
}

fn is_default(capability: &str) -> bool {
    matches!(
        capability,
        "AUDIT_WRITE"
            | "CHOWN"
            | "DAC_OVERRIDE"
            | "FOWNER"
            | "FSETID"
            | "KILL"
            | "MKNOD"
            | "NET_BIND_SERVICE"
            | "SETFCAP"
            | "SETGID"
            | "SETPCAP"
            | "SETUID"
            | "SYS_CHROOT"
    )
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn only_default_capabilities_may_be_added() {
        let expect = Expect::new(CheckId::CapabilitiesBaseline);
        expect.at(0).refuses(
            &spec(
                r#"{"containers": [
                     {"name": "a", "securityContext": {"capabilities": {"add": ["SYS_TIME", "CHOWN", "ALL"]}}},
                     {"name": "b", "securityContext": {"capabilities": {"add": ["KILL"], "drop": ["ALL"]}}},
                     {"name": "c", "securityContext": {"capabilities": {"add": ["chown", null]}}}]}"#,
            ),
            "non-default capabilities",
            r#"containers "a", "c" must not include "", "ALL", "SYS_TIME", "chown" in securityContext.capabilities.add"#,
            &[
                "spec.containers[0].securityContext.capabilities.add[0]",
                "spec.containers[0].securityContext.capabilities.add[2]",
                "spec.containers[2].securityContext.capabilities.add[0]",
                "spec.containers[2].securityContext.capabilities.add[1]",
            ],
        );
    }
}
