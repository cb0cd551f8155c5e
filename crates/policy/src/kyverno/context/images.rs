//! The variable `images`. Upstream: `pkg/utils/api/image.go` and `pkg/utils/image/infos.go`.

use ironhull_value::{Map, Value};
use ironhull_world::ImageRef;

use super::Context;

impl Context<'_> {
    /// Puts the images of the resource among the variables, unless they are there.
    pub(super) fn load_images(&self) -> Result<(), String> {
        if self.variables.borrow().contains_key("images") {
            return Ok(());
        }
        let Some(resource) = self.pictured.borrow().clone() else { return Ok(()) };
        if let Some(found) = of_resource(&resource)? {
            self.add(&["images"], found);
        }
        Ok(())
    }
}

/// By list of containers, then by name; `None` for a resource without images.
fn of_resource(resource: &Value) -> Result<Option<Value>, String> {
    let way: &[&str] = match resource.dig_str(&["kind"]).unwrap_or_default() {
        "Pod" => &["spec"],
        "DaemonSet" | "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" | "Job" => {
            &["spec", "template", "spec"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => return Ok(None),
    };
    let mut found = Vec::new();
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        let path = [way, &[list]].concat();
        let images = of_list(resource, &path)?;
        if !images.is_empty() {
            found.push((list.into(), Value::Map(images.into_iter().collect())));
        }
    }
    Ok((!found.is_empty()).then(|| found.into_iter().collect()))
}

fn of_list(resource: &Value, path: &[&str]) -> Result<Vec<(ironhull_value::Key, Value)>, String> {
    let mut at = resource;
    for key in path {
        if at.as_map().is_none() {
            return Err("invalid image config".to_owned());
        }
        let Some(next) = at.get(key).filter(|next| !next.is_null()) else { return Ok(Vec::new()) };
        at = next;
    }
    let containers: Vec<(String, &Value)> = match at {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Map(map) => map.iter().map(|(key, item)| (key.as_str().to_owned(), item)).collect(),
        _ => return Err("invalid type".to_owned()),
    };
    let mut found = Vec::new();
    for (step, container) in containers {
        if container.is_null() {
            continue;
        }
        if container.as_map().is_none() {
            return Err("invalid image config".to_owned());
        }
        let name = container.get("name").and_then(Value::as_str).ok_or("invalid key")?;
        let Some(image) = container.dig_str(&["image"]).filter(|image| !image.trim().is_empty()) else {
            continue;
        };
        let pointer = format!("/{}/{step}/image", path.join("/"));
        let info = info(image, &pointer).map_err(|why| format!("invalid image '{image}' ({why})"))?;
        found.push((name.into(), info));
    }
    Ok(found)
}

/// What is known of an image by its name alone.
fn info(image: &str, pointer: &str) -> Result<Value, String> {
    let full = with_registry(image);
    let parsed = ImageRef::parse(&full).map_err(|_| {
        format!("bad image: {full}, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid reference format")
    })?;
    let registry = parsed.registry.unwrap_or_default();
    let path = parsed.repository;
    let tag = match (parsed.tag, parsed.digest) {
        (None, None) => "latest",
        (tag, _) => tag.unwrap_or_default(),
    };
    let place = if registry.is_empty() { path.to_owned() } else { format!("{registry}/{path}") };
    let reference = match parsed.digest {
        Some(digest) => format!("{place}@{digest}"),
        None => format!("{place}:{tag}"),
    };
    let members = [
        ("registry", registry),
        ("name", path.rsplit('/').next().unwrap_or_default()),
        ("path", path),
        ("tag", tag),
        ("digest", parsed.digest.unwrap_or_default()),
        ("reference", &reference),
        ("referenceWithTag", &format!("{place}:{tag}")),
        ("jsonPointer", pointer),
    ];
    let map: Map = members
        .into_iter()
        .filter(|(key, text)| !text.is_empty() || ["name", "path", "jsonPointer"].contains(key))
        .map(|(key, text)| (key.into(), Value::from(text)))
        .collect();
    Ok(Value::Map(map))
}

/// The name with the default registry, if it has none.
fn with_registry(image: &str) -> String {
    let has_registry = image.split_once('/').is_some_and(|(first, _)| {
        first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first
    });
    if has_registry { image.to_owned() } else { format!("docker.io/{image}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_taken_apart() {
        let pod: Value = serde_json::from_str(
            r#"{"kind": "Pod", "spec": {"containers": [
                {"name": "a", "image": "nginx"},
                {"name": "b", "image": "ghcr.io/x/y:v1"},
                {"name": "c", "image": "r:5000/z@sha256:0000000000000000000000000000000000000000000000000000000000000000"},
                {"name": "d"}]}}"#,
        )
        .expect("JSON");
        let found = of_resource(&pod).expect("no error").expect("images");
        let of =
            |name: &str, key: &str| found.dig_str(&["containers", name, key]).unwrap_or_default().to_owned();
        assert_eq!(of("a", "registry"), "docker.io");
        assert_eq!(of("a", "reference"), "docker.io/nginx:latest");
        assert_eq!(of("b", "name"), "y");
        assert_eq!(of("b", "path"), "x/y");
        assert_eq!(of("b", "jsonPointer"), "/spec/containers/1/image");
        assert_eq!(of("c", "registry"), "r:5000");
        assert_eq!(of("c", "tag"), "");
        assert!(of("c", "reference").starts_with("r:5000/z@sha256:"));
        assert!(found.dig(&["containers", "d"]).is_none());
        assert!(
            of_resource(&serde_json::from_str(r#"{"kind": "Service"}"#).expect("JSON"))
                .expect("ok")
                .is_none()
        );
        let bad: Value = serde_json::from_str(
            r#"{"kind": "Pod", "spec": {"containers": [{"name": "a", "image": "A B"}]}}"#,
        )
        .expect("JSON");
        assert!(of_resource(&bad).is_err());
    }
}
