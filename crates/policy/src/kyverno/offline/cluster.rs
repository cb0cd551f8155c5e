//! The objects that rules find: those that they change, and those that they copy.

use ironhull_value::{Map, Selector, Value, wildcard_match};

use crate::kyverno::engine::{Cluster, Targets};

/// Objects. Where two are the same, the first one counts.
#[derive(Clone, Debug, Default)]
pub struct Objects<'a>(pub Vec<&'a Value>);

impl Targets for Objects<'_> {
    fn find(&self, target: &Value, policy_namespace: &str) -> Result<Vec<Value>, String> {
        let text = |key: &str| target.dig_str(&[key]).unwrap_or_default();
        let labels = selector(target.get("selector"))?;
        let meets = |wanted: &str, own: &str| wanted.is_empty() || wildcard_match(wanted, own);
        let is = |object: &&Value| {
            let own = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
            let namespace = own(&["metadata", "namespace"]);
            meets(text("apiVersion"), own(&["apiVersion"]))
                && meets(text("kind"), own(&["kind"]))
                && meets(text("namespace"), namespace)
                && meets(text("name"), own(&["metadata", "name"]))
                && (policy_namespace.is_empty() || policy_namespace == namespace)
                && has_labels(object, labels.as_ref())
        };
        let mut found: Vec<Value> = Vec::new();
        for object in self.0.iter().copied().filter(is) {
            if !found.iter().any(|one| identity(one) == identity(object)) {
                found.push(object.clone());
            }
        }
        Ok(found)
    }
}

impl Cluster for Objects<'_> {
    fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        let wanted = [api_version, kind, namespace, name];
        Ok(self.0.iter().find(|object| identity(object) == wanted).map(|object| (*object).clone()))
    }

    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        wanted: Option<&Value>,
    ) -> Result<Vec<Value>, String> {
        let labels = selector(wanted)?;
        let is = |object: &&&Value| {
            identity(object)[..3] == [api_version, kind, namespace] && has_labels(object, labels.as_ref())
        };
        Ok(self.0.iter().filter(is).map(|object| (*object).clone()).collect())
    }
}

fn identity(object: &Value) -> [&str; 4] {
    [&["apiVersion"][..], &["kind"], &["metadata", "namespace"], &["metadata", "name"]]
        .map(|keys| object.dig_str(keys).unwrap_or_default())
}

fn selector(value: Option<&Value>) -> Result<Option<Selector>, String> {
    value.map(Selector::compile).transpose().map_err(|why| why.to_string())
}

fn has_labels(object: &Value, wanted: Option<&Selector>) -> bool {
    let empty = Map::default();
    let own = object.dig(&["metadata", "labels"]).and_then(Value::as_map).unwrap_or(&empty);
    wanted.is_none_or(|wanted| wanted.matches(own))
}
