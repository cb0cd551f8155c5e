//! The test document: the current form, and the one without `apiVersion` that came before it.

use ironhull_value::Value;

use super::outcome::Gap;
use crate::kyverno::engine::Status;
use crate::kyverno::offline::Answers;
use crate::kyverno::offline::fields::{flag, get, list, only, text, texts};

/// A test.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file that it stands in.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Files of policies.
    pub policies: Vec<String>,
    /// Files of the resources that are judged.
    pub resources: Vec<String>,
    /// Files of the resources that rules for existing resources change.
    pub targets: Vec<String>,
    /// Files of exceptions.
    pub exceptions: Vec<String>,
    /// Files of what is in the cluster.
    pub cluster_resources: Vec<String>,
    /// Whether there is input that is no resource: JSON, HTTP or Envoy payloads.
    pub has_payloads: bool,
    /// The file of variables.
    pub variables: String,
    /// Variables in the document itself, which win over the file.
    pub values: Option<Value>,
    /// The file that says who asks.
    pub user_info: String,
    /// Answers of services and of the API server, and global context entries.
    pub answers: Answers,
    /// What is expected.
    pub results: Vec<Expectation>,
}

/// A resource by its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSpec {
    /// Group and version, as in `apiVersion`.
    pub api_version: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// One entry of `results`.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The policy: `name` or `namespace/name`.
    pub policy: String,
    /// The rule; empty for all of the policy.
    pub rule: String,
    /// The kind of the resource.
    pub kind: String,
    /// Resources: `name` or `namespace/name`.
    pub resources: Vec<String>,
    /// Resources by identity.
    pub specs: Vec<ResourceSpec>,
    /// The status that is expected.
    pub result: Status,
    /// `CREATE`, `UPDATE` or `DELETE`; empty for what the variables say.
    pub operation: String,
    /// The file of the resource as it shall become.
    pub patched: String,
    /// Files of the resources that shall be made.
    pub generated: Vec<String>,
    /// The file of the resource that is copied.
    pub clone_source: String,
    /// Whether an object that the expected file does not have is a failure also where upstream is lenient.
    pub fail_on_missing: bool,
    /// What the entry says of its policy that is outside of what is evaluated here.
    pub declared: Option<Gap>,
}

const FIELDS: [&str; 21] = [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "policies",
    "resources",
    "jsonPayload",
    "jsonPayloads",
    "httpPayloads",
    "envoyPayloads",
    "targetResources",
    "variables",
    "paramResources",
    "userinfo",
    "results",
    "values",
    "exceptions",
    "context",
    "clusterResources",
    "apiCallResponses",
    "globalContextEntries",
];

impl Case {
    /// Reads a test.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(path: &str, value: &Value) -> Result<Self, String> {
        only(value, "the test", &FIELDS)?;
        // Upstream reads a test whatever it calls itself; some say `kyverno.io/v1`.
        text(value, "apiVersion")?;
        text(value, "kind")?;
        let payloads = ["jsonPayloads", "httpPayloads", "envoyPayloads", "jsonPayload"];
        let own = value.dig_str(&["metadata", "name"]).map(str::to_owned);
        let each = |name: &str| list(value, name);
        Ok(Self {
            path: path.to_owned(),
            name: own.map_or_else(|| text(value, "name"), Ok)?,
            policies: texts(value, "policies")?,
            resources: texts(value, "resources")?,
            targets: texts(value, "targetResources")?,
            exceptions: texts(value, "exceptions")?,
            cluster_resources: texts(value, "clusterResources")?,
            has_payloads: payloads.iter().any(|name| get(value, name).is_some()),
            variables: text(value, "variables")?,
            values: get(value, "values").cloned(),
            user_info: text(value, "userinfo")?,
            answers: Answers::read(value)?,
            results: each("results")?.iter().map(expectation).collect::<Result<_, _>>()?,
        })
    }
}

/// What upstream's flags say about the kind of a policy.
const KINDS: [(&str, Gap); 7] = [
    ("isValidatingPolicy", Gap::Cel),
    ("isMutatingPolicy", Gap::Cel),
    ("isGeneratingPolicy", Gap::Cel),
    ("isDeletingPolicy", Gap::Cel),
    ("isImageValidatingPolicy", Gap::Image),
    ("isValidatingAdmissionPolicy", Gap::AdmissionPolicy),
    ("isMutatingAdmissionPolicy", Gap::AdmissionPolicy),
];

const RESULT_FIELDS: [&str; 17] = [
    "policy",
    "rule",
    "result",
    "kind",
    "operation",
    "patchedResources",
    "generatedResource",
    "generatedResources",
    "cloneSourceResource",
    "failOnMissingResources",
    "resources",
    "resourceSpecs",
    // The old form.
    "status",
    "resource",
    "namespace",
    "patchedResource",
    "group",
];

fn expectation(value: &Value) -> Result<Expectation, String> {
    let kinds = KINDS.map(|(name, _)| name);
    only(value, "an entry of `results`", &[&RESULT_FIELDS[..], &kinds[..]].concat())?;
    let first = |names: [&str; 2]| -> Result<String, String> {
        let text_of = text(value, names[0])?;
        if text_of.is_empty() { text(value, names[1]) } else { Ok(text_of) }
    };
    let policy = text(value, "policy")?;
    let written = first(["result", "status"])?;
    let result = match written.to_ascii_lowercase().as_str() {
        "pass" => Status::Pass,
        "fail" => Status::Fail,
        "warn" => Status::Warn,
        "error" => Status::Error,
        "skip" => Status::Skip,
        _ => {
            return Err(format!(
                "`{written}` is no result of the policy {policy}; there are pass, fail, warn, error and skip"
            ));
        }
    };
    let mut resources = texts(value, "resources")?;
    let one = text(value, "resource")?;
    if !one.is_empty() && !resources.contains(&one) {
        resources.push(one);
    }
    let namespace = text(value, "namespace")?;
    if !namespace.is_empty() {
        for name in resources.iter_mut().filter(|name| !name.contains('/')) {
            *name = format!("{namespace}/{name}");
        }
    }
    let operation = text(value, "operation")?;
    if !["", "CREATE", "UPDATE", "DELETE"].contains(&operation.as_str()) {
        return Err(format!("invalid operation {operation:?}, must be one of CREATE, UPDATE, DELETE"));
    }
    let mut generated = texts(value, "generatedResources")?;
    let one = text(value, "generatedResource")?;
    if generated.is_empty() && !one.is_empty() {
        generated.push(one);
    }
    let mut declared = None;
    for (name, gap) in KINDS {
        if flag(value, name)? {
            declared = declared.or(Some(gap));
        }
    }
    Ok(Expectation {
        policy,
        rule: text(value, "rule")?,
        kind: text(value, "kind")?,
        resources,
        specs: list(value, "resourceSpecs")?.iter().map(spec).collect::<Result<_, _>>()?,
        result,
        operation,
        patched: first(["patchedResources", "patchedResource"])?,
        generated,
        clone_source: text(value, "cloneSourceResource")?,
        fail_on_missing: flag(value, "failOnMissingResources")?,
        declared,
    })
}

fn spec(value: &Value) -> Result<ResourceSpec, String> {
    let known = ["group", "version", "kind", "namespace", "subresource", "name"];
    only(value, "an entry of `resourceSpecs`", &known)?;
    let (group, version) = (text(value, "group")?, text(value, "version")?);
    Ok(ResourceSpec {
        api_version: if group.is_empty() { version } else { format!("{group}/{version}") },
        namespace: text(value, "namespace")?,
        name: text(value, "name")?,
    })
}
