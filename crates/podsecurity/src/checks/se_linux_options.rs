//! SELinux labels.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::plural;
use crate::view::{Container, PodView, SeLinux};

pub(super) const CHECK: Check = Check {
    id: CheckId::SeLinuxOptions,
    level: Level::Baseline,
    summary: "The SELinux type must be one for containers, user and role must not be set.",
    revisions: &[
        Revision {
            since: 0,
            summary: "Types container_t, container_init_t and container_kvm_t.",
            overrides: &[],
            run: |pod| run(pod, |kind| BASE.contains(&kind)),
        },
        Revision {
            since: 31,
            summary: "Type container_engine_t as well.",
            overrides: &[],
            run: |pod| run(pod, |kind| BASE.contains(&kind) || kind == "container_engine_t"),
        },
    ],
};

const BASE: [&str; 4] = ["", "container_t", "container_init_t", "container_kvm_t"];

fn run(pod: &PodView<'_>, is_allowed: fn(&str) -> bool) -> Option<Refusal> {
    let mut options = Options { offenders: Offenders::default(), user: false, role: false };
    if let Some(se_linux) = pod.security.shared.se_linux {
        options.judge(None, se_linux, is_allowed);
    }
    for container in &pod.containers {
        if let Some(se_linux) = container.security.shared.se_linux {
            options.judge(Some(container), se_linux, is_allowed);
        }
    }
    let Options { offenders, user, role } = options;
    offenders.refuse("seLinuxOptions", |offenders| {
        let mut data = Vec::new();
        if !offenders.values.is_empty() {
            let noun = plural("type", "types", offenders.values.len());
            data.push(format!("{noun} {}", offenders.value_list()));
        }
        if user {
            data.push("user may not be set".into());
        }
        if role {
            data.push("role may not be set".into());
        }
        format!("{} set forbidden securityContext.seLinuxOptions: {}", offenders.setters(), data.join("; "))
    })
}

struct Options<'a> {
    offenders: Offenders<'a>,
    user: bool,
    role: bool,
}

impl<'a> Options<'a> {
    /// Judges the options of a container, or of the pod.
    fn judge(
        &mut self,
        container: Option<&Container<'a>>,
        se_linux: SeLinux<'a>,
        is_allowed: fn(&str) -> bool,
    ) {
        let wrong_type = !is_allowed(se_linux.kind);
        let wrong_user = !se_linux.user.is_empty();
        let wrong_role = !se_linux.role.is_empty();
        if !(wrong_type || wrong_user || wrong_role) {
            return;
        }
        if wrong_type {
            self.offenders.values.insert(se_linux.kind);
        }
        self.user |= wrong_user;
        self.role |= wrong_role;
        for (is_wrong, field) in [(wrong_type, "type"), (wrong_user, "user"), (wrong_role, "role")] {
            if is_wrong {
                self.offenders.add_field(container, &["seLinuxOptions", field]);
            }
        }
        self.offenders.add_name(container);
    }
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn types_users_and_roles_are_told() {
        let expect = Expect::new(CheckId::SeLinuxOptions);
        expect.at(0).refuses(
            &spec(
                r#"{"securityContext": {"seLinuxOptions": {"type": "spc_t", "level": "s0"}},
                    "containers": [{"name": "a", "securityContext": {"seLinuxOptions": {"type": "container_t"}}},
                                   {"name": "b", "securityContext": {"seLinuxOptions": {"type": "a_t", "user": "u", "role": "r"}}}]}"#,
            ),
            "seLinuxOptions",
            concat!(
                r#"pod and container "b" set forbidden securityContext.seLinuxOptions: types "a_t", "spc_t"; "#,
                "user may not be set; role may not be set"
            ),
            &[
                "spec.securityContext.seLinuxOptions.type",
                "spec.containers[1].securityContext.seLinuxOptions.type",
                "spec.containers[1].securityContext.seLinuxOptions.user",
                "spec.containers[1].securityContext.seLinuxOptions.role",
            ],
        );
        expect.at(0).refuses(
            &spec(r#"{"securityContext": {"seLinuxOptions": {"role": "r"}}}"#),
            "seLinuxOptions",
            "pod set forbidden securityContext.seLinuxOptions: role may not be set",
            &["spec.securityContext.seLinuxOptions.role"],
        );
        expect.at(0).allows(&spec(r#"{"securityContext": {"seLinuxOptions": {"type": "", "user": null}}}"#));
    }

    #[test]
    fn container_engines_pass_from_1_31_on() {
        let expect = Expect::new(CheckId::SeLinuxOptions);
        let pod = spec(r#"{"securityContext": {"seLinuxOptions": {"type": "container_engine_t"}}}"#);
        expect.at(30).refuses_some(&pod);
        expect.at(31).allows(&pod);
        expect.at(31).refuses_some(&spec(r#"{"securityContext": {"seLinuxOptions": {"type": "engine_t"}}}"#));
    }
}
