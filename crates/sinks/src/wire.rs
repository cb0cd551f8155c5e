//! An `ExportTraceServiceRequest` in the JSON encoding of OTLP 1: field names in camel case, ids in hexadecimal, 64-bit
//! numbers as texts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{Attribute, Kind, Span};

/// The body of a request. `resource` says who tells.
pub(crate) fn request(resource: &[(String, String)], version: &str, spans: &[Span]) -> Vec<u8> {
    let resource: Vec<Value> = resource
        .iter()
        .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } }))
        .collect();
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let whole = json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": { "name": "ironhull", "version": version }, "spans": spans }],
        }],
    });
    whole.to_string().into_bytes()
}

fn span(span: &Span) -> Value {
    let attributes: Vec<Value> = span
        .attributes
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Attribute::Text(text) => json!({ "stringValue": text }),
                Attribute::Flag(flag) => json!({ "boolValue": flag }),
                Attribute::Number(number) => json!({ "intValue": number.to_string() }),
            };
            json!({ "key": key, "value": value })
        })
        .collect();
    let mut whole = json!({
        "traceId": hex(&span.trace),
        "spanId": hex(&span.id),
        "name": span.name,
        "kind": match span.kind {
            Kind::Internal => 1,
            Kind::Server => 2,
        },
        "startTimeUnixNano": span.begin.to_string(),
        "endTimeUnixNano": span.end.to_string(),
        "attributes": attributes,
    });
    if let Some(parent) = &span.parent {
        whole["parentSpanId"] = json!(hex(parent));
    }
    if let Some(error) = &span.error {
        whole["status"] = json!({ "code": 2, "message": error });
    }
    whole
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_that_of_otlp() {
        let span = Span {
            trace: [0x1a; 16],
            id: [0x2b; 8],
            parent: Some([0x3c; 8]),
            name: "validate".to_owned(),
            kind: Kind::Server,
            begin: 1_700_000_000_000_000_001,
            end: 1_700_000_000_000_000_002,
            attributes: vec![
                ("a", "b".into()),
                ("allowed", Attribute::Flag(false)),
                ("count", Attribute::Number(-7)),
            ],
            error: Some("no".to_owned()),
        };
        let body = request(&[("service.name".to_owned(), "ironhull".to_owned())], "1", &[span]);
        let found: Value = serde_json::from_slice(&body).unwrap();
        let expected = json!({ "resourceSpans": [{
            "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "ironhull" } }] },
            "scopeSpans": [{ "scope": { "name": "ironhull", "version": "1" }, "spans": [{
                "traceId": "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a",
                "spanId": "2b2b2b2b2b2b2b2b",
                "parentSpanId": "3c3c3c3c3c3c3c3c",
                "name": "validate",
                "kind": 2,
                "startTimeUnixNano": "1700000000000000001",
                "endTimeUnixNano": "1700000000000000002",
                "attributes": [
                    { "key": "a", "value": { "stringValue": "b" } },
                    { "key": "allowed", "value": { "boolValue": false } },
                    { "key": "count", "value": { "intValue": "-7" } },
                ],
                "status": { "code": 2, "message": "no" },
            }] }],
        }] });
        assert_eq!(found, expected);
    }
}
