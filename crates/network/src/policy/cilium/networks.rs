//! Address blocks: CIDRs, sets of them with exceptions, and CiliumCIDRGroups. They never mean what runs in
//! the cluster.

use ironhull_value::{Path, Value};

use super::peers::Peers;
use super::{Frame, selector};
use crate::algebra::AddressSet;
use crate::policy::Peer;
use crate::policy::context::{CidrGroup, Labels, label, networks};
use crate::policy::reader::Reader;

/// Addresses outside of the cluster.
fn outside(set: AddressSet) -> Peer {
    Peer::All(vec![Peer::World, Peer::Addresses { set, pods: false }])
}

/// `fromCIDR` or `toCIDR`.
pub(super) fn read_plain(
    frame: &mut Frame<'_, '_, '_>,
    rule: &Value,
    field: &str,
    path: &Path,
    found: &mut Peers,
) {
    let (set, all) = networks(frame.reader, rule, field, path);
    if !all {
        found.uncertain.push(Peer::World);
    }
    if !set.is_empty() {
        found.certain.push(outside(set));
    }
}

/// One item of `fromCIDRSet` or `toCIDRSet`.
pub(super) fn read_item(frame: &mut Frame<'_, '_, '_>, item: &Value, path: &Path, found: &mut Peers) {
    match read_set(frame, item, path) {
        Some((set, certain)) => {
            let peers = if certain { &mut found.certain } else { &mut found.uncertain };
            if !certain {
                peers.push(Peer::World);
            } else if !set.is_empty() {
                peers.push(outside(set));
            }
        }
        None => found.uncertain.push(Peer::World),
    }
}

/// The addresses of an item, and whether they are all. `None` if it is wrong.
fn read_set(frame: &mut Frame<'_, '_, '_>, item: &Value, path: &Path) -> Option<(AddressSet, bool)> {
    frame.reader.mapping(item, path)?;
    let known = ["cidr", "except", "cidrGroupRef", "cidrGroupSelector"];
    if !frame.reader.only_fields(item, path, &known) {
        return None;
    }
    let given: Vec<&str> = ["cidr", "cidrGroupRef", "cidrGroupSelector"]
        .into_iter()
        .filter(|field| item.get(field).is_some_and(|value| value.as_str() != Some("")))
        .collect();
    let [field] = given.as_slice() else {
        frame.reader.invalid(
            path,
            "exactly one of cidr, cidrGroupRef and cidrGroupSelector must be given",
            "keep one of them",
        );
        return None;
    };
    let at = path.child(*field);
    let value = item.get(field)?;
    let (mut set, certain) = match *field {
        "cidr" => (AddressSet::of(&frame.reader.cidr(Some(value), &at)?), true),
        "cidrGroupRef" => {
            let name = frame.reader.text(Some(value), &at, "the name of a CiliumCIDRGroup")?;
            let Some(group) = frame.context.groups.get(&name) else {
                frame.reader.not_modelled(
                    &at,
                    format!("the CiliumCIDRGroup {name:?} is not among the objects"),
                    "give its manifest too; connections that hang on it are shown as unknown",
                );
                return Some((AddressSet::all(), false));
            };
            (group.networks.clone(), group.certain)
        }
        _ => {
            let selector = selector::plain(&selector::read(frame.reader, value, &at)?);
            let groups = frame.context.groups.values();
            let groups = groups.filter(|group| selector.matches(&|key| label(&group.labels, key)));
            groups.fold((AddressSet::none(), true), |(set, certain), group| {
                (set.union(&group.networks), certain && group.certain)
            })
        }
    };
    let whole = set.clone();
    for (index, except) in frame.reader.list(item, "except", path)?.iter().enumerate() {
        let at = path.child("except").child(index);
        let hole = AddressSet::of(&frame.reader.cidr(Some(except), &at)?);
        if *field == "cidr" && !whole.includes(&hole) {
            frame.reader.invalid(
                &at,
                "the exception does not lie inside of the cidr",
                "remove it, or widen the cidr",
            );
            return None;
        }
        set = set.difference(&hole);
    }
    Some((set, certain))
}

pub(in crate::policy) fn read_cidr_group(reader: &mut Reader<'_>, labels: Labels) -> CidrGroup {
    let path = Path::root().child("spec");
    let object = reader.object;
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let clean = reader.mapping(spec, &path).is_some() && reader.only_fields(spec, &path, &["externalCIDRs"]);
    let (networks, all) = networks(reader, spec, "externalCIDRs", &path);
    CidrGroup { labels, networks, certain: clean && all }
}
