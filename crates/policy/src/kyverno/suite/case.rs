//! The test document: the current form, and the one without `apiVersion` that came before it.

use ironhull_value::Value;

use super::fields::{flag, get, list, only, text, texts};
use super::outcome::Gap;
use crate::kyverno::engine::Status;

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
    /// Answers of services and of the API server.
    pub api_call_responses: Vec<ApiCallResponse>,
    /// Global context entries.
    pub global_context_entries: Vec<GlobalEntry>,
    /// What is expected.
    pub results: Vec<Expectation>,
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiCallResponse {
    /// The URL, or the path at the API server.
    pub url: String,
    /// The method in capitals; empty for any.
    pub method: String,
    /// The HTTP status.
    pub status: i64,
    /// The body.
    pub body: Value,
}

/// A global context entry.
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalEntry {
    /// Its name.
    pub name: String,
    /// Its data, or the list of its resources.
    pub data: Option<Value>,
    /// Files of its resources.
    pub resource_files: Vec<String>,
    /// An expression for the data.
    pub field_path: String,
    /// Names and expressions.
    pub projections: Vec<(String, String)>,
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
            api_call_responses: each("apiCallResponses")?.iter().map(response).collect::<Result<_, _>>()?,
            global_context_entries: each("globalContextEntries")?
                .iter()
                .map(entry)
                .collect::<Result<_, _>>()?,
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

fn response(value: &Value) -> Result<ApiCallResponse, String> {
    only(value, "an entry of `apiCallResponses`", &["url", "urlPath", "method", "response"])?;
    let (url, path) = (text(value, "url")?, text(value, "urlPath")?);
    let url = match (url.trim(), path.trim()) {
        ("", "") => return Err("an entry of `apiCallResponses` needs `url` or `urlPath`".to_owned()),
        ("", path) => path.to_owned(),
        (url, "") => url.to_owned(),
        _ => return Err("an entry of `apiCallResponses` has either `url` or `urlPath`".to_owned()),
    };
    let answer = get(value, "response").ok_or_else(|| format!("`response` is missing for {url}"))?;
    let body = get(answer, "body").ok_or_else(|| format!("`response.body` is missing for {url}"))?;
    let status = get(answer, "statusCode").map_or(Ok(200), |code| {
        code.as_i64()
            .filter(|code| (100..600).contains(code))
            .ok_or_else(|| format!("`statusCode` for {url} must be a number from 100 to 599"))
    })?;
    let method = text(value, "method")?.trim().to_ascii_uppercase();
    Ok(ApiCallResponse { url, method, status, body: body.clone() })
}

fn entry(value: &Value) -> Result<GlobalEntry, String> {
    let known = ["name", "data", "resources", "resourceFiles", "fieldPath", "projections"];
    only(value, "an entry of `globalContextEntries`", &known)?;
    let name = text(value, "name")?;
    if name.is_empty() {
        return Err("an entry of `globalContextEntries` needs a `name`".to_owned());
    }
    let given = ["data", "resources", "resourceFiles"].into_iter().filter(|key| get(value, key).is_some());
    if given.count() != 1 {
        return Err(format!(
            "`globalContextEntries` {name}: exactly one of data, resources and resourceFiles"
        ));
    }
    let projections = list(value, "projections")?.iter().map(|item| {
        only(item, "a projection", &["name", "path"])?;
        Ok((text(item, "name")?, text(item, "path")?))
    });
    Ok(GlobalEntry {
        name,
        data: get(value, "data").or_else(|| get(value, "resources")).cloned(),
        resource_files: texts(value, "resourceFiles")?,
        field_path: text(value, "fieldPath")?,
        projections: projections.collect::<Result<_, String>>()?,
    })
}
