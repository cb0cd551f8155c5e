//! Which fields are against a pod, with what is in them.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use ironhull_podsecurity::{CheckId, Violation};
use ironhull_value::{Path, Segment, Value};

/// A field that is forbidden, or that is missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FieldError {
    /// `spec.containers[0].securityContext.privileged`.
    pub(super) field: String,
    is_required: bool,
    bad: Bad,
}

/// What is in it.
#[derive(Clone, Debug, PartialEq)]
enum Bad {
    Text(String),
    Flag(bool),
    Number(i64),
    List(Vec<String>),
}

impl FieldError {
    /// What is in it, as exclusions compare it.
    pub(super) fn values(&self) -> Vec<String> {
        match &self.bad {
            Bad::Text(text) if text.is_empty() => Vec::new(),
            Bad::Text(text) => vec![text.clone()],
            Bad::Flag(flag) => vec![flag.to_string()],
            Bad::Number(number) => vec![number.to_string()],
            Bad::List(list) => list.clone(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        if self.is_required {
            return write!(f, "{field}: Required value");
        }
        let found = |f: &mut fmt::Formatter<'_>, what: &dyn fmt::Display| {
            write!(f, "{field} is forbidden, forbidden values found: {what}")
        };
        match &self.bad {
            Bad::Text(text) if text.is_empty() => write!(f, "{field}: Forbidden"),
            Bad::Text(text) => found(f, text),
            Bad::Flag(flag) => found(f, flag),
            Bad::Number(number) => found(f, number),
            Bad::List(list) => found(f, &format!("[{}]", list.join(" "))),
        }
    }
}

/// Types of volumes that have a name in upstream's messages.
const VOLUMES: [&str; 21] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

/// The fields of a violation.
pub(super) fn of(violation: &Violation, pod: &Value) -> Vec<FieldError> {
    let fields = &violation.fields;
    match violation.check {
        // Upstream names no fields.
        CheckId::HostProbesAndHostLifecycle => Vec::new(),
        CheckId::RunAsNonRoot => run_as_non_root(pod),
        CheckId::CapabilitiesBaseline | CheckId::CapabilitiesRestricted => capabilities(fields, pod),
        CheckId::AllowPrivilegeEscalation => fields
            .iter()
            .map(|path| match path.parent().as_ref().and_then(|context| some(pod, context)) {
                None => required(path),
                Some(_) => forbidden(path, some(pod, path).map_or(Bad::Text("nil".into()), bad)),
            })
            .collect(),
        CheckId::SeccompProfileRestricted => fields
            .iter()
            .map(|path| match path.parent().as_ref().and_then(|profile| some(pod, profile)) {
                None => required(path),
                Some(_) => forbidden(path, some(pod, path).map_or_else(Bad::none, bad)),
            })
            .collect(),
        CheckId::HostPathVolumes => {
            let host_path = |path: &Path| some(pod, &path.child("path")).map_or_else(Bad::none, bad);
            fields.iter().map(|path| forbidden(path, host_path(path))).collect()
        }
        CheckId::RestrictedVolumes => fields
            .iter()
            .map(|path| {
                let is_named = matches!(path.segments().last(), Some(Segment::Key(key)) if VOLUMES.contains(&key.as_str()));
                let volume = path.parent().unwrap_or_default();
                forbidden(&if is_named { path.clone() } else { volume.child("unknown") }, Bad::none())
            })
            .collect(),
        _ => fields
            .iter()
            .map(|path| forbidden(path, some(pod, path).map_or_else(Bad::none, bad)))
            .collect(),
    }
}

impl Bad {
    fn none() -> Self {
        Self::Text(String::new())
    }
}

fn bad(value: &Value) -> Bad {
    match value {
        Value::Bool(flag) => Bad::Flag(*flag),
        Value::Str(text) => Bad::Text(text.to_string()),
        other => other.as_i64().map_or_else(Bad::none, Bad::Number),
    }
}

fn some<'v>(pod: &'v Value, path: &Path) -> Option<&'v Value> {
    pod.at(path).filter(|value| !value.is_null())
}

fn forbidden(path: &Path, bad: Bad) -> FieldError {
    FieldError { field: shown(path), is_required: false, bad }
}

fn required(path: &Path) -> FieldError {
    FieldError { field: shown(path), is_required: true, bad: Bad::none() }
}

/// Who says false, then who says nothing: upstream tells both.
fn run_as_non_root(pod: &Value) -> Vec<FieldError> {
    let of = |path: &Path| some(pod, path).and_then(Value::as_bool);
    let field = |path: &Path| path.keys(&["securityContext", "runAsNonRoot"]);
    let spec = Path::root().child("spec");
    let pod_wide = of(&field(&spec));
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    if pod_wide == Some(false) {
        found.push(forbidden(&field(&spec), Bad::Flag(false)));
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for index in 0..pod.dig_items(&["spec", list]).len() {
            let path = field(&spec.child(list).child(index));
            match of(&path) {
                Some(true) => {}
                Some(false) => found.push(forbidden(&path, Bad::Flag(false))),
                None if pod_wide == Some(true) => {}
                None => missing.push(required(&path)),
            }
        }
    }
    found.extend(missing);
    found
}

/// One error a list, with all that is wrong in it.
fn capabilities(fields: &[Path], pod: &Value) -> Vec<FieldError> {
    let texts = |items: &mut dyn Iterator<Item = &Value>| -> Vec<String> {
        let sorted: BTreeSet<&str> = items.map(|item| item.as_str().unwrap_or_default()).collect();
        sorted.into_iter().map(str::to_owned).collect()
    };
    let mut found: Vec<FieldError> = Vec::new();
    let mut lists: Vec<Path> = Vec::new();
    for path in fields {
        let Some(Segment::Index(_)) = path.segments().last() else {
            // `drop`, which lacks what must be in it.
            let dropped = some(pod, path).and_then(Value::as_array).unwrap_or_default();
            found.push(if dropped.is_empty() {
                required(path)
            } else {
                forbidden(path, Bad::List(texts(&mut dropped.iter())))
            });
            continue;
        };
        let list = path.parent().unwrap_or_default();
        if lists.contains(&list) {
            continue;
        }
        let own = fields.iter().filter(|path| path.parent().as_ref() == Some(&list));
        let items = texts(&mut own.filter_map(|path| pod.at(path)));
        found.push(forbidden(&list, Bad::List(items)));
        lists.push(list);
    }
    found
}

/// As Go's field paths: `spec.volumes[0].hostPath`, `metadata.annotations[a.b/c]`.
fn shown(path: &Path) -> String {
    let mut out = String::new();
    for (place, segment) in path.segments().iter().enumerate() {
        match segment {
            Segment::Index(index) => {
                let _ = write!(out, "[{index}]");
            }
            Segment::Key(key) if place == 2 && out == "metadata.annotations" => {
                let _ = write!(out, "[{key}]");
            }
            Segment::Key(key) => {
                if place > 0 {
                    out.push('.');
                }
                out.push_str(key);
            }
        }
    }
    out
}
