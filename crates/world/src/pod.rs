//! The pod inside any object that carries one.

use std::cell::OnceCell;

use ironhull_value::{Map, Path, Value};

use crate::carriers::{Carrier, Carriers, Shape};
use crate::container::{Container, ContainerKind};
use crate::object::Object;

/// A pod, or the template of one, with the way to it from the object's root.
#[derive(Clone, Debug)]
pub struct Pod<'w> {
    /// The object that carries it.
    pub object: &'w Object,
    /// The way to what holds `metadata` and `spec`; the root for a Pod.
    pub path: Path,
    /// Its metadata; null where the carrier has none.
    pub metadata: &'w Value,
    /// Its spec; null where the carrier holds only containers.
    pub spec: &'w Value,
    /// The way to the spec.
    pub spec_path: Path,
    /// Found at the first question: most pods that a selector looks at are never asked.
    containers: OnceCell<Vec<Found<'w>>>,
}

/// A container with its role and the way to it.
type Found<'w> = (ContainerKind, Path, &'w Value);

static NULL: Value = Value::Null;

impl<'w> Pod<'w> {
    /// Every pod that `object` carries, in order. Most objects carry none or one.
    pub fn all(object: &'w Object, carriers: &Carriers) -> Vec<Self> {
        let mut pods = Vec::new();
        for carrier in carriers.of(object.key.group_kind()) {
            find(object, carrier, &object.value, Path::root(), 0, &mut pods);
        }
        pods
    }

    /// All containers in the order of Pod Security Admission: init (with sidecars), regular, ephemeral.
    pub fn containers(&self) -> impl ExactSizeIterator<Item = Container<'_, 'w>> {
        let containers = self.containers.get_or_init(|| containers_of(self.spec, &self.spec_path));
        containers.iter().map(|(kind, path, value)| Container { pod: self, kind: *kind, path, value })
    }

    /// The pod's labels.
    pub fn labels(&self) -> Option<&'w Map> {
        self.metadata.get("labels").and_then(Value::as_map)
    }

    /// An annotation of the pod.
    pub fn annotation(&self, key: &str) -> Option<&'w str> {
        self.metadata.get("annotations")?.get(key)?.as_str()
    }

    /// The pod's own security context; null when there is none.
    pub fn security_context(&self) -> &'w Value {
        self.spec.get("securityContext").unwrap_or(&NULL)
    }

    /// Whether the pod says that it runs on Windows, where Linux fields must not be set.
    pub fn is_windows(&self) -> bool {
        self.spec.dig_str(&["os", "name"]) == Some("windows")
    }

    /// Whether only containers are known and nothing of the pod around them.
    pub fn is_partial(&self) -> bool {
        self.spec.is_null()
    }

    /// A truth value of the spec that defaults to false.
    pub fn flag(&self, field: &str) -> bool {
        self.spec.get(field).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The account that the pod runs as, defaulted as the API server does, with the field that says so.
    pub fn service_account(&self) -> (&'w str, &'static str) {
        for field in ["serviceAccountName", "serviceAccount"] {
            if let Some(name) = self.spec.get(field).and_then(Value::as_str).filter(|name| !name.is_empty()) {
                return (name, field);
            }
        }
        ("default", "serviceAccountName")
    }

    /// The way to a field of the spec.
    pub fn field(&self, keys: &[&str]) -> Path {
        self.spec_path.keys(keys)
    }

    fn template(object: &'w Object, path: Path, value: &'w Value) -> Self {
        let spec = value.get("spec").unwrap_or(&NULL);
        let spec_path = path.child("spec");
        let metadata = value.get("metadata").unwrap_or(&NULL);
        Self { object, path, metadata, spec, spec_path, containers: OnceCell::new() }
    }
}

fn find<'w>(
    object: &'w Object,
    carrier: &Carrier,
    value: &'w Value,
    path: Path,
    depth: usize,
    pods: &mut Vec<Pod<'w>>,
) {
    let Some(step) = carrier.path.get(depth) else {
        match carrier.shape {
            Shape::Template if value.get("spec").is_some() => pods.push(Pod::template(object, path, value)),
            Shape::Template => {}
            Shape::PodSpec => {
                pods.push(Pod {
                    object,
                    metadata: &NULL,
                    spec: value,
                    spec_path: path.clone(),
                    path,
                    containers: OnceCell::new(),
                });
            }
            Shape::Container => {
                let mut containers = Vec::new();
                match value.as_array() {
                    Some(items) => {
                        for (index, item) in items.iter().enumerate() {
                            containers.push((ContainerKind::Regular, path.child(index), item));
                        }
                    }
                    None => containers.push((ContainerKind::Regular, path.clone(), value)),
                }
                pods.push(Pod {
                    object,
                    metadata: &NULL,
                    spec: &NULL,
                    spec_path: path.clone(),
                    path,
                    containers: OnceCell::from(containers),
                });
            }
        }
        return;
    };
    if step == "*" {
        for (index, item) in value.as_array().unwrap_or_default().iter().enumerate() {
            find(object, carrier, item, path.child(index), depth + 1, pods);
        }
    } else if let Some(next) = value.get(step) {
        find(object, carrier, next, path.child(step.as_str()), depth + 1, pods);
    }
}

fn containers_of<'w>(spec: &'w Value, spec_path: &Path) -> Vec<Found<'w>> {
    let mut containers = Vec::new();
    for (field, kind) in [
        ("initContainers", ContainerKind::Init),
        ("containers", ContainerKind::Regular),
        ("ephemeralContainers", ContainerKind::Ephemeral),
    ] {
        let Some(items) = spec.get(field).and_then(Value::as_array) else { continue };
        let list = spec_path.child(field);
        for (index, item) in items.iter().enumerate() {
            let sidecar = kind == ContainerKind::Init
                && item.get("restartPolicy").and_then(Value::as_str) == Some("Always");
            let kind = if sidecar { ContainerKind::Sidecar } else { kind };
            containers.push((kind, list.child(index), item));
        }
    }
    containers
}
