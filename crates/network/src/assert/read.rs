//! From objects to demands. What is wrong is a problem with its place; such an assertion is not checked, and
//! its file not accepted.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::{Assertion, Demand, Ends, Flow, GROUP, KIND, Pods, VERSION};
use crate::algebra::{AddressSet, Conns, PortSet, Protocol};
use crate::policy::reader::{Reader, shown};
use crate::policy::{Direction, LabelMatch, Problem};

const FIELDS: [&str; 7] = ["name", "deny", "allow", "only", "isolated", "unprotected", "noExposureToNew"];
const SELECTION: [&str; 3] = ["namespace", "namespaces", "pods"];

/// Reads the assertions of an object, in order, with everything that is wrong. An object of another kind has
/// none.
pub fn read(object: &Arc<Object>, problems: &mut Vec<Problem>) -> Vec<Assertion> {
    if object.key.group != GROUP || object.key.kind != KIND {
        return Vec::new();
    }
    let mut reader = Reader::new(object);
    let version = object.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let wanted = format!("{GROUP}/{VERSION}");
    if version != wanted {
        reader.invalid(
            &Path::root().child("apiVersion"),
            format!("{KIND} of {version:?} is not a version that is understood"),
            format!("write {wanted}"),
        );
    }
    reader.only_fields(&object.value, &Path::root(), &["apiVersion", "kind", "metadata", "spec"]);
    let path = Path::root().child("spec");
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let mut found = Vec::new();
    if reader.mapping(spec, &path).is_some() {
        reader.only_fields(spec, &path, &["assertions"]);
        let items = reader.list(spec, "assertions", &path).unwrap_or_default();
        if items.is_empty() {
            reader.invalid(
                &path.child("assertions"),
                "there are no assertions",
                "write at least one, or remove the file",
            );
        }
        for (index, item) in items.iter().enumerate() {
            let path = path.child("assertions").child(index);
            if let Some((name, demand)) = assertion(&mut reader, item, &path, index) {
                found.push(Assertion { name, object: Arc::clone(object), path, demand });
            }
        }
    }
    problems.append(&mut reader.into_problems());
    found
}

fn assertion(
    reader: &mut Reader<'_>,
    item: &Value,
    path: &Path,
    index: usize,
) -> Option<(CompactString, Demand)> {
    reader.mapping(item, path)?;
    let clean = reader.only_fields(item, path, &FIELDS);
    let name = item
        .get("name")
        .and_then(Value::as_str)
        .map_or_else(|| format!("assertion {}", index + 1).into(), CompactString::new);
    let given: Vec<&str> = FIELDS.into_iter().skip(1).filter(|field| item.get(field).is_some()).collect();
    let [field] = given.as_slice() else {
        if clean {
            let found = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
            reader.invalid(
                path,
                format!("an assertion demands exactly one thing, found {found}"),
                format!("keep one of {}", FIELDS.get(1..).unwrap_or_default().join(", ")),
            );
        }
        return None;
    };
    let (value, at) = (item.get(field)?, path.child(*field));
    let demand = match *field {
        "deny" => Demand::Deny(flow(reader, value, &at, true)?),
        "allow" => Demand::Allow(flow(reader, value, &at, true)?),
        "only" => Demand::Only(flow(reader, value, &at, false)?),
        "isolated" => isolated(reader, value, &at)?,
        "unprotected" => {
            let (directions, of) = scoped(reader, value, &at, "forbid")?;
            Demand::Protected { directions, of }
        }
        _ => {
            let (directions, of) = scoped(reader, value, &at, "true")?;
            Demand::NoExposureToNew { directions, of }
        }
    };
    clean.then_some((name, demand))
}

fn flow(reader: &mut Reader<'_>, value: &Value, path: &Path, may_be_transitive: bool) -> Option<Flow> {
    reader.mapping(value, path)?;
    let clean = reader.only_fields(value, path, &["from", "to", "ports", "transitive"]);
    let from = ends(reader, value.get("from"), &path.child("from"), true);
    let to = ends(reader, value.get("to"), &path.child("to"), false);
    let conns = ports(reader, value, path);
    let transitive = match value.get("transitive") {
        None => Some(false),
        Some(Value::Bool(flag)) => Some(*flag),
        Some(other) => {
            reader.invalid(
                &path.child("transitive"),
                format!("transitive is {}", shown(other)),
                "write true or false",
            );
            None
        }
    };
    if transitive == Some(true) && !may_be_transitive {
        reader.invalid(
            &path.child("transitive"),
            "`only` cannot be transitive: whoever may connect would bring others with it",
            "write what must not be reached with `deny` and `transitive: true`",
        );
        return None;
    }
    let flow = Flow { from: from?, to: to?, conns: conns?, transitive: transitive? };
    clean.then_some(flow)
}

fn ends(reader: &mut Reader<'_>, value: Option<&Value>, path: &Path, is_source: bool) -> Option<Ends> {
    let Some(value) = value else {
        reader.invalid(path, "an end is missing", "write `{}` to mean every pod");
        return None;
    };
    reader.mapping(value, path)?;
    let fields: &[&str] = if is_source {
        &["namespace", "namespaces", "pods", "external", "ingress"]
    } else {
        &["namespace", "namespaces", "pods", "external"]
    };
    let mut good = reader.only_fields(value, path, fields);
    let external = value.get("external").map(|value| external(reader, value, &path.child("external")));
    let ingress = match value.get("ingress").filter(|_| is_source) {
        None => false,
        Some(Value::Bool(flag)) => *flag,
        Some(other) => {
            reader.invalid(
                &path.child("ingress"),
                format!("ingress is {}", shown(other)),
                "write true or false",
            );
            good = false;
            false
        }
    };
    let names_pods = SELECTION.iter().any(|field| value.get(field).is_some());
    let others = external.is_some() || ingress;
    let pods = if names_pods || !others { Some(selection(reader, value, path)?) } else { None };
    let external = match external {
        None => AddressSet::none(),
        Some(set) => set?,
    };
    good.then_some(Ends { pods, external, ingress })
}

/// `namespace`, `namespaces` and `pods` of a mapping whose fields are checked already.
fn selection(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<Pods> {
    let mut selector = |field: &str| match value.get(field) {
        None => Some(LabelMatch::everything()),
        Some(selector) => reader.selector(selector, &path.child(field)),
    };
    let (by_labels, pods) = (selector("namespaces"), selector("pods"));
    let namespaces = match value.get("namespace") {
        None => by_labels?,
        Some(_) if value.get("namespaces").is_some() => {
            reader.invalid(
                &path.child("namespace"),
                "both namespace and namespaces are given",
                "keep one of them",
            );
            return None;
        }
        Some(Value::Str(name)) if !name.is_empty() => LabelMatch::equals("kubernetes.io/metadata.name", name),
        Some(other) => {
            reader.invalid(
                &path.child("namespace"),
                format!("namespace is {}", shown(other)),
                "write the name of one namespace",
            );
            return None;
        }
    };
    Some(Pods { namespaces, pods: pods? })
}

fn external(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<AddressSet> {
    match value {
        Value::Array(items) => items.iter().enumerate().try_fold(AddressSet::none(), |set, (index, item)| {
            Some(set.union(&AddressSet::of(&reader.cidr(Some(item), &path.child(index))?)))
        }),
        other => Some(AddressSet::of(&reader.cidr(Some(other), path)?)),
    }
}

fn ports(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<Conns> {
    let items = reader.list(value, "ports", path)?;
    if items.is_empty() {
        return Some(Conns::all());
    }
    let mut found = Some(Conns::none());
    for (index, item) in items.iter().enumerate() {
        let one = match item {
            Value::Int(_) => port(&shown(item)),
            Value::Str(text) => port(text),
            _ => None,
        };
        if one.is_none() {
            reader.invalid(
                &path.child("ports").child(index),
                format!("{} is not a port", shown(item)),
                "write tcp/5432, udp/53, tcp/8000-8999, or tcp for every port",
            );
        }
        found = found.zip(one).map(|(all, one)| all.union(&one));
    }
    found
}

/// `tcp/5432`, `tcp/8000-8999`, `tcp`, or a number, which is one of TCP.
fn port(text: &str) -> Option<Conns> {
    let (protocol, ports) = match text.split_once('/') {
        Some((protocol, ports)) => (protocol, Some(ports)),
        None if text.starts_with(|letter: char| letter.is_ascii_digit()) => ("tcp", Some(text)),
        None => (text, None),
    };
    let protocol = Protocol::of(&protocol.to_ascii_uppercase())?;
    let Some(ports) = ports else { return Some(Conns::of(protocol, PortSet::all())) };
    let (low, high) = ports.split_once('-').unwrap_or((ports, ports));
    let (low, high) = (low.parse::<u16>().ok()?, high.parse::<u16>().ok()?);
    (low > 0 && low <= high).then(|| Conns::of(protocol, PortSet::range(low, high)))
}

fn isolated(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<Demand> {
    reader.mapping(value, path)?;
    let clean = reader.only_fields(value, path, &["by", "of"]);
    let by = reader.text(value.get("by"), &path.child("by"), "the label to tell them apart by")?;
    let of = of(reader, value, path)?;
    clean.then_some(Demand::Isolated { by, of })
}

fn of(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<Pods> {
    let Some(of) = value.get("of") else { return Some(Pods::all()) };
    let path = path.child("of");
    reader.mapping(of, &path)?;
    let clean = reader.only_fields(of, &path, &SELECTION);
    let pods = selection(reader, of, &path)?;
    clean.then_some(pods)
}

/// A word that means both directions, or a mapping with `directions` and `of`.
fn scoped(reader: &mut Reader<'_>, value: &Value, path: &Path, word: &str) -> Option<(Vec<Direction>, Pods)> {
    let is_word = match value {
        Value::Bool(flag) => *flag && word == "true",
        Value::Str(text) => text == word,
        _ => false,
    };
    if is_word {
        return Some((Direction::BOTH.to_vec(), Pods::all()));
    }
    if value.as_map().is_none() {
        reader.invalid(
            path,
            format!("expected {word} or a mapping, found {}", shown(value)),
            format!("write {word}, or a mapping with `directions` and `of`"),
        );
        return None;
    }
    let clean = reader.only_fields(value, path, &["directions", "of"]);
    let items = reader.list(value, "directions", path)?;
    let mut directions = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let found = Direction::BOTH.into_iter().find(|direction| item.as_str() == Some(direction.name()));
        if let Some(direction) = found {
            directions.push(direction);
        } else {
            let at = path.child("directions").child(index);
            reader.invalid(&at, format!("{} is not a direction", shown(item)), "write Ingress or Egress");
            return None;
        }
    }
    let directions = if directions.is_empty() { Direction::BOTH.to_vec() } else { directions };
    let of = of(reader, value, path)?;
    clean.then_some((directions, of))
}
