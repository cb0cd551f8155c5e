//! What services, the API server and global context entries answer where none of them is there.

use ironhull_jmespath::{Dialect, Env, Expression};
use ironhull_value::Value;

use super::fields::{get, list, only, text, texts};
use crate::kyverno::json::floats;

/// The answers that a document gives, in the fields `apiCallResponses` and `globalContextEntries` of
/// `kyverno-test.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// Answers of services and of the API server; the last one for a call counts.
    pub calls: Vec<ApiCallResponse>,
    /// Global context entries.
    pub entries: Vec<GlobalEntry>,
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

impl Answers {
    /// Reads them; other fields of the document are not its business.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn read(document: &Value) -> Result<Self, String> {
        Ok(Self {
            calls: list(document, "apiCallResponses")?.iter().map(response).collect::<Result<_, _>>()?,
            entries: list(document, "globalContextEntries")?.iter().map(entry).collect::<Result<_, _>>()?,
        })
    }

    /// What is answered to a call whose variables are replaced; `None` if nothing is given for it.
    pub fn call(&self, call: &Value) -> Option<Result<Value, String>> {
        let (method, url) = method_and_url(call);
        let of = |method: &str| self.calls.iter().rfind(|own| own.url == url && own.method == method);
        let found = of(method).or_else(|| of(""))?;
        Some(if (200..300).contains(&found.status) {
            Ok(found.body.clone())
        } else {
            Err(format!("HTTP {} from the response that is given for {url}", found.status))
        })
    }

    /// The data of the global context entries; `read` has the documents of a file.
    pub fn globals(&self, read: impl Fn(&str) -> Result<Vec<Value>, String>) -> Globals {
        Globals(self.entries.iter().map(|own| (own.name.clone(), own.data(&read))).collect())
    }
}

/// The method and the URL, or the path at the API server, of a call.
pub fn method_and_url(call: &Value) -> (&str, &str) {
    let path = call.dig_str(&["urlPath"]).unwrap_or_default();
    (call.dig_str(&["method"]).unwrap_or("GET"), call.dig_str(&["service", "url"]).unwrap_or(path))
}

impl GlobalEntry {
    /// Its data as rules find it: with projections, a member for each.
    fn data(&self, read: impl Fn(&str) -> Result<Vec<Value>, String>) -> Result<Value, String> {
        let mut root = if let Some(data) = &self.data {
            floats(data)
        } else {
            let mut found = Vec::new();
            for path in &self.resource_files {
                found.extend(read(path)?.iter().map(floats));
            }
            Value::from(found)
        };
        if !self.field_path.is_empty() {
            root = search(&self.field_path, &root)?;
        }
        if self.projections.is_empty() {
            return Ok(root);
        }
        let projections = self.projections.iter();
        projections.map(|(name, path)| Ok((name.as_str().into(), search(path, &root)?))).collect()
    }
}

pub(super) fn search(path: &str, root: &Value) -> Result<Value, String> {
    let expression = Expression::parse(path, Dialect::Kyverno).map_err(|why| why.to_string())?;
    let found = expression.search(root, &mut Env::default());
    found.map(std::borrow::Cow::into_owned).map_err(|why| why.to_string())
}

/// Global context entries by name, each with its data or why there is none.
#[derive(Clone, Debug, Default)]
pub struct Globals(pub Vec<(String, Result<Value, String>)>);

impl Globals {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The data of `name` or `name.projection`.
    ///
    /// # Errors
    /// When there is no such entry, or it has no data.
    pub fn get(&self, name: &str) -> Result<Value, String> {
        // An object has its projections under names of their own.
        if let Some((_, data)) = self.0.iter().find(|(own, _)| own == name) {
            return data.clone();
        }
        let mut parts = name.split('.');
        let key = parts.next().unwrap_or_default();
        let Some((_, data)) = self.0.iter().find(|(own, _)| own == key) else {
            return Err(format!("failed to fetch entry key={key}"));
        };
        let Some(projection) = parts.next().filter(|projection| !projection.is_empty()) else {
            return data.clone();
        };
        data.clone().and_then(|data| {
            let found = data.as_map().and_then(|map| map.get(projection)).cloned();
            found.ok_or_else(|| format!("global context mock: projection {projection:?} not found"))
        })
    }
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
