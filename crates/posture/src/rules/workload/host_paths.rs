//! Which paths of a node give it away.

/// What a path of the node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The socket of a container runtime, or a directory that is there for it.
    RuntimeSocket,
    /// A part of the node that gives away the node or other pods.
    Sensitive,
    /// Any other path.
    Ordinary,
}

/// When a directory and all below it is sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// Reading it is harmless.
    Writable,
    /// A harmless part of a sensitive directory.
    Never,
}

/// What `path` is, mounted writable or not. The path need not be clean: `..` is resolved, slashes may be
/// repeated, and it is absolute even without the first one.
pub(super) fn place(path: &str, writable: bool) -> Place {
    if path.is_empty() {
        return Place::Ordinary;
    }
    let windows = is_windows(path);
    let parts = normalize(path, windows);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if is_runtime_socket(&parts, windows) {
        return Place::RuntimeSocket;
    }
    let when = if windows { when(&parts, WINDOWS) } else { worse(when(&parts, LINUX), special(&parts)) };
    match when {
        When::Always => Place::Sensitive,
        When::Writable if writable => Place::Sensitive,
        _ => Place::Ordinary,
    }
}

/// The deepest entry at or above the path decides, unless something worse lies below the path.
fn when(parts: &[&str], table: &[(&str, When)]) -> When {
    let mut above = (0, When::Never);
    let mut below = When::Never;
    for (entry, when) in table {
        let entry: Vec<&str> = components(entry).collect();
        if parts.starts_with(&entry) && entry.len() >= above.0 {
            above = (entry.len(), *when);
        } else if entry.starts_with(parts) {
            below = worse(below, *when);
        }
    }
    worse(above.1, below)
}

fn worse(a: When, b: When) -> When {
    match (a, b) {
        (When::Always, _) | (_, When::Always) => When::Always,
        (When::Writable, _) | (_, When::Writable) => When::Writable,
        _ => When::Never,
    }
}

/// What is told by its form: home directories with their hidden files, where keys are, and disks.
fn special(parts: &[&str]) -> When {
    const DISKS: [&str; 6] = ["dm-", "mmcblk", "nvme", "sd", "vd", "xvd"];
    let found = match parts {
        ["home"] | ["home", _] => true,
        ["home", _, name, ..] => name.starts_with('.'),
        ["dev", name] => DISKS.iter().any(|disk| name.starts_with(disk)),
        _ => false,
    };
    if found { When::Always } else { When::Never }
}

fn is_runtime_socket(parts: &[&str], windows: bool) -> bool {
    const SOCKETS: [&str; 7] = [
        "containerd.sock",
        "containerd.sock.ttrpc",
        "cri-dockerd.sock",
        "crio.sock",
        "docker.sock",
        "dockershim.sock",
        "podman.sock",
    ];
    if windows {
        return matches!(parts, ["pipe", "docker_engine" | "containerd-containerd" | "cri-dockerd"]);
    }
    // The name tells a socket: distributions put it in many places.
    if parts.last().is_some_and(|name| SOCKETS.contains(name)) {
        return true;
    }
    matches!(
        parts,
        ["run", "containerd" | "crio" | "docker" | "k0s" | "k3s" | "podman"]
            | ["run", "docker" | "k3s", "containerd"]
            | ["run", "user", _, "podman"]
            | ["var", "snap", "microk8s", "common", "run"]
    )
}

fn is_windows(path: &str) -> bool {
    let bytes = path.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    drive || path.starts_with(r"\\") || path.starts_with("//./pipe/")
}

/// The components of a path. `/var/run` is a link to `/run`; on Windows the drive goes and case does not
/// count.
fn normalize(path: &str, windows: bool) -> Vec<String> {
    let path = if windows { path.replace('\\', "/").to_ascii_lowercase() } else { path.to_owned() };
    let path = match path.split_once(':') {
        Some((_, rest)) if windows => rest,
        _ => &path,
    };
    let mut parts: Vec<String> = Vec::new();
    for part in components(path) {
        match part {
            ".." => drop(parts.pop()),
            _ => parts.push(part.to_owned()),
        }
    }
    if !windows && parts.first().is_some_and(|part| part == "var") && parts.get(1).is_some_and(|p| p == "run")
    {
        parts.remove(0);
    }
    parts
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

const LINUX: &[(&str, When)] = &[
    // Programs that the node runs
    ("/bin", When::Always),
    ("/lib", When::Always),
    ("/lib/modules", When::Writable),
    ("/lib64", When::Always),
    ("/opt/cni", When::Always),
    ("/sbin", When::Always),
    ("/usr", When::Always),
    ("/usr/lib/modules", When::Writable),
    ("/usr/lib/os-release", When::Writable),
    ("/usr/local/share/ca-certificates", When::Writable),
    ("/usr/share/ca-certificates", When::Writable),
    ("/usr/share/zoneinfo", When::Never),
    ("/usr/src", When::Writable),
    // Configuration and credentials of the node; who writes the list of authorities or of names decides
    // whom the node believes
    ("/boot", When::Always),
    ("/etc", When::Always),
    ("/etc/ca-certificates", When::Writable),
    ("/etc/hostname", When::Writable),
    ("/etc/hosts", When::Writable),
    ("/etc/localtime", When::Never),
    ("/etc/lsb-release", When::Writable),
    ("/etc/machine-id", When::Writable),
    ("/etc/os-release", When::Writable),
    ("/etc/pki/ca-trust", When::Writable),
    ("/etc/pki/tls/certs", When::Writable),
    ("/etc/resolv.conf", When::Writable),
    ("/etc/ssl/certs", When::Writable),
    ("/etc/timezone", When::Never),
    ("/root", When::Always),
    ("/var/lib/cloud", When::Always),
    ("/var/spool/cron", When::Always),
    // Kernel and devices
    ("/dev/block", When::Always),
    ("/dev/disk", When::Always),
    ("/dev/kmem", When::Always),
    ("/dev/mapper", When::Always),
    ("/dev/mem", When::Always),
    ("/dev/port", When::Always),
    ("/proc", When::Always),
    ("/sys", When::Always),
    // What starts services and containers
    ("/run/containerd", When::Always),
    ("/run/crio", When::Always),
    ("/run/dbus", When::Always),
    ("/run/docker", When::Always),
    ("/run/k0s", When::Always),
    ("/run/k3s", When::Always),
    ("/run/nri", When::Always),
    ("/run/systemd", When::Always),
    // Secrets and file systems of all pods
    ("/var/lib/containerd", When::Always),
    ("/var/lib/containers", When::Always),
    ("/var/lib/docker", When::Always),
    ("/var/lib/etcd", When::Always),
    ("/var/lib/k0s", When::Always),
    ("/var/lib/kubelet", When::Always),
    ("/var/lib/minikube", When::Always),
    ("/var/lib/rancher", When::Always),
    ("/var/snap/microk8s", When::Always),
    // Where storage drivers and device plugins meet the kubelet
    ("/var/lib/kubelet/device-plugins", When::Never),
    ("/var/lib/kubelet/plugins", When::Never),
    ("/var/lib/kubelet/plugins_registry", When::Never),
    ("/var/lib/kubelet/pod-resources", When::Never),
    // The kubelet serves these and follows links in them as root
    ("/var/log/containers", When::Writable),
    ("/var/log/pods", When::Writable),
];

const WINDOWS: &[(&str, When)] = &[
    ("/etc", When::Always),
    ("/k", When::Always),
    ("/program files", When::Always),
    ("/programdata", When::Always),
    ("/users", When::Always),
    ("/var/lib/kubelet", When::Always),
    ("/var/lib/rancher", When::Always),
    ("/windows", When::Always),
];

#[cfg(test)]
mod tests {
    use super::Place::{Ordinary, RuntimeSocket, Sensitive};
    use super::*;

    #[test]
    fn every_entry_and_every_parent_is_what_the_table_says() {
        for (entry, when) in LINUX {
            for writable in [false, true] {
                let expected = match when {
                    When::Always => true,
                    When::Writable => writable,
                    When::Never => false,
                };
                let found = place(entry, writable);
                // Some directories belong to a runtime as a whole.
                assert!(found == RuntimeSocket || (found == Sensitive) == expected, "{entry} {writable}");
                let below = place(&format!("{entry}/x"), writable);
                assert_eq!(below == Sensitive, expected, "{entry}/x {writable}");
            }
            let parts: Vec<_> = components(entry).collect();
            for length in 0..parts.len() {
                let parent = format!("/{}", parts[..length].join("/"));
                if *when == When::Always {
                    assert_ne!(place(&parent, false), Ordinary, "{parent}");
                }
            }
        }
    }

    #[test]
    fn a_path_is_judged_by_where_it_leads() {
        for path in [
            "/",
            "//",
            "/.",
            "/..",
            "etc",
            "/etc/",
            "//etc",
            "/srv/../etc",
            "/./etc",
            "/var",
            "/var/",
            "/var/lib",
            "/run",
            "/var/run",
            "/dev",
            "/dev/nvme0n1",
            "/dev/sda1",
            "/opt",
            "/home",
            "/home/me",
            "/home/me/.ssh",
            "/proc/1/root",
            "/etc/kubernetes/pki",
            "/etc/ssl",
            "/var/lib/kubelet/pods",
            "/var/run/systemd/private",
            r"C:\",
            "c:/",
            r"C:\Windows\System32",
            r"c:\VAR\lib",
            r"C:\etc\kubernetes",
            r"C:\data\..\Users",
        ] {
            assert_eq!(place(path, false), Sensitive, "{path}");
        }
        for path in [
            "",
            "/data",
            "/etcd",
            "/srv/etc",
            "/home/me/data",
            "/dev/fuse",
            "/run/flannel",
            "/var/log/app",
            "/tmp",
            "/var/lib/app",
            "/opt/app",
            "/etc/../data",
            "/procs",
            "/run/user/1000",
            r"C:\data",
            r"D:\app",
        ] {
            assert_eq!(place(path, true), Ordinary, "{path}");
        }
        for path in ["/var/log", "/var/log/pods", "/lib/modules/6.1", "/etc/hosts"] {
            assert_eq!((place(path, false), place(path, true)), (Ordinary, Sensitive), "{path}");
        }
    }

    #[test]
    fn the_deepest_entry_decides_in_any_order() {
        let mut table = vec![("/a", When::Always), ("/a/b", When::Never), ("/a/b/c", When::Writable)];
        for _ in 0..2 {
            assert_eq!(when(&["a", "x"], &table), When::Always);
            assert_eq!(when(&["a", "b", "x"], &table), When::Never);
            assert_eq!(when(&["a", "b"], &table), When::Writable);
            assert_eq!(when(&["a", "b", "c", "x"], &table), When::Writable);
            table.reverse();
        }
    }

    #[test]
    fn sockets_of_runtimes_are_known_wherever_they_are() {
        for path in [
            "/var/run/docker.sock",
            "/run/../run//docker.sock",
            "/run/user/1000/docker.sock",
            "/run/containerd",
            "/var/run/containerd/",
            "/run/containerd/containerd.sock",
            "/run/k3s/containerd/containerd.sock",
            "/run/k3s/containerd",
            "/var/snap/microk8s/common/run",
            "/var/snap/microk8s/common/run/containerd.sock",
            "/run/k0s/containerd.sock",
            "/var/run/crio/crio.sock",
            "/var/run/cri-dockerd.sock",
            "/run/podman/podman.sock",
            "/run/user/1000/podman",
            r"\\.\pipe\docker_engine",
            "//./pipe/containerd-containerd",
        ] {
            assert_eq!(place(path, false), RuntimeSocket, "{path}");
        }
        for path in ["/data/my-docker.sock", "/data/docker.sock.d", "/run/dockerish", r"\\.\pipe\csi"] {
            assert_eq!(place(path, true), Ordinary, "{path}");
        }
        assert_eq!(place("/run/containerd/io.containerd.runtime.v2.task", false), Sensitive);
    }
}
