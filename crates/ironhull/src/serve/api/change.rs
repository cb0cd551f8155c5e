//! Changing an object where a rule points, to see whether it passes then.

use ironhull_podsecurity::CheckId;
use ironhull_value::{Path, Segment};
use serde_json::{Map, Value as Json, json};

/// Sets a field; what leads to it is made where it is missing. Nothing happens where the object has another shape.
pub(crate) fn set(object: &mut Json, path: &Path, value: Option<Json>) -> Option<()> {
    let (last, way) = path.segments().split_last()?;
    let mut place = object;
    for (step, next) in way.iter().zip(path.segments().iter().skip(1)) {
        let empty = if matches!(next, Segment::Index(_)) { json!([]) } else { json!({}) };
        place = child(place, step, &empty)?;
    }
    match (last, value) {
        (Segment::Key(key), Some(value)) => {
            fill(place, &json!({}));
            place.as_object_mut()?.insert(key.to_string(), value);
        }
        (Segment::Key(key), None) => {
            place.as_object_mut()?.remove(key.as_str());
        }
        (Segment::Index(index), Some(value)) => *child(place, &Segment::Index(*index), &Json::Null)? = value,
        (Segment::Index(index), None) => {
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

/// A value that a pattern of Kyverno takes, where one can be told: the outer `None` where it cannot, the inner one
/// where the field has to go.
pub(crate) fn taken(pattern: &Json) -> Option<Option<Json>> {
    match pattern {
        Json::Null => Some(None),
        Json::Bool(_) | Json::Number(_) => Some(Some(pattern.clone())),
        Json::String(text) => text.split('|').find_map(|one| literal(one.trim())).map(Some),
        Json::Array(items) => {
            let item = taken(items.first()?)??;
            Some(Some(json!([item])))
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
                made.insert(key.clone(), taken(value)??);
            }
            Some(Some(Json::Object(made)))
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

/// What lets a field pass a check of the Pod Security Standards: `Some(None)` where it has to go; `None` where nobody
/// can tell without knowing what the pod is for.
pub(crate) fn allowed(check: CheckId) -> Option<Option<Json>> {
    Some(match check {
        CheckId::AllowPrivilegeEscalation
        | CheckId::Privileged
        | CheckId::HostNamespaces
        | CheckId::WindowsHostProcess => Some(json!(false)),
        CheckId::RunAsNonRoot => Some(json!(true)),
        CheckId::CapabilitiesRestricted => Some(json!(["ALL"])),
        CheckId::SeccompProfileBaseline | CheckId::SeccompProfileRestricted => Some(json!("RuntimeDefault")),
        CheckId::HostPorts
        | CheckId::ProcMount
        | CheckId::ProcMountRestricted
        | CheckId::RunAsUser
        | CheckId::CapabilitiesBaseline
        | CheckId::Sysctls
        | CheckId::SeLinuxOptions
        | CheckId::AppArmorProfile => None,
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
            Some(json!(false)),
        );
        set(&mut object, &parse("metadata.labels.team").unwrap(), Some(json!("x")));
        assert_eq!(
            object,
            json!({"spec": {"containers": [{"name": "a", "securityContext": {"privileged": false}}]},
                "metadata": {"labels": {"team": "x"}}})
        );
        set(&mut object, &parse("spec.containers[0].name").unwrap(), None);
        assert!(object["spec"]["containers"][0].get("name").is_none());
        assert_eq!(set(&mut object, &parse("spec.containers[7].name").unwrap(), Some(json!(1))), None);
        assert_eq!(set(&mut object, &parse("spec.containers.name").unwrap(), Some(json!(1))), None);
    }

    #[test]
    fn a_value_that_a_pattern_takes_is_told_where_it_can_be() {
        assert_eq!(taken(&json!("?*")), Some(Some(json!("value"))));
        assert_eq!(taken(&json!("!a | b")), Some(Some(json!("b"))));
        assert_eq!(taken(&json!(">=3")), Some(Some(json!(3))));
        assert_eq!(taken(&json!({"=(a)": "x", "b": true})), Some(Some(json!({"b": true}))));
        assert_eq!(taken(&Json::Null), Some(None));
        for open in [json!("!*:latest"), json!("registry.example/*"), json!({"(a)": 1}), json!("<5")] {
            assert_eq!(taken(&open), None, "{open}");
        }
    }
}
