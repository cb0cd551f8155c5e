//! The JSON schema of a file of assertions, for editors.

use serde_json::{Value, json};

/// The schema of `NetworkAssertion`.
pub(crate) fn schema() -> Value {
    let selector = json!({"$ref": "#/$defs/selector"});
    let end = |is_source: bool| {
        let mut end = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "namespace": {"type": "string", "description": "The name of one namespace."},
                "namespaces": selector,
                "pods": selector,
                "external": {
                    "description": "Blocks of addresses outside of the cluster.",
                    "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                },
            },
        });
        if is_source {
            end["properties"]["ingress"] = json!({"type": "boolean", "description": "What comes in through Ingresses, Gateways and Services."});
        }
        end
    };
    let flow = |may_be_transitive: bool| {
        let mut flow = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["from", "to"],
            "properties": {
                "from": end(true),
                "to": end(false),
                "ports": {
                    "type": "array",
                    "items": {"oneOf": [
                        {"type": "integer", "minimum": 1, "maximum": 65535},
                        {"type": "string", "pattern": "^((tcp|udp|sctp)(/[0-9]+(-[0-9]+)?)?|[0-9]+(-[0-9]+)?)$"},
                    ]},
                },
            },
        });
        if may_be_transitive {
            flow["properties"]["transitive"] =
                json!({"type": "boolean", "description": "Over other workloads too."});
        }
        flow
    };
    let of = json!({"$ref": "#/$defs/pods"});
    let scoped = |word: Value| {
        json!({"oneOf": [word, {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "directions": {"type": "array", "items": {"enum": ["Ingress", "Egress"]}},
                "of": of,
            },
        }]})
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ironhull.dev/schemas/network-assertion.json",
        "title": "NetworkAssertion",
        "description": "What the network must keep, for `ironhull network check`.",
        "type": "object",
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": "ironhull.dev/v1alpha1"},
            "kind": {"const": "NetworkAssertion"},
            "metadata": {"type": "object", "required": ["name"]},
            "spec": {
                "type": "object",
                "additionalProperties": false,
                "required": ["assertions"],
                "properties": {"assertions": {"type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "name": {"type": "string"},
                        "deny": flow(true),
                        "allow": flow(true),
                        "only": flow(false),
                        "isolated": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": ["by"],
                            "properties": {"by": {"type": "string", "description": "A label."}, "of": of},
                        },
                        "unprotected": scoped(json!({"const": "forbid"})),
                        "noExposureToNew": scoped(json!({"const": true})),
                    },
                }}},
            },
        },
        "$defs": {
            "pods": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"namespace": {"type": "string"}, "namespaces": selector, "pods": selector},
            },
            "selector": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "matchExpressions": {"type": "array", "items": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["key", "operator"],
                        "properties": {
                            "key": {"type": "string"},
                            "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
                            "values": {"type": "array", "items": {"type": "string"}},
                        },
                    }},
                },
            },
        },
    })
}
