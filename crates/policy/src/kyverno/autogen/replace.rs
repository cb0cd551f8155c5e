//! Texts that say where the pod is.

use ironhull_value::Value;

use crate::kyverno::variables::references;

/// Where the pod is in its controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `spec.template`.
    Template,
    /// `spec.jobTemplate.spec.template`.
    JobTemplate,
}

/// Puts where the pod is into all texts and keys, such as `request.object.spec.template.spec` for
/// `request.object.spec`. In CEL it is `object.spec`, with or without `request.` before it.
pub(super) fn in_texts(value: &Value, place: Place, is_cel: bool) -> Value {
    match value {
        Value::Str(text) => match replaced(text, place, is_cel) {
            Some(text) => Value::Str(text.into()),
            None => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| in_texts(item, place, is_cel)).collect()),
        Value::Map(map) => Value::Map(
            map.iter()
                .map(|(key, value)| {
                    let new = replaced(key.as_str(), place, is_cel);
                    let key = new.map_or_else(|| key.clone(), |new| new.as_str().into());
                    (key, in_texts(value, place, is_cel))
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

fn replaced(text: &str, place: Place, is_cel: bool) -> Option<String> {
    if !text.contains("bject.") {
        return None;
    }
    let before = if is_cel { "" } else { "request." };
    let template = match place {
        Place::Template => "spec.template",
        Place::JobTemplate => "spec.jobTemplate.spec.template",
    };
    let mut text = text.to_owned();
    for part in ["spec", "metadata"] {
        for object in ["object", "oldObject"] {
            text = text
                .replace(&format!("{before}{object}.{part}"), &format!("{before}{object}.{template}.{part}"));
        }
    }
    Some(text)
}

/// Puts where the pod is into the references `$(…)` of a text, behind the pivot: the field of `validate`
/// that they lead through.
pub(super) fn shift_references(text: &str, shift: &str, pivot: &str) -> String {
    let mut pivot = pivot.to_owned();
    let mut out = text.to_owned();
    for (whole, reference) in references(text) {
        if pivot == "anyPattern" {
            // The place in the list belongs to the pivot; upstream keeps that of the first reference.
            let behind = reference.find("anyPattern").map_or(0, |start| start + 1) + "anyPattern".len();
            let place = reference.get(behind..).unwrap_or_default().split('/').next().unwrap_or_default();
            pivot = format!("anyPattern/{place}");
        }
        let shifted = reference.replace(&pivot, &format!("{pivot}/{shift}"));
        let before = whole.strip_suffix(reference).unwrap_or_default();
        out = out.replacen(whole, &format!("{before}{shifted}"), 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_through_the_template() {
        let template = "spec/template";
        for (text, pivot, shifted) in [
            ("none", "pattern", "none"),
            ("$(./../pattern/spec/x)", "pattern", "$(./../pattern/spec/template/spec/x)"),
            ("a $(pattern/x) b $(/deny/x) c", "pattern", "a $(pattern/spec/template/x) b $(/deny/x) c"),
            (r"\$(pattern/x)", "pattern", r"\$(pattern/x)"),
            (
                "$(anyPattern/0/x) $(anyPattern/0/y) $(anyPattern/1/z)",
                "anyPattern",
                "$(anyPattern/0/spec/template/x) $(anyPattern/0/spec/template/y) $(anyPattern/1/z)",
            ),
            ("$(x)", "anyPattern", "$(x)"),
        ] {
            assert_eq!(shift_references(text, template, pivot), shifted, "{text}");
        }
    }

    #[test]
    fn texts_and_keys_say_where_the_pod_is() {
        let of = |text: &str, place, is_cel| replaced(text, place, is_cel).unwrap_or_else(|| text.to_owned());
        let text = "{{ request.object.spec.x }} {{ request.oldObject.metadata.name }} object.spec";
        assert_eq!(
            of(text, Place::Template, false),
            "{{ request.object.spec.template.spec.x }} {{ request.oldObject.spec.template.metadata.name }} object.spec"
        );
        assert_eq!(
            of("object.spec && request.oldObject.spec", Place::JobTemplate, true),
            "object.spec.jobTemplate.spec.template.spec && request.oldObject.spec.jobTemplate.spec.template.spec"
        );
    }
}
