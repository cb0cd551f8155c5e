//! Changing an object where a rule points, to see whether it passes then.

use ironhull_podsecurity::CheckId;
use ironhull_value::{Path, Segment};
use serde_json::{Map, Value as Json, json};

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    /// It holds this.
    Set(Json),
    /// It goes.
    Remove,
}

/// Sets a field; what leads to it is made where it is missing. Nothing happens where the object has another shape.
pub(crate) fn set(object: &mut Json, path: &Path, edit: Edit) -> Option<()> {
    let (last, way) = path.segments().split_last()?;
    let mut place = object;
    for (step, next) in way.iter().zip(path.segments().iter().skip(1)) {
        let empty = if matches!(next, Segment::Index(_)) { json!([]) } else { json!({}) };
        place = child(place, step, &empty)?;
    }
    match (last, edit) {
        (Segment::Key(key), Edit::Set(value)) => {
            fill(place, &json!({}));
            place.as_object_mut()?.insert(key.to_string(), value);
        }
        (Segment::Key(key), Edit::Remove) => {
            place.as_object_mut()?.remove(key.as_str());
        }
        (Segment::Index(index), Edit::Set(value)) => {
            *child(place, &Segment::Index(*index), &Json::Null)? = value;
        }
        (Segment::Index(index), Edit::Remove) => {
            let list = place.as_array_mut()?;
            if *index < list.len() {
                list.remove(*index);
            }
        }
    }
    Some(())
}

fn fill(place: &mut Json, empty: &Json) {
    if place.is_null() {
        *place = empty.clone();
    }
}

fn child<'a>(place: &'a mut Json, step: &Segment, empty: &Json) -> Option<&'a mut Json> {
    let found = match step {
        Segment::Key(key) => {
            fill(place, &json!({}));
            place.as_object_mut()?.entry(key.to_string()).or_insert(Json::Null)
        }
        Segment::Index(index) => {
            fill(place, &json!([]));
            let list = place.as_array_mut()?;
            if *index == list.len() {
                list.push(Json::Null);
            }
            list.get_mut(*index)?
        }
    };
    fill(found, empty);
    Some(found)
}

/// A path as it is shown: `spec.containers[0]["a/b"]`.
pub(crate) fn parse(text: &str) -> Option<Path> {
    let mut path = Path::root();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('[') {
            let end = if quoted.starts_with('"') { quoted.find("\"]")? + 1 } else { quoted.find(']')? };
            let (inner, tail) = quoted.split_at_checked(end)?;
            path = match serde_json::from_str::<Json>(inner).ok()? {
                Json::String(key) => path.child(key.as_str()),
                number => path.child(usize::try_from(number.as_u64()?).ok()?),
            };
            rest = tail.get(1..)?;
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            let (key, tail) = plain.split_at_checked(end)?;
            if key.is_empty() {
                return None;
            }
            path = path.child(key);
            rest = tail;
        }
    }
    Some(path)
}

/// What lets a field match a pattern of Kyverno, where it can be told.
pub(crate) fn taken(pattern: &Json) -> Option<Edit> {
    match pattern {
        Json::Null => Some(Edit::Remove),
        Json::Bool(_) | Json::Number(_) => Some(Edit::Set(pattern.clone())),
        Json::String(text) => text.split('|').find_map(|one| literal(one.trim())).map(Edit::Set),
        Json::Array(items) => {
            let Edit::Set(item) = taken(items.first()?)? else { return None };
            Some(Edit::Set(json!([item])))
        }
        Json::Object(members) => {
            let mut made = Map::new();
            for (key, value) in members {
                if key.starts_with("=(") || key.starts_with("X(") {
                    continue;
                }
                if key.contains('(') {
                    return None;
                }
                if let Edit::Set(value) = taken(value)? {
                    made.insert(key.clone(), value);
                }
            }
            Some(Edit::Set(Json::Object(made)))
        }
    }
}

fn literal(text: &str) -> Option<Json> {
    if text == "?*" || text == "*" {
        return Some(json!("value"));
    }
    let plain = text.strip_prefix(">=").or_else(|| text.strip_prefix("<=")).unwrap_or(text).trim();
    let is_other = plain.is_empty()
        || plain.starts_with(['!', '<', '>'])
        || plain.contains(['*', '?', '&', '•'])
        || plain.contains("{{");
    if is_other {
        return None;
    }
    let number = plain.parse::<i64>().ok().filter(|_| text.starts_with(['<', '>']));
    Some(number.map_or_else(|| json!(plain), |number| json!(number)))
}

/// What lets a field pass a check of the Pod Security Standards; `None` where nobody can tell without knowing what the
/// pod is for.
pub(crate) fn allowed(check: CheckId) -> Option<Edit> {
    Some(match check {
        CheckId::AllowPrivilegeEscalation
        | CheckId::Privileged
        | CheckId::HostNamespaces
        | CheckId::WindowsHostProcess => Edit::Set(json!(false)),
        CheckId::RunAsNonRoot => Edit::Set(json!(true)),
        CheckId::CapabilitiesRestricted => Edit::Set(json!(["ALL"])),
        CheckId::SeccompProfileBaseline | CheckId::SeccompProfileRestricted => {
            Edit::Set(json!("RuntimeDefault"))
        }
        CheckId::HostPorts
        | CheckId::ProcMount
        | CheckId::ProcMountRestricted
        | CheckId::RunAsUser
        | CheckId::CapabilitiesBaseline
        | CheckId::Sysctls
        | CheckId::SeLinuxOptions
        | CheckId::AppArmorProfile => Edit::Remove,
        CheckId::HostPathVolumes | CheckId::RestrictedVolumes | CheckId::HostProbesAndHostLifecycle => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_shown() {
        for text in ["spec.containers[0].image", "metadata.labels[\"a.b/c\"].d", "x"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for bad in ["a..b", "a[", "a[x]", "[\"a"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn fields_are_set_and_removed() {
        let mut object = json!({"spec": {"containers": [{"name": "a"}]}});
        set(
            &mut object,
            &parse("spec.containers[0].securityContext.privileged").unwrap(),
            Edit::Set(json!(false)),
        );
        set(&mut object, &parse("metadata.labels.team").unwrap(), Edit::Set(json!("x")));
        assert_eq!(
            object,
            json!({"spec": {"containers": [{"name": "a", "securityContext": {"privileged": false}}]},
                "metadata": {"labels": {"team": "x"}}})
        );
        set(&mut object, &parse("spec.containers[0].name").unwrap(), Edit::Remove);
        assert!(object["spec"]["containers"][0].get("name").is_none());
        assert_eq!(set(&mut object, &parse("spec.containers[7].name").unwrap(), Edit::Set(json!(1))), None);
        assert_eq!(set(&mut object, &parse("spec.containers.name").unwrap(), Edit::Set(json!(1))), None);
    }

    #[test]
    fn a_value_that_a_pattern_takes_is_told_where_it_can_be() {
        assert_eq!(taken(&json!("?*")), Some(Edit::Set(json!("value"))));
        assert_eq!(taken(&json!("!a | b")), Some(Edit::Set(json!("b"))));
        assert_eq!(taken(&json!(">=3")), Some(Edit::Set(json!(3))));
        assert_eq!(taken(&json!({"=(a)": "x", "b": true})), Some(Edit::Set(json!({"b": true}))));
        assert_eq!(taken(&Json::Null), Some(Edit::Remove));
        for open in [json!("!*:latest"), json!("registry.example/*"), json!({"(a)": 1}), json!("<5")] {
            assert_eq!(taken(&open), None, "{open}");
        }
    }
}
