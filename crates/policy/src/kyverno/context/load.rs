//! Loading one entry. Upstream: `pkg/engine/context/loaders`.

use ironhull_value::Value;

use super::{Context, MOST_BYTES};
use crate::gate::Gate;
use crate::kyverno::go_text::sprint;
use crate::kyverno::json::{self, floats};
use crate::kyverno::model::{ContextEntry, ContextSource};
use crate::kyverno::variables::{Lookup, Template};

impl<'e> Context<'e> {
    /// Loads an entry and puts its value among the variables. `loaded` is what came out the last time; the
    /// answer is what came out now, `None` where entries of its kind are not available.
    pub(super) fn load(
        &self,
        entry: &'e ContextEntry,
        loaded: Option<Value>,
    ) -> Result<Option<Value>, String> {
        let name = entry.name.as_str();
        if !matches!(entry.source, ContextSource::Variable { .. }) && !self.ports.has(&entry.source) {
            return Ok(None);
        }
        match &entry.source {
            ContextSource::Variable { value, jmes_path, default } => {
                let found = self.variable(name, value.as_ref(), jmes_path.as_deref(), default.as_ref())?;
                self.put(name, &found, true)?;
                Ok(Some(found))
            }
            ContextSource::ConfigMap { name: map, namespace } => {
                let found = match loaded {
                    Some(loaded) => Some(loaded),
                    None => self.config_map(name, map, namespace).map_err(|why| {
                        format!("failed to retrieve config map for context entry {name}: {why}")
                    })?,
                };
                self.add_if_there(name, found)
            }
            ContextSource::ApiCall { call, jmes_path, default } => {
                let found = match loaded {
                    Some(loaded) => Some(loaded),
                    None => self.api_call(name, call, jmes_path.as_deref(), default.as_ref())?,
                };
                self.add_if_there(name, found)
            }
            ContextSource::Global { reference, jmes_path } => {
                let found = self.global(name, reference, jmes_path.as_deref()).map_err(|why| {
                    format!("failed to marshal APICall data for context entry {name}: {why}")
                })?;
                self.add_if_there(name, found)
            }
            ContextSource::ImageRegistry { reference, jmes_path } => {
                let found = match loaded {
                    Some(loaded) => Some(loaded),
                    None => self.image(name, reference, jmes_path.as_deref()).map_err(|why| {
                        format!("failed to load image data for context entry {name}: {why}")
                    })?,
                };
                self.add_if_there(name, found)
            }
        }
    }

    fn add_if_there(&self, name: &str, found: Option<Value>) -> Result<Option<Value>, String> {
        if let Some(found) = &found {
            self.put(name, found, false)?;
        }
        Ok(found)
    }

    /// Puts an entry among the variables; together they may not be larger than upstream allows.
    fn put(&self, name: &str, value: &Value, replace: bool) -> Result<(), String> {
        let size = json::write(value).len();
        let all = self.bytes.get() + size;
        if all > MOST_BYTES {
            return Err(format!(
                "context size limit exceeded: {all} bytes exceeds limit of {MOST_BYTES} bytes"
            ));
        }
        self.bytes.set(all);
        let value = floats(value);
        if replace {
            self.replace(&[name], value);
        } else {
            self.add(&[name], value);
        }
        Ok(())
    }

    fn variable(
        &self,
        name: &str,
        value: Option<&Template>,
        jmes_path: Option<&str>,
        default: Option<&Template>,
    ) -> Result<Value, String> {
        let shown = |template: &Template| sprint(template.source()).into_owned();
        let path = match jmes_path {
            None => String::new(),
            Some(path) => self.text(path).map_err(|why| {
                format!("failed to substitute variables in context entry {name} {path}: {why}")
            })?,
        };
        let filled = |template: Option<&Template>| -> Result<Value, String> {
            template.map_or(Ok(Value::Null), |template| {
                template.substitute(self).map_err(|why| {
                    format!(
                        "failed to substitute variables in context entry {name} {}: {why}",
                        shown(template)
                    )
                })
            })
        };
        let default = filled(default)?;
        let mut output = default.clone();
        let failed = |variable: &Value, why: String| {
            format!("failed to apply jmespath {path} to variable {}: {why}", sprint(variable))
        };
        if value.is_some() {
            let variable = filled(value)?;
            if path.is_empty() {
                output = variable;
            } else {
                match self.apply(&path, &variable) {
                    Ok(found) => output = found,
                    Err(why) if default.is_null() => return Err(failed(&Value::Null, why)),
                    Err(_) => {}
                }
            }
        } else if !path.is_empty() {
            match self.query(&path) {
                Ok(Value::Null) => {}
                Ok(found) => output = found,
                Err(why) if default.is_null() => return Err(failed(&Value::Null, why)),
                Err(_) => {}
            }
        }
        if output.is_null() {
            return Err(format!("failed to add context entry for variable {name} since it evaluated to nil"));
        }
        Ok(output)
    }

    /// A text with its variables replaced, which must stay a text.
    fn text(&self, text: &str) -> Result<String, String> {
        match Template::compile(&Value::Str(text.into())).substitute(self).map_err(|why| why.to_string())? {
            Value::Str(text) => Ok(text.to_string()),
            other => {
                Err(format!("expected string, got {}", crate::kyverno::go_text::type_name(other.kind())))
            }
        }
    }

    fn apply(&self, path: &str, value: &Value) -> Result<Value, String> {
        let expression = self
            .expressions
            .get(path)
            .map_err(|why| format!("failed to compile JMESPath: {path}, error: {why}"))?;
        let found = expression.expression.search(value, &mut self.env());
        found.map(std::borrow::Cow::into_owned).map_err(|why| why.to_string())
    }

    fn config_map(&self, entry: &str, name: &str, namespace: &str) -> Result<Option<Value>, String> {
        let own = |field: &str, text: &str| {
            self.text(text).map_err(|why| {
                format!("failed to substitute variables in context {entry} configMap.{field} {text}: {why}")
            })
        };
        let name = own("name", name)?;
        let mut namespace = own("namespace", namespace)?;
        if namespace.is_empty() {
            namespace = match self.policy_namespace {
                "" => "default".to_owned(),
                policy => policy.to_owned(),
            };
        }
        // A namespaced author gets namespaced power.
        if !Gate::new(self.policy_namespace).may_reach(&namespace) {
            return Err(format!(
                "context entry {entry}: configMap namespace {namespace:?} is different from policy namespace {:?}",
                self.policy_namespace
            ));
        }
        self.ports
            .config_map(&namespace, &name)
            .transpose()
            .map_err(|why| format!("failed to get configmap {namespace}/{name} : {why}"))
    }

    fn api_call(
        &self,
        entry: &str,
        call: &Template,
        jmes_path: Option<&str>,
        default: Option<&Value>,
    ) -> Result<Option<Value>, String> {
        let call = call.substitute(self).map_err(|why| {
            format!("failed to fetch data for APICall: failed to substitute variables in context entry {entry}: {why}")
        })?;
        let gate = Gate::new(self.policy_namespace);
        let failed = |why: String| format!("failed to fetch data for APICall: {why}");
        if let Some(path) = call.dig_str(&["urlPath"]) {
            gate.may_ask(path).map_err(failed)?;
        }
        if let Some(service) = call.get("service").filter(|service| !service.is_null()) {
            gate.may_call(service.dig_str(&["url"]).unwrap_or_default()).map_err(failed)?;
        }
        let found = match (self.ports.api_call(&call), default) {
            (None, _) => return Ok(None),
            (Some(Ok(found)), _) => found,
            (Some(Err(_)), Some(default)) => default.clone(),
            (Some(Err(why)), None) => return Err(format!("failed to fetch data for APICall: {why}")),
        };
        let Some(path) = jmes_path.filter(|path| !path.is_empty()) else { return Ok(Some(found)) };
        let path = self.text(path).map_err(|why| {
            format!("failed to store data for APICall: failed to substitute variables in context entry {entry} JMESPath: {why}")
        })?;
        let found = self.apply(&path, &found).map_err(|why| {
            format!("failed to store data for APICall: failed to apply JMESPath {path} for context entry {entry}: {why}")
        })?;
        Ok(Some(found))
    }

    fn global(&self, entry: &str, reference: &str, jmes_path: Option<&str>) -> Result<Option<Value>, String> {
        let name = self.text(reference)?;
        let Some(found) = self.ports.global(&name).transpose()? else { return Ok(None) };
        let Some(path) = jmes_path.filter(|path| !path.is_empty()) else { return Ok(Some(found)) };
        let path = self.text(path)?;
        self.apply(&path, &found)
            .map(Some)
            .map_err(|why| format!("failed to apply JMESPath {path} for context entry {entry}: {why}"))
    }

    fn image(&self, entry: &str, reference: &str, jmes_path: Option<&str>) -> Result<Option<Value>, String> {
        let reference = self.text(reference)?;
        let Some(found) = self.ports.image(&reference).transpose()? else { return Ok(None) };
        let Some(path) = jmes_path.filter(|path| !path.is_empty()) else { return Ok(Some(found)) };
        let path = self.text(path)?;
        self.apply(&path, &found).map(Some).map_err(|why| {
            format!("failed to apply JMESPath ({path}) results to context entry {entry}: {why}")
        })
    }
}
