//! The entries of a `context`.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::reader::{At, Reader};
use crate::kyverno::json::floats;
use crate::kyverno::variables::Template;

/// A variable that a rule declares.
#[derive(Clone, Debug)]
pub struct ContextEntry {
    /// Its name.
    pub name: CompactString,
    /// Where it is written.
    pub path: Path,
    /// Where its value comes from.
    pub source: ContextSource,
}

/// Where a variable comes from.
#[derive(Clone, Debug)]
pub enum ContextSource {
    /// A value, or an expression.
    Variable {
        /// The value that the expression is for.
        value: Option<Template>,
        /// The expression.
        jmes_path: Option<String>,
        /// What it is where the expression finds nothing.
        default: Option<Template>,
    },
    /// A ConfigMap.
    ConfigMap {
        /// Its name.
        name: String,
        /// Its namespace; empty for the policy's.
        namespace: String,
    },
    /// An answer of the API server, or of a service.
    ApiCall {
        /// The call, as it is written.
        call: Template,
        /// An expression for the answer.
        jmes_path: Option<String>,
        /// What it is where the call fails.
        default: Option<Value>,
    },
    /// A global context entry.
    Global {
        /// `name` or `name.projection`.
        reference: String,
        /// An expression for its data.
        jmes_path: Option<String>,
    },
    /// What a registry knows of an image.
    ImageRegistry {
        /// The image.
        reference: String,
        /// An expression for the answer.
        jmes_path: Option<String>,
    },
}

pub(in crate::kyverno) fn entries(reader: &mut Reader, at: &At<'_>) -> Vec<ContextEntry> {
    let Some(list) = at.get("context") else { return Vec::new() };
    reader.list(&list);
    list.items().filter_map(|item| entry(reader, &item)).collect()
}

const SOURCES: [&str; 5] = ["variable", "configMap", "apiCall", "globalReference", "imageRegistry"];

fn entry(reader: &mut Reader, at: &At<'_>) -> Option<ContextEntry> {
    reader.only(at, &[&["name"], &SOURCES[..]].concat());
    let name = reader.text(at, "name").unwrap_or_default();
    if name.is_empty() {
        reader.wrong(&at.path, "a context entry needs a name");
    }
    let given: Vec<&str> = SOURCES.into_iter().filter(|source| at.get(source).is_some()).collect();
    let [source] = given.as_slice() else {
        reader.wrong(&at.path, format!("a context entry has exactly one of {}", SOURCES.join(", ")));
        return None;
    };
    let inner = at.get(source)?;
    let text = |reader: &mut Reader, key: &str| reader.text(&inner, key).map(String::from);
    let jmes_path = text(reader, "jmesPath").filter(|path| !path.is_empty());
    let source = match *source {
        "variable" => {
            reader.only(&inner, &["value", "jmesPath", "default"]);
            // Upstream reads these through JSON: every number is a float.
            let template = |key: &str| inner.get(key).map(|at| Template::compile(&floats(at.value)));
            ContextSource::Variable { value: template("value"), jmes_path, default: template("default") }
        }
        "configMap" => {
            reader.only(&inner, &["name", "namespace"]);
            let (name, namespace) = (text(reader, "name"), text(reader, "namespace"));
            ContextSource::ConfigMap {
                name: name.unwrap_or_default(),
                namespace: namespace.unwrap_or_default(),
            }
        }
        "apiCall" => {
            reader.only(&inner, &["urlPath", "method", "data", "service", "default", "jmesPath"]);
            ContextSource::ApiCall {
                call: Template::compile(inner.value),
                jmes_path,
                default: inner.get("default").map(|at| floats(at.value)),
            }
        }
        "globalReference" => {
            reader.only(&inner, &["name", "jmesPath"]);
            ContextSource::Global { reference: text(reader, "name").unwrap_or_default(), jmes_path }
        }
        _ => {
            reader.only(&inner, &["reference", "jmesPath", "imageRegistryCredentials"]);
            ContextSource::ImageRegistry {
                reference: text(reader, "reference").unwrap_or_default(),
                jmes_path,
            }
        }
    };
    Some(ContextEntry { name, path: at.path.clone(), source })
}
