//! The capabilities that lead from a container to its node.

/// Capabilities whose holder can run code in the kernel or on the node, read what belongs to other pods,
/// or switch off what protects the node; each with what it does, to follow "which". Sorted.
///
/// Not in it: `SYS_TIME`, `LINUX_IMMUTABLE`, `SYS_RESOURCE` and others that can harm a node but give no
/// control of it, and what container runtimes grant by default.
const DANGEROUS: &[(&str, &str)] = &[
    ("ALL", "is every capability there is"),
    ("BPF", "loads programs into the kernel"),
    ("DAC_READ_SEARCH", "opens files of the node by their handle"),
    ("MAC_ADMIN", "changes the mandatory access control of the node"),
    ("MAC_OVERRIDE", "is not bound by mandatory access control"),
    ("NET_ADMIN", "reconfigures networks and opens much of the kernel to attack"),
    ("PERFMON", "observes the kernel and every process of the node"),
    ("SYSLOG", "reads the log and the addresses of the kernel"),
    ("SYS_ADMIN", "mounts file systems and enters namespaces"),
    ("SYS_BOOT", "loads another kernel"),
    ("SYS_MODULE", "loads modules into the kernel"),
    ("SYS_PTRACE", "reads and changes other processes"),
    ("SYS_RAWIO", "reads and writes the memory and ports of the node"),
];

/// What a dangerous capability does; none for the others. `name` is upper case without `CAP_`.
pub(super) fn danger(name: &str) -> Option<&'static str> {
    let index = DANGEROUS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    DANGEROUS.get(index).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found() {
        assert!(DANGEROUS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(DANGEROUS.iter().all(|(name, _)| danger(name).is_some()));
        assert_eq!(danger("CHOWN"), None);
    }
}
