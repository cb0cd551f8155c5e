//! The images of a resource, as the variable `images`. Upstream: `pkg/utils/api/image.go` and
//! `pkg/utils/image`.

use ironhull_jmespath::{Dialect, Env, Expression, Image, ImageDefaults};
use ironhull_value::{Map, MapBuilder, Value};

use super::go_text::sprint;

/// The images of a resource, by list and then by container:
/// `{"containers": {"web": {"registry": "docker.io", "path": "nginx", …}}}`.
#[derive(Clone, Debug, Default)]
pub struct Images(Vec<(String, Vec<(String, Found)>)>);

/// An image and where it is written.
#[derive(Clone, Debug)]
struct Found {
    image: Image,
    pointer: String,
}

/// Where images are.
struct Extractor {
    fields: Vec<String>,
    /// The member that names them; empty for their place.
    key: String,
    /// The member that has them.
    value: String,
    /// The list that they are put into.
    name: String,
    /// An expression that makes an image of the text.
    jmes_path: String,
}

impl Images {
    /// The images of a resource. `extractors` are those of a rule, for kinds that have their images elsewhere
    /// than pods and their controllers.
    ///
    /// # Errors
    /// When the resource is not as its kind says, or an image is none, with upstream's words.
    pub fn of(
        resource: &Value,
        extractors: Option<&Value>,
        defaults: &ImageDefaults,
    ) -> Result<Self, String> {
        let kind = resource.dig_str(&["kind"]).unwrap_or_default();
        let extractors = match extractors.and_then(|own| own.get(kind)).filter(|own| !own.is_null()) {
            None => of_pods(kind),
            Some(own) => own.as_array().unwrap_or_default().iter().filter_map(custom).collect(),
        };
        let mut lists: Vec<(String, Vec<(String, Found)>)> = Vec::new();
        for extractor in &extractors {
            let mut found = Vec::new();
            extractor.extract(resource, &mut Vec::new(), &extractor.fields, defaults, &mut found)?;
            if !found.is_empty() {
                lists.retain(|(name, _)| *name != extractor.name);
                lists.push((extractor.name.clone(), found));
            }
        }
        Ok(Self(lists))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The image of a container, with its registry and with its digest or else its tag.
    pub fn of_container(&self, name: &str) -> Option<String> {
        ["containers", "initContainers", "ephemeralContainers"].into_iter().find_map(|list| {
            let (_, found) = self.0.iter().find(|(own, _)| own == list)?;
            let (_, found) = found.iter().rev().find(|(own, _)| own == name)?;
            Some(found.image.to_string())
        })
    }

    /// What the variable `images` is.
    pub fn to_value(&self) -> Value {
        let list = |found: &[(String, Found)]| {
            found.iter().map(|(name, found)| (name.as_str().into(), found.to_value())).collect()
        };
        self.0.iter().map(|(name, found)| (name.as_str().into(), list(found))).collect()
    }
}

impl Found {
    fn to_value(&self) -> Value {
        let image = &self.image;
        let with_tag = format!("{}:{}", image.repository(), image.tag);
        let reference = image.to_string();
        let (mut registry, mut path) = (image.registry.as_str(), image.path.as_str());
        // Upstream takes a first part with an underscore for a registry.
        if registry.is_empty()
            && let Some((first, rest)) = path.split_once('/')
            && first.contains('_')
        {
            (registry, path) = (first, rest);
        }
        let mut built = MapBuilder::default();
        for (key, text) in [("name", image.name.as_str()), ("path", path), ("jsonPointer", &self.pointer)] {
            built.insert(key.into(), Value::Str(text.into()));
        }
        let others = [
            ("registry", registry),
            ("tag", &image.tag),
            ("digest", &image.digest),
            ("reference", &reference),
            ("referenceWithTag", &with_tag),
        ];
        for (key, text) in others.into_iter().filter(|(_, text)| !text.is_empty()) {
            built.insert(key.into(), Value::Str(text.into()));
        }
        Value::Map(built.finish())
    }
}

/// Where pods and their controllers have images; nothing for other kinds.
fn of_pods(kind: &str) -> Vec<Extractor> {
    let spec: &[&str] = match kind {
        "Pod" => &["spec"],
        "DaemonSet" | "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" | "Job" => {
            &["spec", "template", "spec"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => return Vec::new(),
    };
    let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    let lists = lists.map(|list| Extractor {
        fields: spec.iter().chain(&[list, "*"]).map(|field| (*field).to_owned()).collect(),
        key: "name".into(),
        value: "image".into(),
        name: list.into(),
        jmes_path: String::new(),
    });
    lists.collect()
}

/// What a rule says about a kind; nothing without a path.
fn custom(written: &Value) -> Option<Extractor> {
    let text = |key: &str| written.dig_str(&[key]).unwrap_or_default().to_owned();
    let path = text("path");
    let steps = path.split('/').map(|step| step.trim_matches(' ')).filter(|step| !step.is_empty());
    let mut fields: Vec<String> = steps.map(str::to_owned).collect();
    let value = if text("value").is_empty() { fields.pop()? } else { text("value") };
    let name = if text("name").is_empty() { "custom".to_owned() } else { text("name") };
    Some(Extractor { fields, key: text("key"), value, name, jmes_path: text("jmesPath") })
}

impl Extractor {
    fn extract(
        &self,
        value: &Value,
        path: &mut Vec<String>,
        fields: &[String],
        defaults: &ImageDefaults,
        found: &mut Vec<(String, Found)>,
    ) -> Result<(), String> {
        if value.is_null() {
            return Ok(());
        }
        if let [first, rest @ ..] = fields
            && first == "*"
        {
            let (members, is_list): (Vec<(String, &Value)>, bool) = match value {
                Value::Array(items) => {
                    let items = items.iter().enumerate();
                    (items.map(|(place, item)| (place.to_string(), item)).collect(), true)
                }
                Value::Map(map) => {
                    (map.iter().map(|(key, item)| (key.as_str().to_owned(), item)).collect(), false)
                }
                _ => return Err("invalid image config".to_owned()),
            };
            for (step, item) in members {
                // What is no object has no image; lists in lists are one list.
                let fields = match item {
                    Value::Map(_) => rest,
                    Value::Array(_) if is_list => fields,
                    Value::Array(_) => rest,
                    _ => continue,
                };
                path.push(step);
                self.extract(item, path, fields, defaults, found)?;
                path.pop();
            }
            return Ok(());
        }
        let Some(map) = value.as_map() else { return Err("invalid image config".to_owned()) };
        match fields {
            [] => self.take(map, path, defaults, found),
            [first, rest @ ..] => {
                path.push(first.clone());
                self.extract(map.get(first).unwrap_or(&Value::Null), path, rest, defaults, found)?;
                path.pop();
                Ok(())
            }
        }
    }

    fn take(
        &self,
        map: &Map,
        path: &[String],
        defaults: &ImageDefaults,
        found: &mut Vec<(String, Found)>,
    ) -> Result<(), String> {
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let pointer = format!("/{}/{}", path.join("/"), self.value);
        let key = match self.key.as_str() {
            "" => pointer.clone(),
            key => text(key).ok_or("invalid key")?.to_owned(),
        };
        let Some(image) = text(&self.value).filter(|image| !image.trim().is_empty()) else { return Ok(()) };
        let image = self.applied(image)?;
        let image =
            Image::parse(&image, defaults).map_err(|why| format!("invalid image '{image}' ({why})"))?;
        found.push((key, Found { image, pointer }));
        Ok(())
    }

    fn applied(&self, image: &str) -> Result<String, String> {
        let path = &self.jmes_path;
        if path.is_empty() {
            return Ok(image.to_owned());
        }
        let expression = Expression::parse(path, Dialect::Kyverno)
            .map_err(|why| format!("invalid jmespath {path}: {why}"))?;
        let text = Value::Str(image.into());
        let made = expression
            .search(&text, &mut Env::default())
            .map_err(|why| format!("failed to apply jmespath {path}: {why}"))?;
        match &*made {
            Value::Str(made) => Ok(made.to_string()),
            other => Err(format!("jmespath {path} must produce a string, but produced {}", sprint(other))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(resource: &str, extractors: Option<&str>) -> Result<String, String> {
        let tree = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let extractors = extractors.map(tree);
        let found = Images::of(&tree(resource), extractors.as_ref(), &ImageDefaults::default())?;
        Ok(crate::kyverno::json::write(&found.to_value()))
    }

    /// Each right side is what upstream's `images` is for the left one.
    #[test]
    fn images_are_those_of_upstream() {
        let digest = "sha256:128c6e3534b842a2eec139999b8ce8aa9a2af9907e2b9269550809d18cd832a3";
        let pod = |spec: &str| images(&format!(r#"{{"kind":"Pod","spec":{spec}}}"#), None);
        assert_eq!(
            pod(r#"{"initContainers":[{"name":"i","image":"ghcr.io/a/b:1"}],"containers":[{"name":"c","image":"nginx"}]}"#)
                .unwrap(),
            concat!(
                r#"{"containers":{"c":{"jsonPointer":"/spec/containers/0/image","name":"nginx","path":"nginx","reference":"docker.io/nginx:latest","referenceWithTag":"docker.io/nginx:latest","registry":"docker.io","tag":"latest"}},"#,
                r#""initContainers":{"i":{"jsonPointer":"/spec/initContainers/0/image","name":"b","path":"a/b","reference":"ghcr.io/a/b:1","referenceWithTag":"ghcr.io/a/b:1","registry":"ghcr.io","tag":"1"}}}"#
            )
        );
        assert_eq!(
            pod(&format!(r#"{{"containers":[{{"name":"d","image":"a/b@{digest}"}}]}}"#)).unwrap(),
            format!(
                r#"{{"containers":{{"d":{{"digest":"{digest}","jsonPointer":"/spec/containers/0/image","name":"b","path":"a/b","reference":"docker.io/a/b@{digest}","referenceWithTag":"docker.io/a/b:","registry":"docker.io"}}}}}}"#
            )
        );
        for (spec, expected) in [
            (r#"{"containers":[{"name":"a"},{"name":"b","image":" "}]}"#, Ok("{}")),
            (r#"{"containers":[null]}"#, Ok("{}")),
            (r#"{"containers":["x", 1]}"#, Ok("{}")),
            (r#"{"containers":"x"}"#, Err("invalid image config")),
            (r#""x""#, Err("invalid image config")),
            (r#"{"containers":[{"image":"nginx"}]}"#, Err("invalid key")),
            (
                r#"{"containers":[{"name":"c","image":"NGINX"}]}"#,
                Err(
                    "invalid image 'NGINX' (bad image: docker.io/NGINX, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: repository name must be lowercase)",
                ),
            ),
        ] {
            assert_eq!(pod(spec), expected.map(str::to_owned).map_err(str::to_owned), "{spec}");
        }
        assert_eq!(
            images(r#"{"kind":"ConfigMap","spec":{"containers":[{"image":"x"}]}}"#, None).unwrap(),
            "{}"
        );
    }

    #[test]
    fn controllers_and_custom_kinds_have_images_elsewhere() {
        let containers = r#"{"containers":[{"name":"c","image":"x"}]}"#;
        for (resource, pointer) in [
            (
                format!(r#"{{"kind":"Job","spec":{{"template":{{"spec":{containers}}}}}}}"#),
                "/spec/template/spec",
            ),
            (
                format!(
                    r#"{{"kind":"CronJob","spec":{{"jobTemplate":{{"spec":{{"template":{{"spec":{containers}}}}}}}}}}}"#
                ),
                "/spec/jobTemplate/spec/template/spec",
            ),
        ] {
            let found = images(&resource, None).unwrap();
            assert!(found.contains(&format!(r#""jsonPointer":"{pointer}/containers/0/image""#)), "{found}");
        }
        let task = r#"{"kind":"Task","spec":{"steps":[{"name":"s","image":"docker://a"}]}}"#;
        let found = images(
            task,
            Some(r#"{"Task":[{"path":"/spec/steps/*/image","jmesPath":"trim_prefix(@, 'docker://')"}]}"#),
        );
        assert!(found.unwrap().starts_with(r#"{"custom":{"/spec/steps/0/image":{"#));
        let found = images(
            task,
            Some(r#"{"Task":[{"path":"/spec/steps/*","value":"image","key":"name","name":"n"}]}"#),
        );
        assert_eq!(
            found.unwrap_err(),
            "invalid image 'docker://a' (bad image: docker://a, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid reference format)"
        );
    }
}
