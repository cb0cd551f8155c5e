//! Whether a resource has the types that pods and what has them must have.
//!
//! Upstream reads the whole resource into Go's types, and the rule is an error where that fails, also in a
//! field that no check looks at. `types.txt` has those types, written by the job `types` of `oracles/kyverno`.

use std::collections::HashMap;
use std::sync::LazyLock;

use ironhull_value::{Quantity, Value};

use crate::kyverno::json;

type Fields = HashMap<&'static str, &'static str>;

/// The fields of each type by name: the path among embedded types and the type, as written.
static TYPES: LazyLock<HashMap<&'static str, Fields>> = LazyLock::new(|| {
    let lines = include_str!("types.txt").lines();
    let types = lines.filter_map(|line| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let fields = words.map(|field| {
            let path = field.split_once(':').map_or(field, |(path, _)| path);
            (path.rsplit('.').next().unwrap_or(path), field)
        });
        Some((name, fields.collect()))
    });
    types.collect()
});

/// Reads a resource as upstream does.
///
/// # Errors
/// What is wrong, in the words of Go's reader.
pub(crate) fn check(resource: &Value) -> Result<(), String> {
    let of = match resource.dig_str(&["kind"]).unwrap_or_default() {
        "Pod" => "Pod",
        "CronJob" => "CronJob",
        // Other controllers are read as one of these.
        _ => "Deployment",
    };
    let mut reader = Reader::default();
    reader.read(resource, of)?;
    reader.first.map_or(Ok(()), Err)
}

#[derive(Default)]
struct Reader {
    /// The first mismatch: Go goes on after it.
    first: Option<String>,
    /// The type whose fields are read.
    owner: &'static str,
    path: Vec<&'static str>,
}

impl Reader {
    /// An error ends the reading: types that read themselves do so.
    fn read(&mut self, value: &Value, of: &'static str) -> Result<(), String> {
        let shape = of.split_once('=').filter(|_| !is_nested(of)).map_or(of, |(_, shape)| shape);
        match (value, shape) {
            (Value::Null, _) | (_, "any") => Ok(()),
            (_, "quantity") => quantity(value),
            (Value::Str(text), "time") => time(text),
            (_, "time") => {
                self.mismatch(value, "string");
                self.first.take().map_or(Ok(()), Err)
            }
            (Value::Str(_), "intOrString") => Ok(()),
            (_, "intOrString") if whole::<i32>(value) => Ok(()),
            (_, "intOrString") => {
                self.first = None;
                self.mismatch(value, "int32");
                self.first.take().map_or(Ok(()), Err)
            }
            (Value::Str(_), "string") | (Value::Bool(_), "bool") => Ok(()),
            (_, "int32") if whole::<i32>(value) => Ok(()),
            (_, "int64") if whole::<i64>(value) => Ok(()),
            (Value::Array(items), shape) if shape.starts_with("[]") => {
                items.iter().try_for_each(|item| self.read(item, &shape[2..]))
            }
            (Value::Map(map), shape) if shape.starts_with("{}") => {
                map.iter().try_for_each(|(_, item)| self.read(item, &shape[2..]))
            }
            (Value::Map(map), name) if TYPES.contains_key(name) => {
                let owner = std::mem::replace(&mut self.owner, name);
                for (key, item) in map.iter() {
                    let Some((path, of)) = field(name, key.as_str()) else { continue };
                    let depth = self.path.len();
                    self.path.extend(path.split('.'));
                    self.read(item, of)?;
                    self.path.truncate(depth);
                }
                self.owner = owner;
                Ok(())
            }
            _ => {
                self.mismatch(value, of);
                Ok(())
            }
        }
    }

    fn mismatch(&mut self, value: &Value, of: &str) {
        if self.first.is_some() {
            return;
        }
        let found = match value {
            Value::Str(_) => "string".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Array(_) => "array".to_owned(),
            Value::Map(_) | Value::Null => "object".to_owned(),
            Value::Int(_) | Value::Float(_) if of.starts_with("int") => {
                format!("number {}", json::write(value))
            }
            Value::Int(_) | Value::Float(_) => "number".to_owned(),
        };
        let (owner, path, of) = (self.owner, self.path.join("."), shown(of));
        self.first =
            Some(format!("json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {of}"));
    }
}

/// A field, by its name as it is written or else in other letters: its path among embedded types, and its type.
fn field(of: &str, key: &str) -> Option<(&'static str, &'static str)> {
    let fields = TYPES.get(of)?;
    let found = fields
        .get(key)
        .or_else(|| fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, field)| field));
    found?.split_once(':')
}

/// Whether a name that comes with a type belongs to what is inside of a list or map.
fn is_nested(of: &str) -> bool {
    of.starts_with("[]") || of.starts_with("{}")
}

/// A type as messages name it.
fn shown(of: &str) -> String {
    if let Some(item) = of.strip_prefix("[]") {
        return format!("[]{}", shown(item));
    }
    if let Some(item) = of.strip_prefix("{}") {
        return format!("map[string]{}", shown(item));
    }
    match of.split_once('=') {
        Some((name, _)) => name.to_owned(),
        None if of == "quantity" => "resource.Quantity".to_owned(),
        None if TYPES.contains_key(of) => format!("v1.{of}"),
        None => of.to_owned(),
    }
}

fn whole<T: std::str::FromStr>(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_)) && json::write(value).parse::<T>().is_ok()
}

fn quantity(value: &Value) -> Result<(), String> {
    let text = match value {
        Value::Str(text) => text.trim().to_owned(),
        other => json::write(other),
    };
    Quantity::parse(&text).map(|_| ()).map_err(|why| why.to_string())
}

/// Of RFC 3339, as far as there is a difference between right and wrong.
fn time(text: &str) -> Result<(), String> {
    if is_time(text).is_some() {
        return Ok(());
    }
    Err(format!("parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": it is none"))
}

fn is_time(text: &str) -> Option<()> {
    let (date, rest) = text.split_once('T')?;
    let (clock, zone) = match rest.strip_suffix('Z') {
        Some(clock) => (clock, None),
        None => rest.split_at_checked(rest.len().checked_sub(6)?).map(|(clock, zone)| (clock, Some(zone)))?,
    };
    let (clock, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(a, b)| (a, Some(b)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str, size: usize| {
        (text.len() == size && digits(text)).then(|| text.parse::<u32>().ok()).flatten()
    };
    if fraction.is_some_and(|fraction| !digits(fraction)) {
        return None;
    }
    let mut parts = date.split('-');
    let (year, month, day) =
        (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let mut times = clock.split(':');
    let (hour, minute, second) =
        (number(times.next()?, 2)?, number(times.next()?, 2)?, number(times.next()?, 2)?);
    let zone = match zone {
        None => true,
        Some(zone) => {
            let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
            number(hours, 2)? <= 24 && number(minutes, 2)? < 60
        }
    };
    let is_right = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60 && zone;
    (is_right && parts.next().is_none() && times.next().is_none()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pod: &str) -> String {
        check(&serde_json::from_str(pod).unwrap()).err().unwrap_or_default()
    }

    /// Each right side is what upstream says.
    #[test]
    fn a_type_that_is_wrong_is_told_as_go_tells_it() {
        for (spec, said) in [
            (
                r#"{"ephemeralContainers": [{"image": 1}]}"#,
                "number into Go struct field EphemeralContainer.spec.ephemeralContainers.EphemeralContainerCommon.image of type string",
            ),
            (
                r#"{"volumes": [{"emptyDir": "x"}]}"#,
                "string into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource",
            ),
            (
                r#"{"containers": [{"livenessProbe": {"httpGet": {"port": 1.5}}}]}"#,
                "number 1.5 into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32",
            ),
            (
                r#"{"containers": [{"resources": {"limits": "a"}}]}"#,
                "string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList",
            ),
            (
                r#"{"containers": [{"imagePullPolicy": 1}], "priority": "x"}"#,
                "number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
            ),
            (
                r#"{"containers": [{"command": [true]}]}"#,
                "bool into Go struct field Container.spec.containers.command of type string",
            ),
            (
                r#"{"nodeSelector": []}"#,
                "array into Go struct field PodSpec.spec.nodeSelector of type map[string]string",
            ),
            (r#""x""#, "string into Go struct field Pod.spec of type v1.PodSpec"),
            (
                r#"{"activeDeadlineSeconds": 1e30}"#,
                "number 1e+30 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64",
            ),
            (
                r#"{"priority": 3000000000}"#,
                "number 3000000000 into Go struct field PodSpec.spec.priority of type int32",
            ),
            (
                r#"{"containers": {"a": 1}}"#,
                "object into Go struct field PodSpec.spec.containers of type []v1.Container",
            ),
        ] {
            let pod = format!(r#"{{"kind": "Pod", "spec": {spec}}}"#);
            assert_eq!(of(&pod), format!("json: cannot unmarshal {said}"), "{spec}");
        }
        let limit = |limit: &str| {
            of(&format!(
                r#"{{"kind": "Pod", "spec": {{"containers": [{{"resources": {{"limits": {{"cpu": {limit}}}}}, "args": 1}}]}}}}"#
            ))
        };
        for wrong in ["\"x\"", "{}", "\"\"", "true", "\"x y\""] {
            assert!(limit(wrong).starts_with("quantities must match"), "{wrong}: {}", limit(wrong));
        }
        assert!(limit("1.5").contains("Container.spec.containers.args of type []string"));
    }

    #[test]
    fn what_is_right_is_read() {
        let pod = r#"{"kind": "Pod", "metadata": {"creationTimestamp": "2024-02-29T23:59:59.5+02:00", "labels": null},
            "spec": {"activeDeadlineSeconds": 1e18, "terminationGracePeriodSeconds": 1.0, "unknown": 1,
            "containers": [{"name": "c", "ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": 1.5, "memory": "1Gi"}},
            "livenessProbe": {"httpGet": {"port": "http"}}}]}}"#;
        assert_eq!(of(pod), "");
        for text in [
            "2023-02-29T00:00:00Z",
            "x",
            "2024-01-01 00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
        ] {
            assert!(is_time(text).is_none(), "{text}");
        }
        assert_eq!(of(r#"{"kind": "Job", "spec": {"template": {"spec": {}}}}"#), "");
    }
}
