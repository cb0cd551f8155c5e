//! Random resources and patches. Names and values are few, so that patches meet what they are for.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// A question for the oracle.
pub(crate) fn question(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!({"op": "diff", "resource": resource(random), "patch": resource(random)}),
        1 | 2 => {
            let operations: Vec<Value> = (0..=random.below(3)).map(|_| operation(random)).collect();
            json!({"op": "json6902", "resource": document(random), "patch": operations})
        }
        _ => json!({"op": "strategic", "resource": resource(random), "patch": patch(random)}),
    }
}

fn resource(random: &mut Random) -> Value {
    let mut root = Generator { random, patch: false }.fields("root", 0);
    let (version, kind) = kind(random);
    root.insert("apiVersion".into(), version.into());
    root.insert("kind".into(), kind.into());
    root.into()
}

fn patch(random: &mut Random) -> Value {
    let mut root = Generator { random, patch: true }.fields("root", 0);
    if random.one_in(30) {
        let (version, kind) = kind(random);
        root.insert("apiVersion".into(), version.into());
        root.insert("kind".into(), kind.into());
    }
    root.into()
}

fn kind(random: &mut Random) -> (&'static str, &'static str) {
    const KINDS: &[(&str, &str)] = &[
        ("v1", "Pod"),
        ("v1", "Pod"),
        ("v1", "Pod"),
        ("apps/v1", "Deployment"),
        ("v1", "Service"),
        ("v1", "ServiceAccount"),
        ("v1", "Node"),
        ("example.com/v1", "Thing"),
        ("v1", "PodList"),
    ];
    KINDS[random.below(KINDS.len())]
}

/// What may be in an object of a certain type: names, and the type or values of each.
fn shape(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "root" => &[
            ("metadata", "metadata"),
            ("spec", "spec"),
            ("spec", "spec"),
            ("secrets", "[]named"),
            ("status", "status"),
            ("data", "object"),
        ],
        "metadata" => &[
            ("labels", "object"),
            ("finalizers", "[]text"),
            ("ownerReferences", "[]owner"),
            ("name", "text"),
            ("annotations", "object"),
        ],
        "status" => &[("conditions", "[]condition"), ("podIPs", "[]address"), ("addresses", "[]condition")],
        "spec" => &[
            ("containers", "[]container"),
            ("containers", "[]container"),
            ("containers", "[]container"),
            ("initContainers", "[]container"),
            ("volumes", "[]volume"),
            ("imagePullSecrets", "[]named"),
            ("hostAliases", "[]address"),
            ("topologySpreadConstraints", "[]constraint"),
            ("template", "template"),
            ("ports", "[]port"),
            ("podCIDRs", "[]text"),
            ("tolerations", "[]named"),
            ("replicas", "number"),
            ("paused", "truth"),
            ("securityContext", "object"),
        ],
        "template" => &[
            ("metadata", "metadata"),
            ("spec", "spec"),
            ("spec", "spec"),
            ("kind", "kind"),
            ("apiVersion", "version"),
        ],
        "container" => &[
            ("name", "text"),
            ("name", "text"),
            ("name", "text"),
            ("image", "text"),
            ("image", "text"),
            ("env", "[]variable"),
            ("ports", "[]port"),
            ("volumeMounts", "[]mount"),
            ("args", "[]text"),
            ("securityContext", "object"),
        ],
        "volume" => &[("name", "text"), ("name", "text"), ("hostPath", "object"), ("emptyDir", "object")],
        "variable" => &[("name", "text"), ("value", "text"), ("value", "scalar")],
        "mount" => &[("mountPath", "text"), ("mountPath", "text"), ("name", "text"), ("readOnly", "truth")],
        "port" => {
            &[("containerPort", "number"), ("port", "number"), ("protocol", "protocol"), ("name", "text")]
        }
        "constraint" => &[("topologyKey", "text"), ("whenUnsatisfiable", "text"), ("maxSkew", "number")],
        "condition" => &[("type", "text"), ("status", "text")],
        "address" => &[("ip", "text"), ("hostnames", "[]text")],
        "owner" => &[("uid", "text"), ("name", "text")],
        "named" => &[("name", "text"), ("name", "text"), ("key", "scalar"), ("nested", "[]named")],
        _ => &[
            ("a", "scalar"),
            ("b", "scalar"),
            ("c", "text"),
            ("d", "object"),
            ("e", "[]text"),
            ("f", "[]named"),
        ],
    }
}

struct Generator<'a> {
    random: &'a mut Random,
    patch: bool,
}

impl Generator<'_> {
    fn fields(&mut self, name: &str, depth: usize) -> Map<String, Value> {
        let shape = shape(name);
        let count = if depth > 6 { 0 } else { self.random.below(4) + usize::from(depth < 2) };
        let mut map = Map::new();
        for _ in 0..count {
            let (key, kind) = shape[self.random.below(shape.len())];
            let (key, value) = self.member(key, kind, depth + 1);
            map.insert(key, value);
        }
        if self.patch && self.random.one_in(25) {
            map.insert("$patch".into(), self.random.pick(&["delete", "replace", "merge", "other"]).into());
        }
        map
    }

    fn member(&mut self, key: &str, kind: &str, depth: usize) -> (String, Value) {
        if !self.patch {
            return (key.to_owned(), self.value(kind, depth));
        }
        match self.random.below(14) {
            0 | 1 => (format!("({key})"), self.condition(kind)),
            2 => (format!("<({key})"), self.condition(kind)),
            3 | 4 => (format!("+({key})"), self.value(kind, depth)),
            5 if self.random.one_in(4) => (format!("=({key})"), self.value(kind, depth)),
            _ => (key.to_owned(), self.value(kind, depth)),
        }
    }

    /// Only what the test's own matching understands: texts with wildcards, and objects of texts.
    fn condition(&mut self, kind: &str) -> Value {
        match kind {
            "text" | "scalar" | "number" | "truth" | "protocol" | "kind" | "version" => {
                self.random.pick(&["*", "?*", "x", "x*", "y", "!x", "80", "true"]).into()
            }
            _ if kind.starts_with("[]") => match kind {
                "[]text" => json!([self.random.pick(&["*", "x", "x*"])]),
                _ => json!([{"name": self.random.pick(&["?*", "x", "x*"])}]),
            },
            _ => {
                let texts: Vec<_> = shape(kind).iter().filter(|(_, kind)| *kind == "text").collect();
                let mut map = Map::new();
                if !texts.is_empty() {
                    let (key, _) = texts[self.random.below(texts.len())];
                    let anchor = self.random.one_in(4);
                    let key = if anchor { format!("+({key})") } else { (*key).to_owned() };
                    map.insert(key, self.random.pick(&["x", "?*", "y*"]).into());
                }
                map.into()
            }
        }
    }

    fn value(&mut self, kind: &str, depth: usize) -> Value {
        if self.random.one_in(if self.patch { 20 } else { 40 }) {
            return Value::Null;
        }
        if self.random.one_in(150) {
            return self.value("scalar", depth);
        }
        if let Some(element) = kind.strip_prefix("[]") {
            return self.list(element, depth);
        }
        match kind {
            "text" => self.random.pick(&["x", "y", "z", "x1", ""]).into(),
            "number" => json!(self.random.below(3) + 80),
            "truth" => self.random.one_in(2).into(),
            "protocol" => self.random.pick(&["TCP", "UDP"]).into(),
            "kind" => "Pod".into(),
            "version" => "v1".into(),
            "scalar" => match self.random.below(9) {
                0 => json!(80),
                1 => json!(1.5),
                2 => true.into(),
                3 => "80".into(),
                4 => "true".into(),
                5 => "null".into(),
                6 => "two\nlines".into(),
                7 => "(x)".into(),
                _ => "x".into(),
            },
            _ => self.fields(kind, depth).into(),
        }
    }

    fn list(&mut self, element: &str, depth: usize) -> Value {
        let mut items: Vec<Value> = (0..self.random.below(4)).map(|_| self.value(element, depth)).collect();
        if self.patch && self.random.one_in(25) {
            let directive = self.random.pick(&["delete", "replace", "merge", "other"]);
            items.insert(self.random.below(items.len() + 1), json!({"$patch": directive}));
        }
        items.into()
    }
}

fn document(random: &mut Random) -> Value {
    let mut root = Generator { random, patch: false }.fields("any", 0);
    root.insert("l".into(), json!([1, [2, {"a": 3}], {"b": null}]));
    root.insert("a/b".into(), json!({"m~n": 1}));
    root.into()
}

fn operation(random: &mut Random) -> Value {
    let path = path(random);
    let from = self::path(random);
    let value = match random.below(5) {
        0 => json!({"a": [1]}),
        1 => json!([]),
        2 => json!("x"),
        3 => json!(80),
        _ => json!({"a/b": {"c": null}}),
    };
    match random.below(14) {
        0..4 => json!({"op": "add", "path": path, "value": value}),
        4..6 => json!({"op": "remove", "path": path}),
        6 | 7 => json!({"op": "replace", "path": path, "value": value}),
        8 => json!({"op": "move", "from": from, "path": path}),
        9 | 10 => json!({"op": "copy", "from": from, "path": path}),
        11 => json!({"op": "test", "path": path, "value": value}),
        12 => json!({"op": "test", "path": path}),
        _ => match random.below(8) {
            0 => json!({"op": "add", "path": path}),
            1 => json!({"op": "add", "value": 1}),
            2 => json!({"op": "what", "path": path}),
            3 => json!({"op": 3, "path": path}),
            4 => json!({"op": "move", "path": path}),
            5 => json!({"op": "copy", "from": true, "path": path}),
            6 => json!([1]),
            _ => json!({"path": path}),
        },
    }
}

/// Without empty steps, which the dialect reads otherwise on purpose.
fn path(random: &mut Random) -> String {
    if random.one_in(60) {
        return random.pick(&["a", "x/y"]).to_owned();
    }
    let step = |random: &mut Random| {
        random.pick(&[
            "a", "b", "d", "e", "f", "l", "l", "0", "1", "2", "-", "-1", "-2", "7", "+1", "01", "a~1b",
            "m~0n", "new",
        ])
    };
    (0..=random.below(4)).map(|_| format!("/{}", step(random))).collect()
}
