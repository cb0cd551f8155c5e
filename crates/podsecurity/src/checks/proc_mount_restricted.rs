//! The masks of /proc, in user namespaces as well.

use super::proc_mount;
use crate::check::{Check, CheckId, Revision};
use crate::level::Level;

pub(super) const CHECK: Check = Check {
    id: CheckId::ProcMountRestricted,
    level: Level::Restricted,
    summary: "Containers must keep the default masks of /proc, in a user namespace too.",
    revisions: &[Revision {
        since: 35,
        summary: "procMount must be absent or Default. Until 1.34 the baseline check asked for the same.",
        overrides: &[CheckId::ProcMount],
        run: proc_mount::run,
    }],
};

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn user_namespaces_do_not_help() {
        let expect = Expect::new(CheckId::ProcMountRestricted);
        let pod = spec(
            r#"{"hostUsers": false, "containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}"#,
        );
        expect.at(35).refuses(
            &pod,
            "procMount",
            r#"container "a" must not set securityContext.procMount to "Unmasked""#,
            &["spec.containers[0].securityContext.procMount"],
        );
        expect.at(34).allows(&pod);
    }
}
