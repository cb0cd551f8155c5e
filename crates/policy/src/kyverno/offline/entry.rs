//! `GlobalContextEntry` objects. Upstream: `api/kyverno/v2/global_context_entry_types.go`.

use ironhull_value::{Map, Value};

use super::answers::{Globals, search};
use super::fields::{get, list, only, text};
use crate::kyverno::json::floats;

/// Where the data of an entry comes from.
pub trait Source {
    /// The answer of the API server to a GET of a path.
    ///
    /// # Errors
    /// When there is none.
    fn objects(&self, path: &str) -> Result<Value, String>;

    /// The answer to a call, which is as in the context of a rule.
    ///
    /// # Errors
    /// When there is none.
    fn call(&self, call: &Value) -> Result<Value, String>;
}

impl Globals {
    /// Adds an entry as it is written; other objects are not its business.
    pub fn add(&mut self, object: &Value, source: &dyn Source) {
        let kind = object.dig_str(&["kind"]);
        let version = object.dig_str(&["apiVersion"]).unwrap_or_default();
        if kind != Some("GlobalContextEntry") || !version.starts_with("kyverno.io/") {
            return;
        }
        let name = object.dig_str(&["metadata", "name"]).unwrap_or_default();
        let empty = Value::Map(Map::default());
        let spec = get(object, "spec").unwrap_or(&empty);
        let data = data(spec, source);
        let projections = list(spec, "projections").unwrap_or_default();
        for projection in projections {
            let found = || -> Result<Value, String> {
                only(projection, "a projection", &["name", "jmesPath"])?;
                search(&text(projection, "jmesPath")?, data.as_ref().map_err(Clone::clone)?)
            };
            let own = projection.dig_str(&["name"]).unwrap_or_default();
            self.0.push((format!("{name}.{own}"), found()));
        }
        self.0.push((name.to_owned(), data));
    }
}

fn data(spec: &Value, source: &dyn Source) -> Result<Value, String> {
    only(spec, "a GlobalContextEntry", &["kubernetesResource", "apiCall", "projections"])?;
    match (get(spec, "kubernetesResource"), get(spec, "apiCall")) {
        (Some(wanted), None) => {
            only(wanted, "`kubernetesResource`", &["group", "version", "resource", "namespace"])?;
            let (group, version) = (text(wanted, "group")?, text(wanted, "version")?);
            let (resource, namespace) = (text(wanted, "resource")?, text(wanted, "namespace")?);
            let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
            let inside =
                if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
            let found = source.objects(&format!("{root}/{version}{inside}/{resource}"))?;
            Ok(floats(found.get("items").unwrap_or(&Value::Null)))
        }
        (None, Some(call)) => source.call(call).map(|found| floats(&found)),
        _ => Err("a GlobalContextEntry has exactly one of kubernetesResource and apiCall".to_owned()),
    }
}
