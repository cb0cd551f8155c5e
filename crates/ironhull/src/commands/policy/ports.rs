//! What policies look up elsewhere, answered from the resources at hand.

use ironhull_jmespath::{Env, Now};
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::engine::Cluster;
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_value::{Map, Selector, Value};
use ironhull_world::World;

/// The objects at hand are the cluster.
pub(super) struct AtHand<'w> {
    pub(super) world: &'w World,
    pub(super) now: Now,
    pub(super) exceptions: Exceptions,
}

/// The time, and where its day begins.
pub(super) fn now() -> Now {
    let now = jiff::Zoned::now();
    let nanoseconds = u32::try_from(now.timestamp().subsec_nanosecond()).unwrap_or(0);
    Now { seconds: now.timestamp().as_second(), nanoseconds, offset: now.offset().seconds() }
}

impl<'w> AtHand<'w> {
    pub(super) fn new(world: &'w World, exceptions: Exceptions) -> Self {
        Self { world, exceptions, now: now() }
    }

    fn objects<'a>(&'a self, api_version: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.world.objects().map(|object| &object.value).filter(move |value| {
            value.dig_str(&["kind"]) == Some(kind)
                && (api_version.is_empty() || value.dig_str(&["apiVersion"]) == Some(api_version))
        })
    }
}

impl Ports for AtHand<'_> {
    fn env(&self) -> Env<'_> {
        Env { now: Some(self.now), ..Env::default() }
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<Result<Value, String>> {
        let found = self.get("v1", "ConfigMap", namespace, name);
        Some(found.and_then(|found| {
            let object = found.ok_or_else(|| format!("configmaps \"{name}\" not found"))?;
            let part = |key: &str| (key.into(), object.get(key).cloned().unwrap_or_default());
            Ok(Value::Map([part("data"), part("metadata")].into_iter().collect()))
        }))
    }

    fn api_call(&self, _: &Value) -> Option<Result<Value, String>> {
        Some(Err("there is no cluster to call; give the answer in a values file".to_owned()))
    }

    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        Some(Err(format!("failed to fetch entry key={name}")))
    }

    fn image(&self, reference: &str) -> Option<Result<Value, String>> {
        Some(Err(format!("no registry is asked for {reference}")))
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        Some(&self.exceptions)
    }
}

impl Cluster for AtHand<'_> {
    fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        let is_it = |value: &&Value| {
            value.dig_str(&["metadata", "name"]) == Some(name)
                && value.dig_str(&["metadata", "namespace"]).unwrap_or_default() == namespace
        };
        Ok(self.objects(api_version, kind).find(is_it).cloned())
    }

    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        selector: Option<&Value>,
    ) -> Result<Vec<Value>, String> {
        let selector = selector.map(Selector::compile).transpose().map_err(|why| why.to_string())?;
        let empty = Map::default();
        let is_one = |value: &&Value| {
            let labels = value.dig(&["metadata", "labels"]).and_then(Value::as_map).unwrap_or(&empty);
            value.dig_str(&["metadata", "namespace"]).unwrap_or_default() == namespace
                && selector.as_ref().is_none_or(|selector| selector.matches(labels))
        };
        Ok(self.objects(api_version, kind).filter(is_one).cloned().collect())
    }
}
