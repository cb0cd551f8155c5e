//! Ironhull's answers in the protocol of `oracles/scalars`, and where they may differ.

use ironhull_value::{
    IntOrString, Quantity, QuantityFormat, Selector, SelectorError, Value as Tree, format_duration,
    parse_duration, wildcard_match,
};
use serde_json::{Value, json};

/// Says how the two answers to a question differ, if they do.
pub(crate) fn difference(asked: &Value, reference: &Value) -> Option<String> {
    let ours = answer(asked);
    let mut reference = reference.clone();
    match asked["op"].as_str().unwrap() {
        "quantity" | "quantity_json" => accept_overflows(&mut reference),
        // Whichever problem we name first must be one of those that the API server names.
        "label_selector" if reference["problems"].is_array() => {
            let named = |problem: &Value| Some(problem) == ours.get("error");
            let agreed = reference["problems"].as_array().is_some_and(|problems| problems.iter().any(named));
            return (!agreed).then(|| format!("{asked}\n   ours {ours}\n  theirs {reference}"));
        }
        _ => {}
    }
    // Errors about types come from a JSON decoder there and have our own words here.
    let by_words =
        matches!(asked["op"].as_str(), Some("quantity" | "quantity_cmp" | "duration" | "selector"));
    let both_fail = ours.get("error").is_some() && reference.get("error").is_some();
    if ours == reference || (both_fail && !by_words) {
        return None;
    }
    Some(format!("{asked}\n   ours {ours}\n  theirs {reference}"))
}

fn answer(asked: &Value) -> Value {
    let text = |field: &str| asked[field].as_str().unwrap_or_default();
    let tree = || -> Tree { serde_json::from_value(asked["json"].clone()).unwrap() };
    let reply = match text("op") {
        "quantity" => Quantity::parse(text("input")).map(|it| quantity(&it)).map_err(|it| it.to_string()),
        "quantity_json" => Quantity::from_value(&tree()).map(|it| quantity(&it)).map_err(|it| it.to_string()),
        "quantity_cmp" => Quantity::parse(text("input"))
            .and_then(|first| Ok(json!({"order": first.cmp(&Quantity::parse(text("other"))?) as i8})))
            .map_err(|error| error.to_string()),
        "duration" => parse_duration(text("input"))
            .map(|it| json!({"nanoseconds": it, "text": format_duration(it)}))
            .map_err(|error| error.to_string()),
        "duration_format" => Ok(json!({"text": format_duration(asked["number"].as_i64().unwrap())})),
        "int_or_string" => share(&tree(), asked["number"].as_i64().unwrap()),
        "selector" => selected(Selector::parse(text("input")), &asked["labels"]),
        "label_selector" => selected(Selector::compile(&tree()), &asked["labels"]),
        "wildcard" => Ok(json!({"matches": wildcard_match(text("input"), text("other"))})),
        other => panic!("unknown op {other}"),
    };
    reply.unwrap_or_else(|error| json!({"error": error}))
}

fn quantity(quantity: &Quantity) -> Value {
    let format = match quantity.format() {
        QuantityFormat::DecimalExponent => "DecimalExponent",
        QuantityFormat::BinarySi => "BinarySI",
        QuantityFormat::DecimalSi => "DecimalSI",
    };
    let mut reply = json!({
        "text": quantity.to_string(),
        "canonical": quantity.canonical(),
        "format": format,
        "zero": quantity.is_zero(),
        "sign": quantity.sign(),
        "float": format!("{:016x}", quantity.as_f64().to_bits()),
        "exact_value": quantity.to_i64(),
        "exact_milli": quantity.milli(),
    });
    if let Some(integer) = quantity.as_i64() {
        reply["integer"] = integer.into();
    }
    reply
}

/// Upstream's `Value` and `MilliValue` overflow silently and round some negative fractions up. Where they do
/// neither they must equal the exact ones; then they are left out, as we have the exact ones only. Of zero
/// times an infinite power of ten upstream makes a NaN.
fn accept_overflows(reference: &mut Value) {
    let Some(reply) = reference.as_object_mut() else { return };
    for (inexact, exact) in [("value", "exact_value"), ("milli", "exact_milli")] {
        let known = reply.get("sign") == Some(&json!(-1)) || reply.get(exact) == Some(&Value::Null);
        if known || reply.get(inexact) == reply.get(exact) {
            reply.remove(inexact);
        }
    }
    if reply.get("zero") == Some(&json!(true)) {
        reply.insert("float".into(), format!("{:016x}", 0_f64.to_bits()).into());
    }
}

fn share(value: &Tree, total: i64) -> Result<Value, String> {
    let parsed = IntOrString::from_value(value).map_err(|error| error.to_string())?;
    let mut reply = json!({"text": parsed.to_string()});
    if let (Ok(up), Ok(down)) = (parsed.scaled(total, true), parsed.scaled(total, false)) {
        reply["up"] = up.into();
        reply["down"] = down.into();
    }
    Ok(reply)
}

fn selected(selector: Result<Selector, SelectorError>, sets: &Value) -> Result<Value, String> {
    let selector = match selector {
        Ok(selector) => selector,
        Err(SelectorError::Field { message, .. }) => return Err(message),
        Err(error) => return Err(error.to_string()),
    };
    let sets: Tree = serde_json::from_value(sets.clone()).unwrap();
    let matches: Vec<bool> =
        sets.as_array().unwrap().iter().map(|set| selector.matches(set.as_map().unwrap())).collect();
    Ok(json!({"text": selector.to_string(), "matches": matches}))
}
