//! The document that describes the API, made from the types that are answered.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::model::{DecisionAnswer, DecisionList, EvaluateRequest, Evaluated, Problem, Shadow, Status};

/// The document as text.
pub(crate) fn text() -> String {
    format!("{:#}\n", document())
}

/// The document.
pub(crate) fn document() -> Json {
    let mut schemas = Map::new();
    let mut paths = Map::new();
    let mut get = |path: &str, summary: &str, parameters: &[(&str, &str)], answer: &str| {
        paths.insert(path.to_owned(), json!({ "get": operation(summary, path, parameters, answer) }));
    };
    let explain = ("explain", "1 for the steps of each policy that refused, and what to change.");
    get("/api/v1/decisions/{id}", "A decision.", &[explain], "DecisionAnswer");
    let filters = [
        ("namespace", "Only about this namespace."),
        ("kind", "Only about this kind."),
        ("name", "Only about objects of this name."),
        ("policy", "Only where this policy said something: name, or namespace/name."),
        ("outcome", "Only with this outcome: allowed, changed, denied or error."),
        ("since", "Only from then on: how long ago (7d, 4h30m), or a time."),
        ("limit", "How many at most; 50 without it, 500 at most."),
        ("continue", "Where the page before ended. A page may be empty and not be the last."),
        ("full", "1 for the objects as well."),
    ];
    get("/api/v1/decisions", "Decisions, the newest first.", &filters, "DecisionList");
    get("/api/v1/status", "Policies, exceptions, what is known of the cluster.", &[], "Status");
    let since = ("since", "From when on; 7d without it.");
    get("/api/v1/shadow", "What would have been refused, and was let through.", &[since], "Shadow");
    let mut evaluate = operation(
        "Decide it again, with one more exception. Nothing is changed or recorded.",
        "/api/v1/decisions/{id}/evaluate",
        &[],
        "Evaluated",
    );
    evaluate["requestBody"] = json!({ "required": true, "content": content("EvaluateRequest") });
    paths.insert("/api/v1/decisions/{id}/evaluate".to_owned(), json!({ "post": evaluate }));
    schema::<DecisionAnswer>(&mut schemas);
    schema::<DecisionList>(&mut schemas);
    schema::<EvaluateRequest>(&mut schemas);
    schema::<Evaluated>(&mut schemas);
    schema::<Status>(&mut schemas);
    schema::<Shadow>(&mut schemas);
    schema::<Problem>(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ironhull",
            "version": "v1",
            "description": "Decisions of `ironhull serve`. Every request needs a token of the cluster; who it belongs to \
                needs `get` on the nonResourceURL of the path with `/ironhull` before it, and for decisions about one \
                namespace `get` on decisions.ironhull.dev in it is enough.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "token": [] }],
    })
}

fn operation(summary: &str, path: &str, parameters: &[(&str, &str)], answer: &str) -> Json {
    let of = |(name, description): &(&str, &str)| json!({ "name": name, "in": "query", "description": description, "schema": { "type": "string" } });
    let mut all: Vec<Json> = parameters.iter().map(of).collect();
    if path.contains("{id}") {
        all.insert(
            0,
            json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }),
        );
    }
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({ "description": "The answer.", "content": content(answer) }));
    for (code, description) in [
        ("400", "The question is none."),
        ("401", "There is no token, or the cluster does not know it."),
        ("403", "Whoever asks may not see it."),
        ("404", "There is none."),
        ("503", "The cluster could not be asked who this is."),
    ] {
        responses
            .insert(code.to_owned(), json!({ "description": description, "content": content("Problem") }));
    }
    json!({ "summary": summary, "parameters": all, "responses": responses })
}

fn content(name: &str) -> Json {
    json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } })
}

/// A type and all that it is made of.
fn schema<T: JsonSchema>(schemas: &mut Map<String, Json>) {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    // By reference, so that the type itself is among the definitions.
    let _ = generator.subschema_for::<T>();
    for (name, schema) in generator.take_definitions(true) {
        schemas.insert(name, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        let mut count = 0;
        for part in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
            count += 1;
        }
        assert!(count > 20, "{count}");
    }
}
