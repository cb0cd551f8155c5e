//! Kernel parameters.

use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::read::text;
use crate::view::{PodView, path};

pub(super) const CHECK: Check = Check {
    id: CheckId::Sysctls,
    level: Level::Baseline,
    summary: "Pods may set only sysctls that are namespaced and isolated from other pods.",
    revisions: &[
        Revision {
            since: 0,
            summary: "kernel.shm_rmid_forced and net.ipv4: ip_local_port_range, tcp_syncookies, \
                      ping_group_range, ip_unprivileged_port_start.",
            overrides: &[],
            run: |pod| run(pod, 0),
        },
        Revision {
            since: 27,
            summary: "net.ipv4.ip_local_reserved_ports as well.",
            overrides: &[],
            run: |pod| run(pod, 27),
        },
        Revision {
            since: 29,
            summary: "net.ipv4: tcp_keepalive_time, tcp_fin_timeout, tcp_keepalive_intvl and \
                      tcp_keepalive_probes as well.",
            overrides: &[],
            run: |pod| run(pod, 29),
        },
        Revision {
            since: 32,
            summary: "net.ipv4.tcp_rmem and net.ipv4.tcp_wmem as well.",
            overrides: &[],
            run: |pod| run(pod, 32),
        },
        Revision {
            since: 37,
            summary: "net.ipv4.tcp_slow_start_after_idle and net.ipv4.tcp_notsent_lowat as well.",
            overrides: &[],
            run: |pod| run(pod, 37),
        },
    ],
};

/// The minor version in which a sysctl became safe.
fn safe_since(name: &str) -> Option<u32> {
    Some(match name {
        "kernel.shm_rmid_forced"
        | "net.ipv4.ip_local_port_range"
        | "net.ipv4.tcp_syncookies"
        | "net.ipv4.ping_group_range"
        | "net.ipv4.ip_unprivileged_port_start" => 0,
        "net.ipv4.ip_local_reserved_ports" => 27,
        "net.ipv4.tcp_keepalive_time"
        | "net.ipv4.tcp_fin_timeout"
        | "net.ipv4.tcp_keepalive_intvl"
        | "net.ipv4.tcp_keepalive_probes" => 29,
        "net.ipv4.tcp_rmem" | "net.ipv4.tcp_wmem" => 32,
        "net.ipv4.tcp_slow_start_after_idle" | "net.ipv4.tcp_notsent_lowat" => 37,
        _ => return None,
    })
}

fn run(pod: &PodView<'_>, minor: u32) -> Option<Refusal> {
    let mut names = Vec::new();
    let mut fields = Vec::new();
    for (index, sysctl) in pod.security.sysctls.iter().enumerate() {
        let name = text(sysctl, "name");
        if safe_since(name).is_none_or(|since| since > minor) {
            names.push(name);
            fields.push(path(&["spec", "securityContext", "sysctls"]).child(index).child("name"));
        }
    }
    if names.is_empty() {
        return None;
    }
    Some(Refusal { reason: "forbidden sysctls", detail: names.join(", "), fields })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn names_are_told_in_order_and_every_time() {
        let expect = Expect::new(CheckId::Sysctls);
        expect.at(37).refuses(
            &spec(
                r#"{"securityContext": {"sysctls": [{"name": "kernel.msgmax"}, {"name": "net.ipv4.tcp_rmem"},
                                                    {"name": "a"}, {"name": "kernel.msgmax"}, {"name": "net.ipv4/tcp_rmem"}]}}"#,
            ),
            "forbidden sysctls",
            "kernel.msgmax, a, kernel.msgmax, net.ipv4/tcp_rmem",
            &[
                "spec.securityContext.sysctls[0].name",
                "spec.securityContext.sysctls[2].name",
                "spec.securityContext.sysctls[3].name",
                "spec.securityContext.sysctls[4].name",
            ],
        );
    }

    #[test]
    fn each_name_is_safe_from_its_version_on() {
        let expect = Expect::new(CheckId::Sysctls);
        for (name, since) in [
            ("net.ipv4.ip_local_reserved_ports", 27),
            ("net.ipv4.tcp_keepalive_time", 29),
            ("net.ipv4.tcp_fin_timeout", 29),
            ("net.ipv4.tcp_keepalive_intvl", 29),
            ("net.ipv4.tcp_keepalive_probes", 29),
            ("net.ipv4.tcp_rmem", 32),
            ("net.ipv4.tcp_wmem", 32),
            ("net.ipv4.tcp_slow_start_after_idle", 37),
            ("net.ipv4.tcp_notsent_lowat", 37),
        ] {
            let pod = spec(&format!(r#"{{"securityContext": {{"sysctls": [{{"name": "{name}"}}]}}}}"#));
            expect.at(since - 1).refuses_some(&pod);
            expect.at(since).allows(&pod);
        }
        expect.at(0).allows(&spec(
            r#"{"securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced"}, {"name": "net.ipv4.ip_local_port_range"},
                {"name": "net.ipv4.tcp_syncookies"}, {"name": "net.ipv4.ping_group_range"}, {"name": "net.ipv4.ip_unprivileged_port_start"}]}}"#,
        ));
    }
}
