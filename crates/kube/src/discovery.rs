//! Which of the wanted kinds the server has, and under which path.

use ironhull_value::{CompactString, Value};

use crate::api::{Api, DISCOVERY, JSON};
use crate::failure::Failure;
use crate::query::Query;

/// A kind that can be listed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resource {
    pub(crate) group: CompactString,
    pub(crate) version: CompactString,
    pub(crate) kind: CompactString,
    pub(crate) plural: CompactString,
    pub(crate) is_namespaced: bool,
}

/// What discovery says of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Served(Resource),
    /// The server does not have it, so no object of it exists.
    Absent,
    /// It exists or may exist, and cannot be listed.
    Unknown(String),
}

/// The server's kinds, as far as they were asked for.
pub(crate) struct Discovery {
    groups: Vec<Group>,
}

/// A group with its versions, the preferred one first.
#[derive(Default)]
struct Group {
    name: CompactString,
    versions: Vec<Version>,
}

struct Version {
    name: CompactString,
    rows: Vec<Row>,
    /// Why rows may be missing.
    problem: Option<String>,
}

struct Row {
    kind: CompactString,
    plural: CompactString,
    is_namespaced: bool,
    is_listable: bool,
}

impl Discovery {
    /// Asks for the groups of these kinds.
    pub(crate) async fn of(api: &Api, groups: &[&str]) -> Result<Self, Failure> {
        let mut found = Vec::new();
        if groups.contains(&"") {
            let answer = api.get(&Query::path(&["api"]), DISCOVERY).await?;
            match aggregated(&answer) {
                Some(groups) => found.extend(groups),
                None => found.push(walk(api, "", strings(answer.dig_items(&["versions"]))).await),
            }
        }
        if groups.iter().any(|group| !group.is_empty()) {
            let answer = api.get(&Query::path(&["apis"]), DISCOVERY).await?;
            match aggregated(&answer) {
                Some(groups) => found.extend(groups),
                None => {
                    for (group, versions) in legacy_groups(&answer)? {
                        if groups.contains(&group.as_str()) {
                            found.push(walk(api, &group, versions).await);
                        }
                    }
                }
            }
        }
        Ok(Self { groups: found })
    }

    /// The first version in the server's order of preference that has the kind and can list it.
    pub(crate) fn find(&self, group: &str, kind: &str) -> Found {
        let versions = || self.groups.iter().filter(|own| own.name == group).flat_map(|own| &own.versions);
        let rows = || versions().flat_map(|version| version.rows.iter().map(move |row| (version, row)));
        let mut rows = rows().filter(|(_, row)| row.kind == kind).peekable();
        let exists = rows.peek().is_some();
        if let Some((version, row)) = rows.find(|(_, row)| row.is_listable) {
            return Found::Served(Resource {
                group: group.into(),
                version: version.name.clone(),
                kind: kind.into(),
                plural: row.plural.clone(),
                is_namespaced: row.is_namespaced,
            });
        }
        match versions().find_map(|version| version.problem.as_ref()) {
            Some(problem) => Found::Unknown(problem.clone()),
            None if exists => Found::Unknown("the server does not list objects of this kind".to_owned()),
            None => Found::Absent,
        }
    }
}

/// The groups of an `APIGroupDiscoveryList`; none when the answer is of the older form.
fn aggregated(answer: &Value) -> Option<Vec<Group>> {
    if answer.dig_str(&["kind"]) != Some("APIGroupDiscoveryList") {
        return None;
    }
    let groups = answer.dig_items(&["items"]).iter().map(|group| Group {
        name: text(group, &["metadata", "name"]),
        versions: group.dig_items(&["versions"]).iter().map(aggregated_version).collect(),
    });
    Some(groups.collect())
}

fn aggregated_version(version: &Value) -> Version {
    let rows = version.dig_items(&["resources"]).iter().map(|row| Row {
        kind: text(row, &["responseKind", "kind"]),
        plural: text(row, &["resource"]),
        is_namespaced: row.dig_str(&["scope"]) == Some("Namespaced"),
        is_listable: is_listable(row),
    });
    // An extension API server that is down has a stale entry with what it last had, or nothing.
    let is_stale = version.dig_str(&["freshness"]) == Some("Stale");
    Version {
        name: text(version, &["version"]),
        rows: rows.collect(),
        problem: is_stale.then(|| "the server that has this group does not answer (stale)".to_owned()),
    }
}

/// Names and versions of the groups of an `APIGroupList`, the preferred version first.
fn legacy_groups(answer: &Value) -> Result<Vec<(CompactString, Vec<CompactString>)>, Failure> {
    if answer.dig_str(&["kind"]) != Some("APIGroupList") {
        return Err(Failure::Answer("it is not a list of API groups".to_owned()));
    }
    let groups = answer.dig_items(&["groups"]).iter().map(|group| {
        let preferred = text(group, &["preferredVersion", "version"]);
        let mut versions: Vec<_> =
            group.dig_items(&["versions"]).iter().map(|version| text(version, &["version"])).collect();
        // Stable, so that the others keep their order.
        versions.sort_by_key(|version| *version != preferred);
        (text(group, &["name"]), versions)
    });
    Ok(groups.collect())
}

/// The kinds of a group, one request for each version.
async fn walk(api: &Api, group: &str, versions: Vec<CompactString>) -> Group {
    let mut found = Group { name: group.into(), versions: Vec::new() };
    for name in versions {
        let query = match group {
            "" => Query::path(&["api", &name]),
            group => Query::path(&["apis", group, &name]),
        };
        let (rows, problem) = match api.get(&query, JSON).await {
            Ok(answer) => (answer.dig_items(&["resources"]).iter().filter_map(legacy_row).collect(), None),
            // A version that went away since the list of groups was made.
            Err(failure) if failure.code() == Some(404) => (Vec::new(), None),
            Err(failure) => (Vec::new(), Some(failure.to_string())),
        };
        found.versions.push(Version { name, rows, problem });
    }
    found
}

fn legacy_row(row: &Value) -> Option<Row> {
    let plural = text(row, &["name"]);
    // `pods/log`: a subresource.
    (!plural.contains('/')).then(|| Row {
        kind: text(row, &["kind"]),
        plural,
        is_namespaced: row.dig(&["namespaced"]).and_then(Value::as_bool) == Some(true),
        is_listable: is_listable(row),
    })
}

fn is_listable(row: &Value) -> bool {
    row.dig_items(&["verbs"]).iter().any(|verb| verb.as_str() == Some("list"))
}

fn text(value: &Value, keys: &[&str]) -> CompactString {
    value.dig_str(keys).unwrap_or_default().into()
}

fn strings(items: &[Value]) -> Vec<CompactString> {
    items.iter().filter_map(Value::as_str).map(CompactString::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, rows: &[(&str, bool)], problem: Option<&str>) -> Version {
        let rows = rows.iter().map(|(kind, is_listable)| Row {
            kind: (*kind).into(),
            plural: "x".into(),
            is_namespaced: true,
            is_listable: *is_listable,
        });
        Version { name: name.into(), rows: rows.collect(), problem: problem.map(str::to_owned) }
    }

    #[test]
    fn a_kind_is_absent_only_if_nothing_is_hidden() {
        let broken = version("v2", &[], Some("down"));
        let groups = vec![
            Group { name: "a".into(), versions: vec![broken, version("v1", &[("Both", true)], None)] },
            Group {
                name: "b".into(),
                versions: vec![
                    version("v2", &[("Old", false), ("Review", false)], None),
                    version("v1", &[("Old", true)], None),
                ],
            },
        ];
        let discovery = Discovery { groups };
        let served = |group, kind| match discovery.find(group, kind) {
            Found::Served(resource) => resource.version.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(served("a", "Both"), "v1");
        assert_eq!(served("a", "Other"), "Unknown(\"down\")");
        assert_eq!(served("b", "Old"), "v1");
        assert!(served("b", "Review").starts_with("Unknown"));
        assert_eq!(served("b", "Other"), "Absent");
        assert_eq!(served("c", "Other"), "Absent");
    }

    #[test]
    fn the_preferred_version_comes_first() {
        let text = r#"{"kind":"APIGroupList","groups":[{"name":"g","versions":[{"version":"v2"},
            {"version":"v1"},{"version":"v1beta1"}],"preferredVersion":{"version":"v1"}}]}"#;
        let groups = legacy_groups(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(groups, [("g".into(), vec!["v1".into(), "v2".into(), "v1beta1".into()])]);
        assert!(legacy_groups(&Value::Null).is_err());
    }
}
