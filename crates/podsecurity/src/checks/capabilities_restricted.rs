//! Capabilities: all dropped, at most one added.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::CapabilitiesRestricted,
    level: Level::Restricted,
    summary: "Containers must drop ALL capabilities and may add back only NET_BIND_SERVICE.",
    revisions: &[
        Revision {
            since: 22,
            summary: "Must drop ALL, may add NET_BIND_SERVICE.",
            overrides: &[CheckId::CapabilitiesBaseline],
            run,
        },
        Revision {
            since: 25,
            summary: "Windows pods, which have no capabilities, are left alone.",
            overrides: &[CheckId::CapabilitiesBaseline],
            run: |pod| if pod.is_windows { None } else { run(pod) },
        },
    ],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut keeping = Offenders::default();
    let mut adding = Offenders::default();
    for container in &pod.containers {
        if !container.security.drops_all {
            keeping.add(container, &["capabilities", "drop"]);
        }
        let before = adding.fields.len();
        for (index, name) in container.security.adds.iter().enumerate() {
            let name = name.as_str().unwrap_or_default();
            if name != "NET_BIND_SERVICE" {
                adding.values.insert(name);
                let list = container.path(&["securityContext", "capabilities", "add"]);
                adding.fields.push(list.child(index));
            }
        }
        if adding.fields.len() > before {
            adding.containers.push(container.name);
        }
    }
    if keeping.is_empty() && adding.is_empty() {
        return None;
    }

    let mut details = Vec::new();
    if !keeping.is_empty() {
        let names = keeping.container_names();
        details.push(format!(r#"{names} must set securityContext.capabilities.drop=["ALL"]"#));
    }
    if !adding.is_empty() {
        let (names, values) = (adding.container_names(), adding.value_list());
        details.push(format!("{names} must not include {values} in securityContext.capabilities.add"));
    }
    keeping.take_fields(adding);
    Some(Refusal { reason: "unrestricted capabilities", detail: details.join("; "), fields: keeping.fields })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn all_is_dropped_and_only_one_added() {
        let expect = Expect::new(CheckId::CapabilitiesRestricted);
        expect.at(22).refuses(
            &spec(
                r#"{"initContainers": [{"name": "i", "securityContext": {"capabilities": {"drop": ["all"]}}}],
                    "containers": [
                     {"name": "a", "securityContext": {"capabilities": {"add": ["CHOWN"]}}},
                     {"name": "b", "securityContext": {"capabilities": {"drop": ["KILL", "ALL"], "add": ["NET_BIND_SERVICE"]}}}],
                    "ephemeralContainers": [{"name": "e"}]}"#,
            ),
            "unrestricted capabilities",
            r#"containers "i", "a", "e" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "CHOWN" in securityContext.capabilities.add"#,
            &[
                "spec.initContainers[0].securityContext.capabilities.drop",
                "spec.containers[0].securityContext.capabilities.drop",
                "spec.ephemeralContainers[0].securityContext.capabilities.drop",
                "spec.containers[0].securityContext.capabilities.add[0]",
            ],
        );
    }

    #[test]
    fn windows_pods_pass_from_1_25_on() {
        let expect = Expect::new(CheckId::CapabilitiesRestricted);
        let pod = spec(r#"{"os": {"name": "windows"}, "containers": [{"name": "a"}]}"#);
        expect.at(21).allows(&pod);
        expect.at(24).refuses_some(&pod);
        expect.at(25).allows(&pod);
    }
}
