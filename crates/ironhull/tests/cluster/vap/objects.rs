//! Random objects, about which the policies have different opinions.

use serde_json::{Map, Value, json};

/// Random numbers: the same ones in each run.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One in `of`.
    pub(super) fn one_in(&mut self, of: u64) -> bool {
        self.next().is_multiple_of(of)
    }

    pub(super) fn pick<'v>(&mut self, values: &'v [Value]) -> &'v Value {
        let place = usize::try_from(self.next() % values.len() as u64).unwrap();
        &values[place]
    }

    /// Sets a field to one of some values, or leaves it away; more often the latter if `rare`.
    fn maybe(&mut self, map: &mut Map<String, Value>, key: &str, rare: bool, values: &Value) {
        if self.one_in(if rare { 4 } else { 2 }) {
            map.insert(key.to_owned(), self.pick(values.as_array().unwrap()).clone());
        }
    }

    fn metadata(&mut self) -> Map<String, Value> {
        let (mut labels, mut annotations) = (Map::new(), Map::new());
        self.maybe(&mut labels, "team", false, &json!(["a", "ab", "b", ""]));
        self.maybe(&mut labels, "tier", false, &json!(["web", "db-1", "xa", "webx", "cache"]));
        self.maybe(&mut annotations, "owner", false, &json!(["a@b", "@", "a", ""]));
        let name = self.pick(&[json!("a1"), json!("b"), json!("cbc"), json!("d")]).clone();
        let mut metadata = Map::new();
        metadata.insert("name".into(), name);
        if !self.one_in(4) {
            metadata.insert("labels".into(), labels.into());
        }
        if self.one_in(2) {
            metadata.insert("annotations".into(), annotations.into());
        }
        metadata
    }

    pub(super) fn config_map(&mut self) -> Value {
        let mut data = Map::new();
        self.maybe(
            &mut data,
            "number",
            false,
            &json!(["5", "05", "+5", "5.0", "4", "6", "x", "", "2Ki", "5000m", "1e3", "0", "5s"]),
        );
        self.maybe(&mut data, "flag", false, &json!(["true", "false", "True", ""]));
        self.maybe(
            &mut data,
            "text",
            false,
            &json!([
                "it's 1\\d.+x",
                "it's \\d.+",
                "its\\d.+",
                "abc$",
                "abc",
                "a\nc$",
                "\n",
                "a\nb",
                "> 5",
                ">5",
                "6",
                "it's a | a?c$ | *\n*"
            ]),
        );
        self.maybe(&mut data, "in", false, &json!(["x", ""]));
        self.maybe(&mut data, "a.b_c", false, &json!(["x", "", "xy", "é"]));
        let mut object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": self.metadata() });
        let map = object.as_object_mut().unwrap();
        if !self.one_in(5) {
            map.insert("data".into(), data.into());
        }
        self.maybe(map, "immutable", true, &json!([true, false]));
        object
    }

    pub(super) fn service(&mut self) -> Value {
        let mut spec = Map::new();
        let mut port = json!({ "port": 80 });
        self.maybe(
            port.as_object_mut().unwrap(),
            "targetPort",
            false,
            &json!([8080, 80, "http", "https", "a"]),
        );
        spec.insert("ports".into(), json!([port]));
        self.maybe(&mut spec, "type", false, &json!(["ClusterIP", "NodePort", "LoadBalancer"]));
        self.maybe(
            &mut spec,
            "externalIPs",
            false,
            &json!([[], ["10.0.0.1"], ["10.0.0.1", "11.0.0.1"], ["11.0.0.1"]]),
        );
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": self.metadata(), "spec": spec })
    }

    pub(super) fn deployment(&mut self) -> Value {
        let mut template = self.metadata();
        template.remove("name");
        template.insert("labels".into(), json!({ "app": "a" }));
        if self.one_in(2) {
            template["labels"]["team"] = json!("a");
            template["labels"]["tier"] = self.pick(&[json!("web"), json!("xa")]).clone();
        }
        let mut spec = json!({
            "selector": { "matchLabels": { "app": "a" } },
            "template": { "metadata": template, "spec": self.pod_spec() },
        });
        self.maybe(spec.as_object_mut().unwrap(), "replicas", false, &json!([0, 1, 2, 5, 6]));
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": self.metadata(), "spec": spec })
    }

    pub(super) fn pod(&mut self) -> Value {
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": self.metadata(), "spec": self.pod_spec() })
    }

    fn pod_spec(&mut self) -> Value {
        let mut spec = Map::new();
        let names = [["a", "ab"], ["a", "side1"], ["b", "side"]];
        let names = names[usize::try_from(self.next() % 3).unwrap()];
        let count = if self.one_in(2) { 2 } else { 1 };
        let containers: Vec<Value> = names[..count].iter().map(|name| self.container(name)).collect();
        spec.insert("containers".into(), containers.into());
        if self.one_in(3) {
            spec.insert("initContainers".into(), json!([self.container("init")]));
        }
        for key in ["hostNetwork", "hostPID", "automountServiceAccountToken"] {
            self.maybe(&mut spec, key, true, &json!([true, false]));
        }
        if self.one_in(2) {
            let mut context = Map::new();
            self.maybe(&mut context, "runAsUser", false, &json!([0, 1, 999, 1000, 1500, 2000, 2001]));
            self.maybe(&mut context, "runAsNonRoot", false, &json!([true, false]));
            spec.insert("securityContext".into(), context.into());
        }
        let volumes = json!([
            [{ "name": "v", "emptyDir": {} }],
            [{ "name": "v", "hostPath": { "path": "/tmp/x" } }],
            [{ "name": "v", "hostPath": { "path": "/tmp" } }, { "name": "w", "emptyDir": {} }],
            [{ "name": "v", "hostPath": { "path": "/etc" } }],
            [],
        ]);
        self.maybe(&mut spec, "volumes", false, &volumes);
        spec.into()
    }

    fn container(&mut self, name: &str) -> Value {
        let mut container = Map::new();
        container.insert("name".into(), name.into());
        let images = json!([
            "registry.local/a:1",
            "ghcr.io/abc/x:1",
            "ghcr.io/ac/x:1",
            "a:latest",
            "a",
            "registry.local/a:latest",
            "b:2"
        ]);
        container.insert("image".into(), self.pick(images.as_array().unwrap()).clone());
        self.maybe(&mut container, "imagePullPolicy", false, &json!(["Always", "IfNotPresent"]));
        let mut resources = Map::new();
        for key in ["limits", "requests"] {
            if self.one_in(2) {
                let mut amounts = Map::new();
                self.maybe(
                    &mut amounts,
                    "memory",
                    false,
                    &json!([
                        "1Gi",
                        "1024Mi",
                        "64Mi",
                        "63Mi",
                        "2Gi",
                        "1025Mi",
                        "1073741824",
                        "1e9",
                        0,
                        "100m"
                    ]),
                );
                self.maybe(
                    &mut amounts,
                    "cpu",
                    false,
                    &json!(["100m", "0.1", "99m", "2", "2001m", "500m", "0.4999", 1, "0", "0.5m"]),
                );
                resources.insert(key.into(), amounts.into());
            }
        }
        if self.one_in(2) {
            container.insert("resources".into(), resources.into());
        }
        let ports = json!([
            [{ "containerPort": 80 }],
            [{ "containerPort": 80, "hostPort": 1023 }, { "containerPort": 443, "hostPort": 1024 }],
            [{ "containerPort": 8080, "hostPort": 30000 }],
        ]);
        self.maybe(&mut container, "ports", false, &ports);
        if self.one_in(2) {
            let mut context = Map::new();
            self.maybe(&mut context, "privileged", true, &json!([true, false]));
            self.maybe(&mut context, "runAsUser", false, &json!([0, 999, 1000, 2999, 3000]));
            let capabilities = json!([
                { "drop": ["ALL"] },
                { "drop": ["ALL", "KILL"] },
                { "drop": [], "add": ["SYS_TIME"] },
                { "add": ["CHOWN"] },
                { "add": ["CHOWN", "NET_ADMIN"], "drop": ["ALL"] },
            ]);
            self.maybe(&mut context, "capabilities", false, &capabilities);
            container.insert("securityContext".into(), context.into());
        }
        let env = json!([
            [{ "name": "A", "value": "x" }],
            [{ "name": "A", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }, { "name": "B" }],
            [{ "name": "A", "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } }],
            [{ "name": "A", "valueFrom": { "configMapKeyRef": { "name": "a", "key": "b" } } }],
        ]);
        self.maybe(&mut container, "env", true, &env);
        container.into()
    }

    /// A pod that `restricted` lets through, but for one thing or two.
    pub(super) fn nearly_restricted(&mut self) -> Value {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a", "annotations": {} },
            "spec": {
                "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
                "initContainers": [{ "name": "i", "image": "a", "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } } }],
                "containers": [{ "name": "a", "image": "a", "ports": [{ "containerPort": 80 }], "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } } }],
                "volumes": [{ "name": "v", "emptyDir": {} }],
            },
        });
        let changes = json!([
            ["/spec/securityContext", {}],
            ["/spec/securityContext/runAsNonRoot", [true, false, null]],
            ["/spec/securityContext/runAsUser", [0, 1]],
            ["/spec/securityContext/seccompProfile", [null, { "type": "Unconfined" }, { "type": "Localhost", "localhostProfile": "a" }]],
            ["/spec/securityContext/appArmorProfile", [{ "type": "Unconfined" }, { "type": "RuntimeDefault" }]],
            ["/spec/securityContext/seLinuxOptions", [{ "type": "container_t" }, { "type": "x" }, { "user": "x" }, { "role": "x" }, { "level": "s0" }]],
            ["/spec/securityContext/sysctls", [[{ "name": "kernel.shm_rmid_forced", "value": "1" }], [{ "name": "kernel.msgmax", "value": "1" }], [{ "name": "net.ipv4.tcp_rmem", "value": "1" }]]],
            ["/spec/hostNetwork", [true, false]],
            ["/spec/hostPID", [true, false]],
            ["/spec/hostIPC", [true, false]],
            ["/spec/hostUsers", [true, false]],
            ["/spec/volumes", [[{ "name": "v", "hostPath": { "path": "/a" } }], [{ "name": "v", "nfs": { "server": "a", "path": "/a" } }], [{ "name": "v", "secret": { "secretName": "a" } }], []]],
            ["/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1a", ["unconfined", "runtime/default", "localhost/a"]],
            ["C/securityContext", [null, {}]],
            ["C/securityContext/privileged", [false, true]],
            ["C/securityContext/allowPrivilegeEscalation", [null, true]],
            ["C/securityContext/runAsNonRoot", [null, true, false]],
            ["C/securityContext/runAsUser", [0, 1]],
            ["C/securityContext/procMount", ["Default", "Unmasked"]],
            ["C/securityContext/seccompProfile", [{ "type": "Unconfined" }, { "type": "RuntimeDefault" }]],
            ["C/securityContext/appArmorProfile", [{ "type": "Unconfined" }, { "type": "RuntimeDefault" }]],
            ["C/securityContext/seLinuxOptions", [{ "type": "container_engine_t" }, { "type": "x" }, { "user": "x" }]],
            ["C/securityContext/capabilities", [{}, { "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] }, { "add": ["CHOWN"] }, { "drop": ["ALL"], "add": ["SYS_TIME"] }]],
            ["C/securityContext/windowsOptions", [{ "hostProcess": false }, {}]],
            ["C/ports", [[{ "containerPort": 80, "hostPort": 80 }], []]],
            ["C/livenessProbe", [{ "httpGet": { "port": 80, "host": "a" } }, { "httpGet": { "port": 80 } }, { "exec": { "command": ["a"] } }]],
            ["C/lifecycle", [{ "preStop": { "tcpSocket": { "port": 80, "host": "a" } } }, { "postStart": { "httpGet": { "port": 80 } } }]],
        ]);
        for _ in 0..=self.next() % 4 {
            let change = self.pick(changes.as_array().unwrap()).clone();
            let place = change[0].as_str().unwrap();
            let container = if self.one_in(3) { "/spec/initContainers/0" } else { "/spec/containers/0" };
            let place = place.strip_prefix('C').map_or(place.to_owned(), |rest| format!("{container}{rest}"));
            let (parent, key) = place.rsplit_once('/').unwrap();
            let value = match change[1].as_array() {
                Some(values) => self.pick(values).clone(),
                None => change[1].clone(),
            };
            if let Some(Value::Object(map)) = pod.pointer_mut(parent) {
                map.insert(key.replace("~1", "/"), value);
            }
        }
        // Without that the API server takes no other mask.
        if pod.to_string().contains("Unmasked") {
            pod["spec"]["hostUsers"] = json!(false);
        }
        pod
    }
}
