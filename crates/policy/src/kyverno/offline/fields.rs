//! Reading documents whose field names match whatever their case, as Go's JSON decoder does.

use ironhull_value::{Map, Value};

/// A member that is there and is not null; the name as written wins over one in another case.
pub(crate) fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let map = value.as_map()?;
    map.get(name)
        .or_else(|| {
            map.iter().find(|(key, _)| key.as_str().eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

/// Says so if there is a field that nobody reads.
pub(crate) fn only(value: &Value, at: &str, known: &[&str]) -> Result<(), String> {
    let map = value.as_map().ok_or_else(|| format!("{at} must be an object, is {}", value.kind().name()))?;
    let unknown = map.keys().find(|key| !known.iter().any(|known| known.eq_ignore_ascii_case(key.as_str())));
    match unknown {
        None => Ok(()),
        Some(key) => Err(format!("unknown field `{key}` in {at}; the fields here are {}", known.join(", "))),
    }
}

/// A text; empty where there is none.
pub(crate) fn text(value: &Value, name: &str) -> Result<String, String> {
    match get(value, name) {
        None => Ok(String::new()),
        Some(Value::Str(text)) => Ok(text.to_string()),
        Some(other) => Err(format!("`{name}` must be a text, is {}", other.kind().name())),
    }
}

/// A flag; false where there is none.
pub(crate) fn flag(value: &Value, name: &str) -> Result<bool, String> {
    match get(value, name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(format!("`{name}` must be true or false, is {}", other.kind().name())),
    }
}

/// A list; empty where there is none.
pub(crate) fn list<'v>(value: &'v Value, name: &str) -> Result<&'v [Value], String> {
    match get(value, name) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(format!("`{name}` must be a list, is {}", other.kind().name())),
    }
}

/// A list of texts, each once.
pub(crate) fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for item in list(value, name)? {
        let text = item
            .as_str()
            .ok_or_else(|| format!("`{name}` must have texts only, has {}", item.kind().name()))?;
        if !found.iter().any(|own| own == text) {
            found.push(text.to_owned());
        }
    }
    Ok(found)
}

/// The members of an object; none where it is not there.
pub(crate) fn members<'v>(value: &'v Value, name: &str) -> Result<Option<&'v Map>, String> {
    match get(value, name) {
        None => Ok(None),
        Some(Value::Map(map)) => Ok(Some(map)),
        Some(other) => Err(format!("`{name}` must be an object, is {}", other.kind().name())),
    }
}
