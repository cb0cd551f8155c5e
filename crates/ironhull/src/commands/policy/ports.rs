//! What policies look up elsewhere, answered from the resources at hand.

use ironhull_jmespath::{Env, Now};
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::engine::{Cluster, Targets};
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::offline::{Globals, Objects, Source, api, method_and_url};
use ironhull_policy::kyverno::request::Given;
use ironhull_value::{Map, Selector, Value};
use ironhull_world::{GroupKind, World};

use super::given::Known;

/// The objects at hand are the cluster, as far as that goes.
pub(super) struct AtHand<'w> {
    pub(super) world: &'w World,
    pub(super) now: Now,
    pub(super) exceptions: Exceptions,
    pub(super) known: Known,
    globals: Globals,
}

/// The time, and where its day begins.
pub(super) fn now() -> Now {
    let now = jiff::Zoned::now();
    let nanoseconds = u32::try_from(now.timestamp().subsec_nanosecond()).unwrap_or(0);
    Now { seconds: now.timestamp().as_second(), nanoseconds, offset: now.offset().seconds() }
}

impl<'w> AtHand<'w> {
    /// `entries` are the objects among which global context entries are.
    pub(super) fn new<'e>(
        world: &'w World,
        exceptions: Exceptions,
        known: Known,
        entries: impl IntoIterator<Item = &'e Value>,
    ) -> Self {
        let no_files = |path: &str| Err(format!("{path} is not read; give the data itself"));
        let globals = known.answers.globals(no_files);
        let mut ports = Self { world, exceptions, known, globals, now: now() };
        let mut globals = std::mem::take(&mut ports.globals);
        for object in entries {
            globals.add(object, &ports);
        }
        ports.globals = globals;
        ports
    }

    fn objects<'a>(&'a self, api_version: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let exact = (!api_version.is_empty()).then(|| self.world.of_kind(GroupKind::new(group, kind)));
        let any = api_version.is_empty().then(|| self.world.objects());
        let found = exact.into_iter().flatten().chain(any.into_iter().flatten());
        found.map(|object| &object.value).filter(move |value| {
            value.dig_str(&["kind"]) == Some(kind)
                && (api_version.is_empty() || value.dig_str(&["apiVersion"]) == Some(api_version))
        })
    }
}

impl Source for AtHand<'_> {
    fn objects(&self, path: &str) -> Result<Value, String> {
        if !self.known.complete {
            return Err(format!(
                "there is no answer to GET {path}: give one with --answers, or say with --complete that the \
                 resources are all that the cluster has"
            ));
        }
        api::get(path, self.world.objects().map(|object| &object.value), self.world.catalog())
    }

    fn call(&self, call: &Value) -> Result<Value, String> {
        if let Some(found) = self.known.answers.call(call) {
            return found;
        }
        let (method, url) = method_and_url(call);
        let is_of_server = call.dig_str(&["service", "url"]).is_none() && method == "GET";
        if is_of_server {
            return Source::objects(self, url);
        }
        Err(format!("there is no answer to {method} {url}: give one with --answers"))
    }
}

impl Targets for AtHand<'_> {
    fn find(&self, target: &Value, policy_namespace: &str) -> Result<Vec<Value>, String> {
        let objects = self.world.objects().map(|object| &object.value);
        Objects(objects.collect()).find(target, policy_namespace)
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

    fn api_call(&self, call: &Value) -> Option<Result<Value, String>> {
        Some(self.call(call))
    }

    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        Some(self.globals.get(name))
    }

    fn image(&self, reference: &str) -> Option<Result<Value, String>> {
        Some(Err(format!("no registry is asked for {reference}")))
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        Some(&self.exceptions)
    }

    fn given(&self, policy: &str, rule: &str) -> Vec<Given> {
        self.known.values.of_rule(policy, rule)
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
