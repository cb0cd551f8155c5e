//! What the readers of all kinds share: taking down problems, and the parts that several APIs have.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Selector, Value};
use ironhull_world::Object;

use super::{LabelMatch, Problem};
use crate::algebra::{AddressSet, Cidr, Conns, PortSet, Protocol};

/// Reads one object and takes down what is wrong with it.
#[derive(Debug)]
pub(crate) struct Reader<'o> {
    pub(crate) object: &'o Arc<Object>,
    problems: Vec<Problem>,
}

impl<'o> Reader<'o> {
    pub(crate) fn new(object: &'o Arc<Object>) -> Self {
        Self { object, problems: Vec::new() }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Something that the API server would refuse, or that means nothing.
    pub(crate) fn invalid(&mut self, path: &Path, message: impl Into<String>, fix: impl Into<String>) {
        self.take(path, message.into(), fix.into(), false);
    }

    /// Something that is legal and not modelled.
    pub(crate) fn not_modelled(&mut self, path: &Path, message: impl Into<String>, fix: impl Into<String>) {
        self.take(path, message.into(), fix.into(), true);
    }

    fn take(&mut self, path: &Path, message: String, fix: String, unsupported: bool) {
        let object = Arc::clone(self.object);
        self.problems.push(Problem { object, path: path.clone(), message, fix, unsupported });
    }

    /// Whether the mapping has no other fields than these; each other one is a problem. A field that nobody
    /// reads is most often a field that somebody misspelled, and what it was to narrow is then wide open.
    pub(crate) fn only_fields(&mut self, value: &Value, path: &Path, known: &[&str]) -> bool {
        let Some(map) = value.as_map() else { return true };
        let mut clean = true;
        for (key, _) in map.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            clean = false;
            let near = known.iter().find(|known| known.eq_ignore_ascii_case(key.as_str()));
            let near = near.or_else(|| known.iter().find(|known| is_near(known, key.as_str())));
            let fix = near.map_or_else(
                || format!("remove it; the fields here are {}", known.join(", ")),
                |near| format!("write `{near}`"),
            );
            self.invalid(&path.child(key.as_str()), format!("unknown field `{key}`"), fix);
        }
        clean
    }

    /// Which of these fields is given, where exactly one must be and no other may.
    pub(crate) fn one_field<'k>(
        &mut self,
        value: &Value,
        path: &Path,
        known: &[&'k str],
        message: &str,
    ) -> Option<&'k str> {
        if !self.only_fields(value, path, known) {
            return None;
        }
        let mut given = known.iter().filter(|field| value.get(field).is_some());
        if let (Some(field), None) = (given.next(), given.next()) {
            return Some(field);
        }
        self.invalid(path, message, "keep one of them");
        None
    }

    /// The mapping at this place. `None`, with a problem, if it is something else.
    pub(crate) fn mapping<'v>(&mut self, value: &'v Value, path: &Path) -> Option<&'v Value> {
        if value.as_map().is_some() {
            return Some(value);
        }
        self.invalid(
            path,
            format!("expected a mapping, found {}", value.kind().name()),
            "write the fields under it",
        );
        None
    }

    /// The items of a list that may be absent. `None`, with a problem, if it is something else.
    pub(crate) fn list<'v>(&mut self, owner: &'v Value, field: &str, path: &Path) -> Option<&'v [Value]> {
        match owner.get(field) {
            None => Some(&[]),
            Some(value) => value.as_array().or_else(|| {
                let found = value.kind().name();
                self.invalid(
                    &path.child(field),
                    format!("`{field}` must be a list, found {found}"),
                    format!("put the entries of `{field}` behind `- `"),
                );
                None
            }),
        }
    }

    /// The label selector at this place. `None`, with a problem, if it is not valid.
    pub(crate) fn selector(&mut self, value: &Value, path: &Path) -> Option<LabelMatch> {
        self.mapping(value, path)?;
        let clean = self.only_fields(value, path, &["matchLabels", "matchExpressions"]);
        match Selector::compile(value) {
            Ok(selector) if clean => Some(LabelMatch::of_selector(&selector)),
            Ok(_) => None,
            Err(error) => {
                let (at, message) = match &error {
                    ironhull_value::SelectorError::Field { path: inner, message } => {
                        (path.join(inner), message.clone())
                    }
                    other @ ironhull_value::SelectorError::Text(_) => (path.clone(), other.to_string()),
                };
                self.invalid(&at, message, "operators are In, NotIn, Exists and DoesNotExist; the first two need values, the others take none");
                None
            }
        }
    }

    /// The block of addresses in this text. `None`, with a problem, if it is none.
    pub(crate) fn cidr(&mut self, value: Option<&Value>, path: &Path) -> Option<Cidr> {
        let Some(text) = value.and_then(Value::as_str) else {
            self.invalid(
                path,
                "an address block is missing",
                "write one such as 10.0.0.0/8 or 2001:db8::/32",
            );
            return None;
        };
        Cidr::parse(text)
            .map_err(|error| {
                self.invalid(
                    path,
                    format!("invalid CIDR {text:?}: {error}"),
                    "write a block such as 10.0.0.0/8 or 2001:db8::/32",
                );
            })
            .ok()
    }

    /// A block of addresses, or one address.
    pub(crate) fn block(&mut self, value: &Value, path: &Path) -> Option<Cidr> {
        match value.as_str().and_then(|text| text.parse::<core::net::IpAddr>().ok()) {
            Some(address) => Some(Cidr::new(address, 128)),
            None => self.cidr(Some(value), path),
        }
    }

    /// An `ipBlock`: a block without its exceptions.
    pub(crate) fn ip_block(&mut self, value: &Value, path: &Path) -> Option<AddressSet> {
        self.mapping(value, path)?;
        let mut good = self.only_fields(value, path, &["cidr", "except"]);
        let cidr = self.cidr(value.get("cidr"), &path.child("cidr"))?;
        let mut set = AddressSet::of(&cidr);
        for (index, except) in self.list(value, "except", path)?.iter().enumerate() {
            let at = path.child("except").child(index);
            match self.cidr(Some(except), &at) {
                None => good = false,
                Some(hole) if !cidr.strictly_includes(&hole) => {
                    good = false;
                    self.invalid(
                        &at,
                        format!("except {hole} is not a strict subset of cidr {cidr}"),
                        "an exception must lie inside of the block and be smaller; remove it, or widen the cidr",
                    );
                }
                Some(hole) => set = set.difference(&AddressSet::of(&hole)),
            }
        }
        good.then_some(set)
    }

    /// A protocol that may be absent. `None`, with a problem, if it is no protocol.
    pub(crate) fn protocol(&mut self, value: Option<&Value>, path: &Path) -> Option<Protocol> {
        let Some(value) = value else { return Some(Protocol::Tcp) };
        let found = value
            .as_str()
            .and_then(|text| if text.is_empty() { Some(Protocol::Tcp) } else { Protocol::of(text) });
        if found.is_none() {
            self.invalid(
                path,
                format!("protocol {} is not TCP, UDP or SCTP", shown(value)),
                "write TCP, UDP or SCTP in capitals",
            );
        }
        found
    }

    /// A port number. `None`, with a problem, if it is none.
    pub(crate) fn port(&mut self, value: &Value, path: &Path) -> Option<u16> {
        let number = value.as_i64().and_then(|number| u16::try_from(number).ok()).filter(|port| *port > 0);
        if number.is_none() {
            self.invalid(
                path,
                format!("port {} is not between 1 and 65535", shown(value)),
                "write a port number from 1 to 65535",
            );
        }
        number
    }

    /// A range of ports. `None`, with a problem, if it is the wrong way round.
    pub(crate) fn range(&mut self, protocol: Protocol, low: u16, high: u16, path: &Path) -> Option<Conns> {
        if high < low {
            self.invalid(
                path,
                format!("the range ends at {high}, before it starts at {low}"),
                format!("write {high} first and {low} last"),
            );
            return None;
        }
        Some(Conns::of(protocol, PortSet::range(low, high)))
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, value: Option<&Value>, path: &Path, what: &str) -> Option<CompactString> {
        let text = value.and_then(Value::as_str).filter(|text| !text.is_empty());
        if text.is_none() {
            self.invalid(path, format!("{what} is missing"), format!("write {what}"));
        }
        text.map(CompactString::new)
    }
}

/// A value in a message.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) => format!("{:?}", text.as_str()),
        Value::Int(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        other => other.kind().name().to_owned(),
    }
}

/// Whether a key is one letter away from a known one, or lacks its plural.
fn is_near(known: &str, key: &str) -> bool {
    let (short, long) = if known.len() <= key.len() { (known, key) } else { (key, known) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let front = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    let back = short.bytes().rev().zip(long.bytes().rev()).take_while(|(a, b)| a == b).count();
    front + back + 1 >= short.len().max(1) && front + back + 1 >= long.len()
}
