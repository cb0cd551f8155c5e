//! `match` and `exclude` as a truth.

use ironhull_value::{Operator, Selector, Value, contains_wildcard};

use super::cel::{Truth, quote, quoted_list, wildcard};
use super::kinds::{SERVED, Served};
use crate::kyverno::matching::KindSelector;
use crate::kyverno::model::{Described, Filter, Matching, Rule};

/// Whose matching is asked for.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// `object` or `oldObject`.
    pub(super) root: &'a str,
    /// The operation, where it is given.
    pub(super) operation: Option<&'a str>,
    /// What the policy is exported for.
    pub(super) kinds: &'a [Served],
}

/// The kinds that a rule is about.
///
/// # Errors
/// Why they cannot be told.
pub(super) fn kinds(rule: &Rule) -> Result<Vec<Served>, String> {
    let matching = &rule.matching;
    let filters: Vec<&Filter> = if !matching.any.is_empty() {
        matching.any.iter().collect()
    } else if !matching.all.is_empty() {
        matching.all.iter().filter(|filter| !filter.resources.kinds.is_empty()).collect()
    } else {
        vec![&matching.bare]
    };
    if filters.is_empty() || filters.iter().any(|filter| filter.resources.kinds.is_empty()) {
        return Err("a match without kinds".to_owned());
    }
    let mut named: Vec<Vec<Served>> = Vec::new();
    for filter in filters {
        named.push(of_filter(&filter.resources)?);
    }
    let is_meant = |one: &Served| {
        if matching.all.is_empty() {
            named.iter().any(|kinds| kinds.contains(one))
        } else {
            named.iter().all(|kinds| kinds.contains(one))
        }
    };
    Ok(SERVED.iter().copied().filter(is_meant).collect())
}

fn of_filter(described: &Described) -> Result<Vec<Served>, String> {
    let mut found = Vec::new();
    for text in &described.kinds {
        let selector = KindSelector::parse(text);
        if contains_wildcard(&selector.kind) {
            return Err(format!("the kind `{text}`, which has a wildcard"));
        }
        if !selector.subresource.is_empty() {
            return Err(format!("the kind `{text}`, which has a subresource"));
        }
        let own: Vec<Served> = SERVED.into_iter().filter(|one| one.is(&selector)).collect();
        if own.is_empty() {
            return Err(format!("the kind `{text}`, whose fields are not known here"));
        }
        found.extend(own);
    }
    Ok(found)
}

impl Subject<'_> {
    /// Whether a rule is about the object.
    ///
    /// # Errors
    /// What cannot be said in CEL.
    pub(super) fn meets(&self, rule: &Rule) -> Result<Truth, String> {
        let all =
            |filters: &[Filter]| filters.iter().map(|one| self.filter(one)).collect::<Result<Vec<_>, _>>();
        let matching = &rule.matching;
        let matched = if !matching.any.is_empty() {
            Truth::any(all(&matching.any)?)
        } else if !matching.all.is_empty() {
            Truth::all(all(&matching.all)?)
        } else {
            self.filter(&matching.bare)?
        };
        let Some(exclude) = rule.exclude.as_ref().filter(|exclude| !Matching::is_empty(exclude)) else {
            return Ok(matched);
        };
        let excluded = if !exclude.any.is_empty() {
            Truth::any(all(&exclude.any)?)
        } else if !exclude.all.is_empty() {
            Truth::all(all(&exclude.all)?)
        } else {
            self.filter(&exclude.bare)?
        };
        Ok(Truth::all([matched, excluded.not()]))
    }

    /// A filter that says nothing is met by nothing.
    fn filter(&self, filter: &Filter) -> Result<Truth, String> {
        if !filter.users.is_empty() {
            return Err("users, roles or groups".to_owned());
        }
        let wanted = &filter.resources;
        if wanted.is_empty() {
            return Ok(Truth::NO);
        }
        let mut all = vec![self.operations(wanted), self.kind(wanted)];
        self.metadata(wanted, &mut all)?;
        if let Some(selector) = &wanted.namespace_selector {
            all.push(self.namespace_labels(selector)?);
        }
        Ok(Truth::all(all))
    }

    fn operations(&self, wanted: &Described) -> Truth {
        if wanted.operations.is_empty() {
            return Truth::YES;
        }
        let has = |operation: &str| wanted.operations.iter().any(|own| own == operation);
        if let Some(operation) = self.operation {
            return Truth::Const(has(operation));
        }
        let asked: Vec<&str> = ["CREATE", "UPDATE"].into_iter().filter(|one| has(one)).collect();
        match asked.as_slice() {
            [] => Truth::NO,
            [one] => Truth::compare("request.operation", "==", &quote(one)),
            _ => Truth::YES,
        }
    }

    fn kind(&self, wanted: &Described) -> Truth {
        if wanted.kinds.is_empty() {
            return Truth::YES;
        }
        let selectors: Vec<KindSelector> =
            wanted.kinds.iter().map(|kind| KindSelector::parse(kind)).collect();
        let is_named = |one: &&Served| selectors.iter().any(|selector| one.is(selector));
        let named: Vec<&str> = self.kinds.iter().filter(is_named).map(|one| one.plural).collect();
        match named.as_slice() {
            [] => Truth::NO,
            all if all.len() == self.kinds.len() => Truth::YES,
            [one] => Truth::compare("request.resource.resource", "==", &quote(one)),
            some => {
                let yes = format!("request.resource.resource in {}", quoted_list(some));
                Truth::Test { no: format!("!({yes})"), yes }
            }
        }
    }

    /// A text of the metadata; empty where there is none.
    fn text(&self, key: &str) -> String {
        format!("{}.metadata.?{key}.orValue('')", self.root)
    }

    fn metadata(&self, wanted: &Described, all: &mut Vec<Truth>) -> Result<(), String> {
        let any = |text: &str, patterns: &[compact_str::CompactString]| {
            if patterns.len() > 1 && !patterns.iter().any(|one| contains_wildcard(one)) {
                let yes = format!("{text} in {}", quoted_list(patterns));
                return Truth::Test { no: format!("!({yes})"), yes };
            }
            Truth::any(patterns.iter().map(|pattern| wildcard(text, pattern)))
        };
        let name = self.text("name");
        if !wanted.name.is_empty() {
            all.push(wildcard(&name, &wanted.name));
        }
        if !wanted.names.is_empty() {
            all.push(any(&name, &wanted.names));
        }
        if !wanted.namespaces.is_empty() {
            let is_namespace = Truth::compare("request.resource.resource", "==", "'namespaces'");
            let namespace = self.text("namespace");
            let has_both = self.kinds.iter().any(|one| one.plural == "namespaces");
            if has_both {
                all.push(Truth::any([
                    Truth::all([is_namespace.clone(), any(&name, &wanted.namespaces)]),
                    Truth::all([is_namespace.not(), any(&namespace, &wanted.namespaces)]),
                ]));
            } else {
                all.push(any(&namespace, &wanted.namespaces));
            }
        }
        for (key, value) in wanted.annotations.iter().flatten() {
            let own = format!("{}.metadata.?annotations.orValue({{}})", self.root);
            all.push(if contains_wildcard(key) {
                let pair = Truth::all([wildcard("k", key), wildcard(&format!("{own}[k]"), value)]);
                if pair == Truth::YES {
                    Truth::compare(&format!("size({own})"), ">", "0")
                } else {
                    Truth::each(&own, "k", pair, false)
                }
            } else {
                Truth::all([has_key(&own, key), wildcard(&format!("{own}[{}]", quote(key)), value)])
            });
        }
        if let Some(wanted) = &wanted.selector {
            all.push(selector(wanted, &format!("{}.metadata.?labels.orValue({{}})", self.root))?);
        }
        Ok(())
    }

    /// Upstream: a namespace has no namespace, and what is in none has one without labels.
    fn namespace_labels(&self, wanted: &Value) -> Result<Truth, String> {
        let labels = "(namespaceObject == null ? {} : namespaceObject.metadata.?labels.orValue({}))";
        let found = selector(wanted, labels)?;
        let is_there = self.kinds.iter().any(|one| one.plural == "namespaces");
        let other = Truth::compare("request.resource.resource", "!=", "'namespaces'");
        Ok(Truth::all([if is_there { other } else { Truth::YES }, found]))
    }
}

fn has_key(map: &str, key: &str) -> Truth {
    let yes = format!("{} in {map}", quote(key));
    Truth::Test { no: format!("!({yes})"), yes }
}

/// A label selector, about the labels that an expression names.
fn selector(wanted: &Value, labels: &str) -> Result<Truth, String> {
    let pairs =
        wanted.get("matchLabels").and_then(Value::as_map).into_iter().flat_map(ironhull_value::Map::iter);
    let mut pairs = pairs.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()));
    if pairs.any(|(key, value)| contains_wildcard(key) || contains_wildcard(value)) {
        return Err("wildcards in a label selector".to_owned());
    }
    let compiled =
        Selector::compile(wanted).map_err(|why| format!("a label selector that is none: {why}"))?;
    let mut all = Vec::new();
    for requirement in compiled.requirements() {
        let key = requirement.key().as_str();
        let there = has_key(labels, key);
        let value = format!("{labels}[{}]", quote(key));
        let among = match requirement.values() {
            [one] => Truth::compare(&value, "==", &quote(one)),
            several => {
                let yes = format!("{value} in {}", quoted_list(several));
                Truth::Test { no: format!("!({yes})"), yes }
            }
        };
        all.push(match requirement.operator() {
            Operator::In | Operator::Equals | Operator::DoubleEquals => Truth::all([there, among]),
            Operator::NotIn => Truth::all([there, among]).not(),
            Operator::Exists => there,
            Operator::DoesNotExist => there.not(),
            other => return Err(format!("a label selector with {other:?}")),
        });
    }
    Ok(Truth::all(all))
}
