//! One rule of a role.

use ironhull_value::{Path, Value};

use crate::Object;

/// A rule with the role that wrote it, which for an aggregated role is another one.
#[derive(Clone, Debug)]
pub struct PolicyRule<'w> {
    /// The role that holds the text.
    pub role: &'w Object,
    /// The way to the rule in that role.
    pub path: Path,
    /// The rule.
    pub value: &'w Value,
}

impl<'w> PolicyRule<'w> {
    /// The rules of one role's own list.
    pub fn own(role: &'w Object) -> Vec<Self> {
        let list = Path::root().child("rules");
        let rules = role.value.dig_items(&["rules"]).iter().enumerate();
        rules.map(|(index, value)| Self { role, path: list.child(index), value }).collect()
    }

    /// Whether the rule allows `verb` on `resource` (with `/subresource` where meant) of `group`, on all
    /// objects or on some named ones.
    pub fn allows(&self, verb: &str, group: &str, resource: &str) -> bool {
        self.has("verbs", verb) && self.has("apiGroups", group) && self.covers_resource(resource)
    }

    /// Whether the rule is limited to named objects.
    pub fn is_named(&self) -> bool {
        !self.value.dig_items(&["resourceNames"]).is_empty()
    }

    /// Whether a list has `item` or `*`.
    pub fn has(&self, list: &str, item: &str) -> bool {
        self.texts(list).any(|text| text == item || text == "*")
    }

    /// Whether a list has `*` itself.
    pub fn has_wildcard(&self, list: &str) -> bool {
        self.texts(list).any(|text| text == "*")
    }

    /// The texts of a list.
    pub fn texts(&self, list: &str) -> impl Iterator<Item = &'w str> {
        self.value.dig_items(&[list]).iter().filter_map(Value::as_str)
    }

    /// The way to the first of `items` in a list, or to `*`, for evidence.
    pub fn path_of(&self, list: &str, items: &[&str]) -> Path {
        let at = self
            .value
            .dig_items(&[list])
            .iter()
            .position(|item| item.as_str().is_some_and(|text| text == "*" || items.contains(&text)));
        let list = self.path.child(list);
        at.map_or(list.clone(), |index| list.child(index))
    }

    /// `*` covers everything, `*/sub` that subresource of everything, `pods` not its subresources.
    fn covers_resource(&self, resource: &str) -> bool {
        let sub = resource.split_once('/').map(|(_, sub)| sub);
        self.texts("resources").any(|text| {
            text == "*"
                || text == resource
                || sub.is_some_and(|sub| text.strip_prefix("*/").is_some_and(|name| name == sub))
        })
    }
}
