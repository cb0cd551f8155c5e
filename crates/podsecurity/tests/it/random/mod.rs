//! Seeded random pods: wild, but mostly of the right types, and near the edges of every check.

mod words;

use std::fmt::Write;

use words::{ANNOTATION_VALUES, CAPABILITIES, HOSTS, NAMES, PROFILES, SYSCTLS, VOLUMES};

/// xorshift64*: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[usize::try_from(self.below(items.len() as u64)).unwrap()]
    }

    /// A list of up to `most` items.
    fn list(&mut self, most: u64, mut item: impl FnMut(&mut Self) -> String) -> String {
        let count = self.below(most + 1);
        let items: Vec<String> = (0..count).map(|_| item(self)).collect();
        format!("[{}]", items.join(","))
    }
}

/// An object under construction.
struct Object(Vec<String>);

impl Object {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn put(&mut self, key: &str, json: &str) {
        self.0.push(format!("\"{key}\":{json}"));
    }

    /// Decoders disagree about keys that are written twice, and which value counts is none of our matter.
    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|member| member.starts_with(&format!("\"{key}\":")))
    }

    fn done(self) -> String {
        format!("{{{}}}", self.0.join(","))
    }
}

/// The JSON text of a pod. Once in twenty pods some fields have a wrong type.
pub(crate) fn pod(random: &mut Random) -> String {
    let mut pod = Pods { broken: random.once_in(20), hardened: random.once_in(2), random };
    pod.pod()
}

struct Pods<'a> {
    random: &'a mut Random,
    /// Whether the pod gets a field of a wrong type.
    broken: bool,
    /// Whether to write mostly what `restricted` wants, so that many pods are allowed or nearly so.
    hardened: bool,
}

impl Pods<'_> {
    fn pod(&mut self) -> String {
        let mut pod = Object::new();
        if self.random.once_in(2) {
            pod.put("metadata", &self.metadata());
        }
        if !self.random.once_in(50) {
            pod.put("spec", &self.spec());
        }
        pod.done()
    }

    /// The text as it is, or, rarely, something of another type, if this is a broken pod.
    fn typed(&mut self, json: String) -> String {
        if self.broken && self.random.once_in(6) {
            return self
                .random
                .pick(&["1", "1.5", r#""x""#, "true", "[]", "{}", "[1]", "99999999999"])
                .into();
        }
        json
    }

    /// Whether to write a field that only hurts a hardened pod.
    fn unwise(&mut self, n: u64) -> bool {
        let n = if self.hardened { n * 12 } else { n };
        self.random.once_in(n)
    }

    fn metadata(&mut self) -> String {
        let mut metadata = Object::new();
        metadata.put("name", r#""p""#);
        if self.unwise(2) {
            let mut annotations = Object::new();
            for _ in 0..self.random.below(5) {
                let mut key = String::from(self.random.pick(&[
                    "container.apparmor.security.beta.kubernetes.io/",
                    "container.apparmor.security.beta.kubernetes.io",
                    "container.seccomp.security.alpha.kubernetes.io/",
                    "seccomp.security.alpha.kubernetes.io/pod",
                    "example.com/",
                ]));
                if key.ends_with('/') {
                    key.push_str(self.random.pick(&NAMES));
                }
                if annotations.has(&key) {
                    continue;
                }
                let value = String::from(self.random.pick(&ANNOTATION_VALUES));
                annotations.put(&key, &self.typed(value));
            }
            metadata.put("annotations", &self.typed(annotations.done()));
        }
        metadata.done()
    }

    fn spec(&mut self) -> String {
        let mut spec = Object::new();
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if self.unwise(4) {
                let value = self.boolean();
                spec.put(field, &value);
            }
        }
        if self.random.once_in(4) {
            let value = self.boolean();
            spec.put("hostUsers", &value);
        }
        if self.random.once_in(5) {
            let os = self.random.pick(&[
                "null",
                "{}",
                r#"{"name":"windows"}"#,
                r#"{"name":"windows"}"#,
                r#"{"name":"linux"}"#,
                r#"{"name":"Windows"}"#,
                r#"{"name":null}"#,
            ]);
            spec.put("os", &self.typed(os.into()));
        }
        if self.hardened || self.random.once_in(2) {
            let security = self.security(true);
            spec.put("securityContext", &security);
        }
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            if list == "containers" || self.random.once_in(3) {
                let most = if list == "containers" { 3 } else { 2 };
                let count = self.random.below(most + 1);
                let containers: Vec<String> = (0..count).map(|_| self.container()).collect();
                spec.put(list, &self.typed(format!("[{}]", containers.join(","))));
            }
        }
        if self.random.once_in(2) {
            let count = self.random.below(4);
            let volumes: Vec<String> = (0..count).map(|_| self.volume()).collect();
            spec.put("volumes", &self.typed(format!("[{}]", volumes.join(","))));
        }
        if self.random.once_in(40) {
            return "null".into();
        }
        self.typed(spec.done())
    }

    fn boolean(&mut self) -> String {
        let value = self.random.pick(&["true", "true", "false", "false", "null"]);
        self.typed(value.into())
    }

    fn name(&mut self) -> String {
        let name = self.random.pick(&NAMES);
        self.typed(format!("\"{name}\""))
    }

    fn container(&mut self) -> String {
        if self.unwise(40) {
            return "null".into();
        }
        let mut container = Object::new();
        if !self.random.once_in(20) {
            let name = self.name();
            container.put("name", &name);
        }
        container.put("image", r#""i""#);
        if self.hardened || self.random.once_in(2) {
            let security = self.security(false);
            container.put("securityContext", &security);
        }
        if self.random.once_in(3) {
            let is_unwise = self.unwise(2);
            let ports = self.random.list(3, |random| {
                let ports: &[&str] = if is_unwise {
                    &["0", "80", "443", "8080", "9", "10", "-1", "null", "65536", "2147483647"]
                } else {
                    &["0", "null"]
                };
                match random.below(4) {
                    0 => "null".into(),
                    1 => r#"{"containerPort":80}"#.into(),
                    _ => format!(r#"{{"containerPort":80,"hostPort":{}}}"#, random.pick(ports)),
                }
            });
            container.put("ports", &self.typed(ports));
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if self.random.once_in(5) {
                let handler = self.handler();
                container.put(probe, &handler);
            }
        }
        if self.random.once_in(5) {
            let mut lifecycle = Object::new();
            for handler in ["postStart", "preStop"] {
                if self.random.once_in(2) {
                    let value = self.handler();
                    lifecycle.put(handler, &value);
                }
            }
            container.put("lifecycle", &self.typed(lifecycle.done()));
        }
        self.typed(container.done())
    }

    fn handler(&mut self) -> String {
        if self.random.once_in(10) {
            return "null".into();
        }
        let mut handler = Object::new();
        for action in ["httpGet", "tcpSocket", "exec", "grpc"] {
            if !self.random.once_in(3) {
                continue;
            }
            let mut object = Object::new();
            if action.ends_with('t') && self.unwise(2) {
                let host = self.random.pick(&HOSTS);
                object.put("host", &self.typed(host.into()));
            }
            // No check reads the other two, so any type is right there.
            let json = if action.ends_with('t') { self.typed(object.done()) } else { "{}".into() };
            handler.put(action, &json);
        }
        self.typed(handler.done())
    }

    fn profile(&mut self, confined: bool) -> String {
        if confined && !self.random.once_in(15) {
            return r#"{"type":"RuntimeDefault"}"#.into();
        }
        match self.random.below(8) {
            0 => "null".into(),
            1 => "{}".into(),
            2 => r#"{"localhostProfile":"x"}"#.into(),
            _ => {
                let kind = self.random.pick(&PROFILES);
                let kind = self.typed(kind.into());
                self.typed(format!(r#"{{"type":{kind}}}"#))
            }
        }
    }

    /// A security context. Fields of the other kind are written too: they must be ignored.
    fn security(&mut self, of_pod: bool) -> String {
        if self.unwise(15) {
            return "null".into();
        }
        let mut security = Object::new();
        if self.hardened && !of_pod && !self.unwise(2) {
            security.put("allowPrivilegeEscalation", "false");
        } else if self.random.once_in(3) && !of_pod {
            let value = self.boolean();
            security.put("allowPrivilegeEscalation", &value);
        }
        if self.unwise(if of_pod { 10 } else { 4 }) {
            let value = if of_pod { r#""ignored""#.into() } else { self.boolean() };
            security.put("privileged", &value);
        }
        if !of_pod && (self.hardened || self.random.once_in(2)) {
            let capabilities = self.capabilities();
            security.put("capabilities", &capabilities);
        }
        if self.unwise(4) && !of_pod {
            let mount = self.random.pick(&[r#""Default""#, r#""Unmasked""#, r#""""#, "null", r#""default""#]);
            security.put("procMount", &self.typed(mount.into()));
        }
        if of_pod && self.hardened && !self.unwise(3) {
            security.put("runAsNonRoot", "true");
        } else if self.unwise(2) {
            let value = self.boolean();
            security.put("runAsNonRoot", &value);
        }
        if self.random.once_in(3) {
            let is_unwise = self.unwise(3);
            let user = if is_unwise {
                self.random.pick(&["0", "0", "-0", "null", "1000", "-1"])
            } else {
                self.random.pick(&["1", "1000", "9223372036854775807"])
            };
            security.put("runAsUser", &self.typed(user.into()));
        }
        if (of_pod && self.hardened) || self.random.once_in(3) {
            let profile = self.profile(self.hardened);
            security.put("seccompProfile", &profile);
        }
        if self.random.once_in(4) {
            let profile = self.profile(self.hardened);
            security.put("appArmorProfile", &profile);
        }
        if self.random.once_in(4) {
            let options = self.se_linux();
            security.put("seLinuxOptions", &options);
        }
        if self.unwise(4) {
            let value = self.boolean();
            let options = [format!(r#"{{"hostProcess":{value}}}"#), "{}".into(), "null".into()];
            let index = usize::try_from(self.random.below(5).saturating_sub(2)).unwrap();
            security.put("windowsOptions", &self.typed(options[index].clone()));
        }
        if self.random.once_in(4) && of_pod {
            let is_unwise = self.unwise(2);
            let sysctls = self.random.list(4, |random| {
                if is_unwise && random.once_in(8) {
                    return random.pick(&["null", "{}", r#"{"name":null}"#]).into();
                }
                let names = if is_unwise { &SYSCTLS[..] } else { &SYSCTLS[..14] };
                format!(r#"{{"name":"{}","value":"1"}}"#, random.pick(names))
            });
            security.put("sysctls", &self.typed(sysctls));
        }
        self.typed(security.done())
    }

    fn capabilities(&mut self) -> String {
        if self.unwise(20) {
            return "null".into();
        }
        let mut capabilities = Object::new();
        let name = |random: &mut Random| {
            if random.once_in(40) {
                return "null".into();
            }
            let mut text = String::new();
            write!(text, "\"{}\"", random.pick(&CAPABILITIES)).unwrap();
            text
        };
        if self.hardened && !self.unwise(3) {
            capabilities.put("drop", r#"["ALL"]"#);
        } else if self.random.once_in(2) {
            let names = self.random.list(3, name);
            capabilities.put("drop", &self.typed(names));
        }
        if self.unwise(2) {
            let names = self.random.list(3, name);
            capabilities.put("add", &self.typed(names));
        } else if self.random.once_in(5) {
            capabilities.put("add", r#"["NET_BIND_SERVICE"]"#);
        }
        self.typed(capabilities.done())
    }

    fn se_linux(&mut self) -> String {
        let mut options = Object::new();
        if self.random.once_in(2) {
            let kinds: &[&str] = if self.hardened {
                &[
                    r#""container_t""#,
                    r#""container_init_t""#,
                    r#""container_kvm_t""#,
                    r#""container_engine_t""#,
                ]
            } else {
                &[r#""container_t""#, r#""container_engine_t""#, r#""spc_t""#, r#""""#, "null", r#""x_t""#]
            };
            let kind = self.random.pick(kinds);
            options.put("type", &self.typed(kind.into()));
        }
        for field in ["user", "role"] {
            if self.unwise(3) {
                let value = self.random.pick(&[r#""""#, "null", r#""u""#]);
                options.put(field, &self.typed(value.into()));
            }
        }
        self.typed(options.done())
    }

    fn volume(&mut self) -> String {
        if self.random.once_in(20) {
            return "null".into();
        }
        let mut volume = Object::new();
        if !self.random.once_in(15) {
            let name = self.name();
            volume.put("name", &name);
        }
        let sources = match self.random.below(10) {
            0 => 0,
            1 => 2,
            2 => 3,
            _ => 1,
        };
        let mut written = Vec::new();
        for _ in 0..sources {
            let kinds = if self.unwise(2) { &VOLUMES[..] } else { &VOLUMES[22..] };
            let kind = if self.unwise(8) { "hostPath" } else { self.random.pick(kinds) };
            if !written.contains(&kind) {
                written.push(kind);
                let source = if self.random.once_in(10) { "null" } else { "{}" };
                // Nothing reads inside of a source that is not known, so any type is right there.
                let source = if kind == "newStorage" { source.into() } else { self.typed(source.into()) };
                volume.put(kind, &source);
            }
        }
        self.typed(volume.done())
    }
}

/// The JSON text of a namespace's labels.
pub(crate) fn labels(random: &mut Random) -> String {
    let mut labels = Object::new();
    for mode in ["enforce", "audit", "warn"] {
        if random.once_in(2) {
            let level = random.pick(&["privileged", "baseline", "restricted", "", "Baseline", "x\\\"y"]);
            labels.put(&format!("pod-security.kubernetes.io/{mode}"), &format!("\"{level}\""));
        }
        if random.once_in(2) {
            let version = random.pick(&[
                "latest",
                "v1.0",
                "v1.25",
                "v1.99",
                "",
                "1.25",
                "v1.01",
                "v2.0",
                "v1.9223372036854775808",
                "LATEST",
            ]);
            labels.put(&format!("pod-security.kubernetes.io/{mode}-version"), &format!("\"{version}\""));
        }
    }
    labels.done()
}
