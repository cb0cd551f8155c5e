//! Variables that have a value for a pod and none for the template in a controller.

use ironhull_finding::{Fix, Safety};
use ironhull_jmespath::{Dialect, Env, Error, Expression};
use ironhull_value::Value;
use ironhull_world::{Catalog, kinds};

use super::facts::Linted;
use super::samples::{map, minimal, with};
use super::uses::Use;

/// The metadata that pods have and templates do not.
const NOT_IN_TEMPLATES: [&str; 6] =
    ["name", "generateName", "namespace", "uid", "ownerReferences", "creationTimestamp"];

/// The variables of rules from which rules for controllers are made, with the field that is lost there, and
/// whether they are in a message.
pub(super) fn lost_fields(linted: &Linted) -> Vec<(&Use, String, bool)> {
    let Some(compiled) = &linted.compiled else { return Vec::new() };
    let mut found = Vec::new();
    for one in linted.uses.iter().filter(|one| !one.is_on_answer) {
        let Some(rule) = linted.policy.rules.get(one.rule) else { continue };
        let is_made =
            compiled.rules.iter().any(|made| made.rule.path == rule.path && made.rule.name != rule.name);
        let holder = one.path.parent().and_then(|path| linted.object().value.at(&path));
        let has_default = holder.is_some_and(|entry| entry.get("default").is_some());
        if let Some(field) = lost(one).filter(|_| is_made && !has_default) {
            found.push((one, field, rule.path.keys(&["validate", "message"]) == one.path));
        }
    }
    found
}

/// The same text with what the request itself says.
pub(super) fn in_request(linted: &Linted, one: &Use, field: &str) -> Option<Fix> {
    if !matches!(field, "name" | "namespace") {
        return None;
    }
    let written = linted.object().value.at(&one.path).and_then(Value::as_str)?;
    let new = written.replace(&format!("request.object.metadata.{field}"), &format!("request.{field}"));
    Some(Fix::set(one.path.clone(), new.as_str(), Safety::Unsafe))
}

/// The field of the metadata that is not there.
fn lost(one: &Use) -> Option<String> {
    let made = one.text.replace("request.object.metadata", "request.object.spec.template.metadata");
    if made == one.text {
        return None;
    }
    let catalog = Catalog::new();
    let object = minimal(&catalog, kinds::DEPLOYMENT);
    let object = with(&object, &["spec", "template", "metadata", "annotations"], map([]));
    let variables = map([("request", map([("object", object), ("operation", "CREATE".into())]))]);
    let expression = Expression::parse(&made, Dialect::Kyverno).ok()?;
    match expression.search(&variables, &mut Env::default()) {
        Err(Error::NotFound(key)) if NOT_IN_TEMPLATES.contains(&key.as_str()) => {
            Some(key.as_str().to_owned())
        }
        _ => None,
    }
}
