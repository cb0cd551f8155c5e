//! What a machine must have.

use std::process::Command;

use crate::Error;

/// `CAP_NET_ADMIN` and `CAP_SYS_ADMIN`, by their numbers in `linux/capability.h`.
const CAPABILITIES: [(u32, &str); 2] = [(12, "CAP_NET_ADMIN"), (21, "CAP_SYS_ADMIN")];

/// What is missing to make namespaces here; `None` if nothing is.
pub fn missing() -> Option<Error> {
    let lacks = |what: String, remedy: &str| Some(Error::Missing { what, remedy: remedy.to_owned() });
    if !cfg!(target_os = "linux") {
        return lacks(
            "network namespaces are a thing of Linux".to_owned(),
            "run it on a Linux machine or in a container there",
        );
    }
    let effective = std::fs::read_to_string("/proc/self/status").ok().and_then(|text| effective(&text));
    let Some(effective) = effective else {
        return lacks(
            "the capabilities of this process cannot be read from /proc/self/status".to_owned(),
            "mount /proc",
        );
    };
    for (number, name) in CAPABILITIES {
        if effective & (1 << number) == 0 {
            return lacks(
                format!("this process does not have {name}, which network namespaces need"),
                "run it as root, such as with sudo, or in a privileged container",
            );
        }
    }
    for (program, version, package) in [("ip", "-V", "iproute2"), ("nft", "--version", "nftables")] {
        if Command::new(program).arg(version).output().is_err() {
            return lacks(
                format!("there is no program `{program}` on the search path"),
                &format!("install the package {package}, such as with `apt-get install {package}`"),
            );
        }
    }
    None
}

fn effective(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read() {
        let text =
            "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t0000000000201000\nCapBnd:\t000001ffffffffff\n";
        let found = effective(text).unwrap();
        assert!(CAPABILITIES.iter().all(|(number, _)| found & (1 << number) != 0));
        assert_eq!(effective("Name:\tx\n"), None);
    }
}
