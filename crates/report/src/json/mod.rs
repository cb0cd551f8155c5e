//! Everything, for machines.
//!
//! The wire types are apart from the model: a field of theirs is a promise, a field of the model is not.

mod convert;
mod wire;

use crate::Report;

/// Where the schema of the output is published. A change that could break a reader gets a new address.
pub const SCHEMA_ID: &str = "https://ironhull.dev/schemas/report/v1alpha1.json";

/// The report as JSON.
pub(crate) fn render(report: &Report) -> String {
    // A finding is about a kilobyte.
    let mut out = Vec::with_capacity(4096 + report.findings.len() * 1024);
    let mut serializer = serde_json::Serializer::pretty(&mut out);
    // Writing to memory fails for no value of these types.
    if serde::Serialize::serialize(&wire::Report::of(report), &mut serializer).is_err() {
        return String::new();
    }
    out.push(b'\n');
    String::from_utf8(out).unwrap_or_default()
}

/// The JSON Schema (draft 2020-12) of the JSON output.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(wire::Report<'static>);
    schema.insert("$id".to_owned(), SCHEMA_ID.into());
    schema.insert("title".to_owned(), "Ironhull report".into());
    schema.to_value()
}

#[cfg(test)]
mod tests;
