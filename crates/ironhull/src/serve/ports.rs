//! What policies look up while a request waits.
//!
//! Every look-up passes the gate of the engine first (`policy::gate`), so that a policy of a namespace reaches
//! nothing outside of it. What is asked here is answered from the snapshot where it can be, else by the API server
//! as whatever account we run as.

use std::cell::Cell;

use ironhull_jmespath::Env;
use ironhull_kube::{Cluster, ResourcePath};
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_value::{Key, Map, Value};
use ironhull_world::{GroupKind, World};
use tokio::runtime::Handle;

use super::clock::{Until, now};

/// A policy that asks more often about one request has lost its way.
const MOST_CALLS: u32 = 64;

/// What policies look up.
pub(crate) struct Lookups<'a> {
    pub(crate) world: &'a World,
    pub(crate) exceptions: &'a Exceptions,
    /// Whom to ask what the snapshot does not have; nobody where a request must not wait.
    pub(crate) server: Option<(&'a Cluster, &'a Handle)>,
    pub(crate) time: Until,
    pub(crate) calls: Cell<u32>,
}

impl Lookups<'_> {
    fn ask(&self, path: &str) -> Result<Value, String> {
        let (cluster, handle) = self.server.ok_or_else(|| "there is no cluster to be asked".to_owned())?;
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() > MOST_CALLS {
            return Err(format!("more than {MOST_CALLS} calls for one request"));
        }
        let left = self.time.left();
        let answer = handle.block_on(async { tokio::time::timeout(left, cluster.get_raw(path)).await });
        match answer {
            Ok(answer) => answer.map_err(|failure| failure.to_string()),
            Err(_) => Err("the API server did not answer before the deadline of the request".to_owned()),
        }
    }
}

impl Ports for Lookups<'_> {
    fn env(&self) -> Env<'_> {
        Env { now: Some(now()), ..Env::default() }
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<Result<Value, String>> {
        let of = |object: &Value| {
            let part = |key: &str| (Key::new(key), object.get(key).cloned().unwrap_or_default());
            Value::Map([part("data"), part("metadata")].into_iter().collect::<Map>())
        };
        if let Some(found) = self.world.get(GroupKind::new("", "ConfigMap"), namespace, name) {
            return Some(Ok(of(&found.value)));
        }
        if self.server.is_none() {
            return Some(Err(format!("configmaps \"{name}\" not found")));
        }
        let path = ResourcePath::new("", "v1", "configmaps").in_namespace(namespace).named(name);
        let found = path.text().map_err(|failure| failure.to_string()).and_then(|path| self.ask(&path));
        Some(found.map(|found| of(&found)))
    }

    fn api_call(&self, call: &Value) -> Option<Result<Value, String>> {
        let method = call.dig_str(&["method"]).unwrap_or("GET");
        if call.get("service").is_some_and(|service| !service.is_null()) {
            return Some(Err("calls to services are not made by this version".to_owned()));
        }
        if method != "GET" {
            return Some(Err(format!("{method} is not sent by this version; only GET is")));
        }
        Some(self.ask(call.dig_str(&["urlPath"]).unwrap_or_default()))
    }

    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        Some(Err(format!(
            "the global context entry {name} is not loaded: this version has no background control"
        )))
    }

    fn image(&self, reference: &str) -> Option<Result<Value, String>> {
        Some(Err(format!("no registry is asked for {reference}")))
    }

    fn is_over(&self) -> bool {
        self.time.left().is_zero()
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        Some(self.exceptions)
    }
}
