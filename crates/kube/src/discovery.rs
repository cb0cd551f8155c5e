//! Which kinds the server has, and under which path.

use ironhull_value::{CompactString, Value};

use crate::api::{Api, DISCOVERY, JSON};
use crate::failure::Failure;
use crate::path::ResourcePath;
use crate::query::Query;

/// A resource in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: CompactString,
    /// The version, `v1`.
    pub version: CompactString,
    /// The kind, `Pod`.
    pub kind: CompactString,
    /// The name in paths and in rules of webhooks and of RBAC, `pods`.
    pub plural: CompactString,
    /// `pod`; empty when the server does not tell.
    pub singular: CompactString,
    /// `po`.
    pub short_names: Vec<CompactString>,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
    /// `get`, `list`, `watch`, `create` …
    pub verbs: Vec<CompactString>,
    /// `status`, `scale`, `log` …, by name.
    pub subresources: Vec<Subresource>,
}

/// A subresource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subresource {
    /// Its name, without that of the resource: `scale`.
    pub name: CompactString,
    /// The group of what is sent to it: `autoscaling` for `scale`.
    pub group: CompactString,
    /// The version of what is sent to it.
    pub version: CompactString,
    /// The kind of what is sent to it: `Eviction` for `eviction` of pods.
    pub kind: CompactString,
    /// What can be done with it.
    pub verbs: Vec<CompactString>,
}

impl Resource {
    /// Whether the server does this with it.
    pub fn has_verb(&self, verb: &str) -> bool {
        self.verbs.iter().any(|own| own == verb)
    }

    /// `v1` or `apps/v1`.
    pub fn api_version(&self) -> CompactString {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => CompactString::from(format!("{group}/{}", self.version)),
        }
    }

    /// The path of all its objects.
    pub fn path(&self) -> ResourcePath {
        ResourcePath::new(&self.group, &self.version, &self.plural)
    }
}

/// What discovery says of a kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It can be listed in this version.
    Served(Resource),
    /// The server does not have it, so no object of it exists.
    Absent,
    /// It exists or may exist, and cannot be listed: the reason.
    Unknown(String),
}

/// The server's resources.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    groups: Vec<Group>,
}

/// A group with its versions, the preferred one first.
#[derive(Clone, Debug, Default)]
struct Group {
    name: CompactString,
    versions: Vec<Version>,
}

#[derive(Clone, Debug)]
struct Version {
    name: CompactString,
    resources: Vec<Resource>,
    /// Why resources may be missing.
    problem: Option<String>,
}

impl Resources {
    /// Asks for these groups, or for all.
    pub(crate) async fn of(api: &Api, groups: Option<&[&str]>) -> Result<Self, Failure> {
        let wants = |name: &str| groups.is_none_or(|groups| groups.contains(&name));
        let mut found = Vec::new();
        if wants("") {
            let answer = api.get(&Query::path(&["api"]), DISCOVERY).await?;
            match aggregated(&answer) {
                Some(groups) => found.extend(groups),
                None => found.push(walk(api, "", strings(answer.dig_items(&["versions"]))).await),
            }
        }
        if groups.is_none_or(|groups| groups.iter().any(|group| !group.is_empty())) {
            let answer = api.get(&Query::path(&["apis"]), DISCOVERY).await?;
            match aggregated(&answer) {
                Some(groups) => found.extend(groups),
                None => {
                    for (group, versions) in legacy_groups(&answer)? {
                        if wants(&group) {
                            found.push(walk(api, &group, versions).await);
                        }
                    }
                }
            }
        }
        Ok(Self { groups: found })
    }

    /// All resources in all their versions, by group, with the preferred version of each group first.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.groups.iter().flat_map(|group| &group.versions).flat_map(|version| &version.resources)
    }

    /// All versions of a kind, the preferred one first.
    pub fn of_kind<'r>(&'r self, group: &str, kind: &str) -> impl Iterator<Item = &'r Resource> {
        self.versions(group).flat_map(|version| &version.resources).filter(move |own| own.kind == kind)
    }

    /// The resource of a path.
    pub fn get(&self, group: &str, version: &str, plural: &str) -> Option<&Resource> {
        let version = self.versions(group).find(|own| own.name == version)?;
        version.resources.iter().find(|own| own.plural == plural)
    }

    /// The versions of a group, the preferred one first; none when the server does not have the group.
    pub fn versions_of(&self, group: &str) -> impl Iterator<Item = &CompactString> {
        self.versions(group).map(|version| &version.name)
    }

    /// What could not be asked for: group, version and reason. Kinds may be missing there.
    pub fn problems(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.groups.iter().flat_map(|group| {
            let versions = group.versions.iter();
            versions.filter_map(|own| Some((group.name.as_str(), own.name.as_str(), own.problem.as_deref()?)))
        })
    }

    /// The first version in the server's order of preference that has the kind and can list it.
    pub fn find(&self, group: &str, kind: &str) -> Found {
        let mut rows = self.of_kind(group, kind).peekable();
        let exists = rows.peek().is_some();
        if let Some(resource) = rows.find(|resource| resource.has_verb("list")) {
            return Found::Served(resource.clone());
        }
        match self.versions(group).find_map(|version| version.problem.as_ref()) {
            Some(problem) => Found::Unknown(problem.clone()),
            None if exists => Found::Unknown("the server does not list objects of this kind".to_owned()),
            None => Found::Absent,
        }
    }

    fn versions<'r>(&'r self, group: &str) -> impl Iterator<Item = &'r Version> + use<'r> {
        let group = self.groups.iter().find(|own| own.name == group);
        group.into_iter().flat_map(|group| &group.versions)
    }
}

/// The groups of an `APIGroupDiscoveryList`; none when the answer is of the older form.
fn aggregated(answer: &Value) -> Option<Vec<Group>> {
    if answer.dig_str(&["kind"]) != Some("APIGroupDiscoveryList") {
        return None;
    }
    let groups = answer.dig_items(&["items"]).iter().map(|group| {
        let name = text(group, &["metadata", "name"]);
        let versions = group.dig_items(&["versions"]).iter();
        Group { versions: versions.map(|version| aggregated_version(&name, version)).collect(), name }
    });
    Some(groups.collect())
}

fn aggregated_version(group: &CompactString, version: &Value) -> Version {
    let name = text(version, &["version"]);
    let resources = version.dig_items(&["resources"]).iter().map(|row| Resource {
        group: group.clone(),
        version: name.clone(),
        kind: text(row, &["responseKind", "kind"]),
        plural: text(row, &["resource"]),
        singular: text(row, &["singularResource"]),
        short_names: strings(row.dig_items(&["shortNames"])),
        is_namespaced: row.dig_str(&["scope"]) == Some("Namespaced"),
        verbs: strings(row.dig_items(&["verbs"])),
        subresources: row
            .dig_items(&["subresources"])
            .iter()
            .map(|row| aggregated_sub(group, &name, row))
            .collect(),
    });
    // An extension API server that is down has a stale entry with what it last had, or nothing.
    let is_stale = version.dig_str(&["freshness"]) == Some("Stale");
    Version {
        resources: resources.collect(),
        problem: is_stale.then(|| "the server that has this group does not answer (stale)".to_owned()),
        name,
    }
}

fn aggregated_sub(group: &CompactString, version: &CompactString, row: &Value) -> Subresource {
    let own = text(row, &["responseKind", "version"]);
    // An empty version means the kind is of the resource's own group and version.
    let (group, version) = match own.as_str() {
        "" => (group.clone(), version.clone()),
        _ => (text(row, &["responseKind", "group"]), own),
    };
    Subresource {
        name: text(row, &["subresource"]),
        group,
        version,
        kind: text(row, &["responseKind", "kind"]),
        verbs: strings(row.dig_items(&["verbs"])),
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
        let (resources, problem) = match api.get(&query, JSON).await {
            Ok(answer) => (legacy_resources(group, &name, answer.dig_items(&["resources"])), None),
            // A version that went away since the list of groups was made.
            Err(failure) if failure.code() == Some(404) => (Vec::new(), None),
            Err(failure) => (Vec::new(), Some(failure.to_string())),
        };
        found.versions.push(Version { name, resources, problem });
    }
    found
}

/// Resources of an `APIResourceList`, in which `pods/log` is a row of its own.
fn legacy_resources(group: &str, version: &CompactString, rows: &[Value]) -> Vec<Resource> {
    let own = |row: &Value, key: &str, usual: &str| {
        row.dig_str(&[key]).filter(|text| !text.is_empty()).unwrap_or(usual).into()
    };
    let subresources_of = |plural: &str| {
        let named = rows.iter().filter_map(|row| {
            let (resource, name) = row.dig_str(&["name"])?.split_once('/')?;
            (resource == plural).then_some((name, row))
        });
        named
            .map(|(name, row)| {
                let has_version = row.dig_str(&["version"]).is_some_and(|text| !text.is_empty());
                Subresource {
                    name: name.into(),
                    group: if has_version { text(row, &["group"]) } else { group.into() },
                    version: own(row, "version", version),
                    kind: text(row, &["kind"]),
                    verbs: strings(row.dig_items(&["verbs"])),
                }
            })
            .collect()
    };
    let resources = rows.iter().filter(|row| !text(row, &["name"]).contains('/')).map(|row| {
        let plural = text(row, &["name"]);
        Resource {
            group: group.into(),
            version: version.clone(),
            kind: text(row, &["kind"]),
            singular: text(row, &["singularName"]),
            short_names: strings(row.dig_items(&["shortNames"])),
            is_namespaced: row.dig(&["namespaced"]).and_then(Value::as_bool) == Some(true),
            verbs: strings(row.dig_items(&["verbs"])),
            subresources: subresources_of(&plural),
            plural,
        }
    });
    resources.collect()
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
        let resources = rows.iter().map(|(kind, is_listable)| Resource {
            group: "".into(),
            version: name.into(),
            kind: (*kind).into(),
            plural: "x".into(),
            singular: "".into(),
            short_names: Vec::new(),
            is_namespaced: true,
            verbs: if *is_listable { vec!["list".into()] } else { vec!["create".into()] },
            subresources: Vec::new(),
        });
        Version { name: name.into(), resources: resources.collect(), problem: problem.map(str::to_owned) }
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
        let resources = Resources { groups };
        let served = |group, kind| match resources.find(group, kind) {
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
    fn subresources_are_read_in_both_forms() {
        let text = r#"{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1",
            "resources":[{"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},
            "scope":"Namespaced","singularResource":"deployment","verbs":["list"],"shortNames":["deploy"],
            "subresources":[{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},
            "verbs":["get"]},{"subresource":"status","responseKind":{"group":"","version":"","kind":"Deployment"},
            "verbs":["patch"]}]}]}]}]}"#;
        let new = Resources { groups: aggregated(&serde_json::from_str(text).unwrap()).unwrap() };
        let text = r#"[{"name":"deployments","singularName":"deployment","namespaced":true,"kind":"Deployment",
            "verbs":["list"],"shortNames":["deploy"]},
            {"name":"deployments/scale","group":"autoscaling","version":"v1","kind":"Scale","verbs":["get"]},
            {"name":"deployments/status","kind":"Deployment","verbs":["patch"]}]"#;
        let rows: Value = serde_json::from_str(text).unwrap();
        let old = legacy_resources("apps", &"v1".into(), rows.as_array().unwrap());
        assert_eq!(new.iter().cloned().collect::<Vec<_>>(), old);
        let deployments = new.get("apps", "v1", "deployments").unwrap();
        let kinds: Vec<_> = deployments.subresources.iter().map(|sub| (&*sub.group, &*sub.kind)).collect();
        assert_eq!(kinds, [("autoscaling", "Scale"), ("apps", "Deployment")]);
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
