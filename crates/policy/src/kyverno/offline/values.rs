//! The file of variables.

use std::collections::BTreeMap;

use compact_str::CompactString;
use ironhull_value::{Map, Value};

use super::fields::{get, list, members, only, text};
use crate::kyverno::context::{merged, nested};
use crate::kyverno::json::floats;
use crate::kyverno::request::{Given, Request};

/// Variables by what they are for.
#[derive(Clone, Debug, Default)]
pub struct Values {
    global: Vec<(String, Value)>,
    policies: Vec<OfPolicy>,
    /// The labels of namespaces.
    pub namespaces: BTreeMap<String, Map>,
    /// Kinds that stand for a subresource of another kind.
    subresources: Vec<Subresource>,
}

#[derive(Clone, Debug)]
struct OfPolicy {
    name: String,
    resources: Vec<(String, Vec<(String, Value)>)>,
    rules: Vec<(String, Vec<(String, Value)>)>,
}

/// A kind that stands for a subresource.
#[derive(Clone, Debug)]
struct Subresource {
    /// Group, version and kind of what is written in files.
    own: [String; 3],
    /// Group, version and kind of what it belongs to.
    parent: [String; 3],
    /// The subresource: `exec`.
    name: String,
}

impl Values {
    /// Reads them; `at` is what to call them.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn read(value: &Value, at: &str) -> Result<Self, String> {
        let known = [
            "apiVersion",
            "kind",
            "metadata",
            "globalValues",
            "policies",
            "namespaceSelector",
            "namespaces",
            "subresources",
        ];
        only(value, at, &known)?;
        let value = floats(value);
        let global = pairs(&value, "globalValues")?;
        if let Some((_, operation)) = global.iter().find(|(key, _)| key == "request.operation") {
            let is_one = ["", "CREATE", "UPDATE", "DELETE", "CONNECT"]
                .contains(&operation.as_str().unwrap_or_default());
            if !is_one {
                return Err(format!(
                    "{at}: `request.operation` must be one of CREATE, UPDATE, DELETE, CONNECT"
                ));
            }
        }
        let mut namespaces = BTreeMap::new();
        for item in list(&value, "namespaceSelector")? {
            only(item, "an entry of `namespaceSelector`", &["name", "labels"])?;
            let labels = members(item, "labels")?.cloned().unwrap_or_default();
            namespaces.insert(text(item, "name")?, labels);
        }
        for item in list(&value, "namespaces")? {
            let metadata = get(item, "metadata").cloned().unwrap_or_default();
            let labels = members(&metadata, "labels")?.cloned().unwrap_or_default();
            namespaces.insert(text(&metadata, "name")?, labels);
        }
        Ok(Self {
            global,
            policies: list(&value, "policies")?.iter().map(of_policy).collect::<Result<_, _>>()?,
            namespaces,
            subresources: list(&value, "subresources")?.iter().map(subresource).collect::<Result<_, _>>()?,
        })
    }

    /// The variables for a resource and a policy; what is more special wins.
    fn of_resource(&self, policy: &str, resource: &str) -> Vec<(String, Value)> {
        let own = self
            .policies
            .iter()
            .filter(|own| own.name == policy)
            .flat_map(|own| &own.resources)
            .filter(|(name, _)| name == resource)
            .flat_map(|(_, values)| values);
        let mut found: BTreeMap<String, Value> = BTreeMap::new();
        for (key, value) in self.global.iter().chain(own) {
            found.insert(key.clone(), value.clone());
        }
        found.into_iter().collect()
    }

    /// Sets a variable for all policies, over what is read.
    ///
    /// # Errors
    /// When its name is no path.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), String> {
        path(name)?;
        self.global.retain(|(own, _)| own != name);
        self.global.push((name.to_owned(), value));
        Ok(())
    }

    /// Whether policies differ in nothing here.
    pub fn is_same_for_all(&self) -> bool {
        self.policies.is_empty()
    }

    /// The request that a policy is asked about: a resource with what the variables say of it. `operation` wins
    /// over theirs unless it is empty; `subresources` says whether kinds may stand for subresources.
    ///
    /// # Errors
    /// When the name of a variable is no path.
    pub fn request<'a>(
        &'a self,
        policy: &str,
        resource: &'a Value,
        operation: &str,
        subresources: bool,
    ) -> Result<Request<'a>, String> {
        let name = resource.dig_str(&["metadata", "name"]).unwrap_or_default();
        let mut given = Vec::new();
        for (key, value) in self.of_resource(policy, name) {
            given.push(Given { path: path(&key)?, value });
        }
        let is_operation =
            |one: &Given| one.path.iter().map(CompactString::as_str).eq(["request", "operation"]);
        let said = given.iter().find(|one| is_operation(one)).and_then(|one| one.value.as_str());
        let chosen = match (operation, said) {
            ("DELETE", _) | ("", Some("DELETE")) => "DELETE",
            ("UPDATE", _) | ("", Some("UPDATE")) => "UPDATE",
            _ => "CREATE",
        };
        if !operation.is_empty() {
            given.retain(|one| !is_operation(one));
        }
        let mut request = Request::create(resource);
        if subresources {
            let own = [request.group, request.version, request.kind];
            for other in self.subresources.iter().filter(|other| other.own.iter().eq(own.iter())) {
                [request.group, request.version, request.kind] = other.parent.each_ref().map(String::as_str);
                request.subresource = &other.name;
            }
        }
        request.object = (chosen != "DELETE").then(|| with_given(resource, "object", &given));
        request.old_object = (chosen != "CREATE").then(|| with_given(resource, "oldObject", &given));
        Ok(Request { operation: chosen, given, ..request })
    }

    /// The variables for a rule, and for those that were made from it for controllers of pods.
    pub fn of_rule(&self, policy: &str, rule: &str) -> Vec<Given> {
        let bare = [rule.strip_prefix("autogen-cronjob-"), rule.strip_prefix("autogen-")];
        self.policies
            .iter()
            .filter(|own| own.name == policy)
            .flat_map(|own| &own.rules)
            .find(|(name, _)| name == rule || bare.contains(&Some(name)))
            .into_iter()
            .flat_map(|(_, values)| values)
            .filter_map(|(key, value)| Some(Given { path: path(key).ok()?, value: value.clone() }))
            .collect()
    }
}

/// A resource with what the variables say about it.
fn with_given(resource: &Value, which: &str, given: &[Given]) -> Value {
    let mut value = resource.clone();
    for one in given {
        if let [first, second, rest @ ..] = one.path.as_slice()
            && first == "request"
            && second == which
        {
            let rest: Vec<&str> = rest.iter().map(CompactString::as_str).collect();
            value = merged(&value, nested(&rest, one.value.clone()));
        }
    }
    value
}

fn of_policy(value: &Value) -> Result<OfPolicy, String> {
    only(value, "an entry of `policies`", &["name", "resources", "rules"])?;
    let resources = list(value, "resources")?.iter().map(|item| {
        only(item, "an entry of `resources`", &["name", "values"])?;
        Ok((text(item, "name")?, pairs(item, "values")?))
    });
    let rules = list(value, "rules")?.iter().map(|item| {
        only(item, "an entry of `rules`", &["name", "values", "foreachValues"])?;
        let mut values = pairs(item, "values")?;
        // Upstream counts no elements: every element has the first value.
        for (key, value) in pairs(item, "foreachValues")? {
            let first = value.item(0).cloned();
            values.push((key.clone(), first.ok_or_else(|| format!("`foreachValues` {key} must be a list"))?));
        }
        Ok((text(item, "name")?, values))
    });
    Ok(OfPolicy {
        name: text(value, "name")?,
        resources: resources.collect::<Result<_, String>>()?,
        rules: rules.collect::<Result<_, String>>()?,
    })
}

fn pairs(value: &Value, name: &str) -> Result<Vec<(String, Value)>, String> {
    let mut found = Vec::new();
    for (key, value) in members(value, name)?.into_iter().flat_map(Map::iter) {
        path(key.as_str())?;
        found.push((key.as_str().to_owned(), value.clone()));
    }
    Ok(found)
}

fn subresource(value: &Value) -> Result<Subresource, String> {
    only(value, "an entry of `subresources`", &["subresource", "parentResource"])?;
    let part = |name: &str| -> Result<([String; 3], String), String> {
        let own = get(value, name).ok_or_else(|| format!("`{name}` is missing in `subresources`"))?;
        Ok(([text(own, "group")?, text(own, "version")?, text(own, "kind")?], text(own, "name")?))
    };
    let (own, name) = part("subresource")?;
    let (parent, _) = part("parentResource")?;
    let name = name.split('/').nth(1).unwrap_or_default().to_owned();
    Ok(Subresource { own, parent, name })
}

/// The keys of a path as upstream's CSV reader takes them apart: by dots, with `"quoted.keys"`.
fn path(text: &str) -> Result<Vec<CompactString>, String> {
    let wrong = || format!("`{text}` is no path of a variable");
    let mut keys = Vec::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut key = String::new();
            let mut after = quoted;
            loop {
                let (before, behind) = after.split_once('"').ok_or_else(wrong)?;
                key.push_str(before);
                if let Some(more) = behind.strip_prefix('"') {
                    key.push('"');
                    after = more;
                } else {
                    after = behind;
                    break;
                }
            }
            keys.push(key.into());
            match after.strip_prefix('.') {
                Some(more) => rest = more,
                None if after.is_empty() => return Ok(keys),
                None => return Err(wrong()),
            }
        } else {
            let (key, more) = rest.split_once('.').map_or((rest, None), |(key, more)| (key, Some(more)));
            if key.contains('"') {
                return Err(wrong());
            }
            keys.push(key.into());
            match more {
                Some(more) => rest = more,
                None => return Ok(keys),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths_are_read_as_upstream_reads_them() {
        let of = |text: &str| path(text).map(|keys| keys.join("|"));
        assert_eq!(of("request.operation").as_deref(), Ok("request|operation"));
        assert_eq!(
            of(r#"request.object.metadata.annotations."a.b/c""#).as_deref(),
            Ok("request|object|metadata|annotations|a.b/c")
        );
        assert_eq!(of(r#""a""b".c"#).as_deref(), Ok("a\"b|c"));
        assert!(of(r#"a"b"#).is_err() && of(r#""a"#).is_err() && of(r#""a"b"#).is_err());
    }
}
