//! Lists of connections: what `ironhull network list` and netpol-analyzer write, as text, CSV and JSON.

use ironhull_manifest::{Limits, read_owned};
use ironhull_value::{Interner, Path, Value};

use super::{Flow, FlowEnd, Outcome, ReadFlows, Special};
use crate::algebra::{Cidr, Conns, PortSet, Protocol};

/// Reads a whole list.
pub(super) fn read(text: &str, read: &mut ReadFlows) {
    let start = text.trim_start();
    if start.starts_with(['[', '{']) {
        json(text, read);
        return;
    }
    let mut csv = false;
    for (line, row) in (1u32..).zip(text.lines()) {
        let row = row.trim();
        if row.is_empty() || row.starts_with('#') || row.ends_with(':') {
            continue;
        }
        if row == "src,dst,conn" {
            csv = true;
        } else if csv {
            match csv_fields(row).as_slice() {
                [from, to, conns] => take(line, from, to, conns, read),
                fields => {
                    read.say(line, true, format!("expected src,dst,conn, found {} fields", fields.len()));
                }
            }
        } else {
            match row.split_once(" => ").and_then(|(from, rest)| Some((from, rest.rsplit_once(" : ")?))) {
                Some((from, (to, conns))) => take(line, from, to, conns, read),
                None => read.say(line, true, "expected `FROM => TO : CONNECTIONS`"),
            }
        }
    }
}

fn json(text: &str, read: &mut ReadFlows) {
    let parsed = read_owned("list", text.as_bytes().to_vec(), &Limits::default(), &mut Interner::new());
    for diagnostic in &parsed.diagnostics {
        let line = parsed.source.position(diagnostic.span.start).line;
        read.say(line, true, diagnostic.message.clone());
    }
    for document in &parsed.documents {
        let (items, path) = match document.value.get("connlist_results") {
            Some(list) => (list, Path::root().child("connlist_results")),
            None => (&document.value, Path::root()),
        };
        let Some(items) = items.as_array() else {
            read.say(1, true, "expected a list of {src, dst, conn}");
            continue;
        };
        for (index, item) in items.iter().enumerate() {
            let line = document.source.position(document.locate(&path.child(index)).mark().start).line;
            let text = |key: &str| item.get(key).and_then(Value::as_str);
            match (text("src"), text("dst"), text("conn")) {
                (Some(from), Some(to), Some(conns)) => take(line, from, to, conns, read),
                _ => read.say(line, true, "expected an object with the texts src, dst and conn"),
            }
        }
    }
}

fn take(line: u32, from: &str, to: &str, conns: &str, read: &mut ReadFlows) {
    let parsed = match parse_conns(conns) {
        Ok(parsed) if parsed.is_empty() => return,
        Ok(parsed) => parsed,
        Err(message) => {
            read.say(line, true, message);
            return;
        }
    };
    let (from, to) = match (end(from.trim()), end(to.trim())) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(message), _) | (_, Err(message)) => {
            read.say(line, true, message);
            return;
        }
    };
    read.flows.push(Flow { line, time: None, from, to, conns: parsed, outcome: Outcome::Allowed, count: 1 });
}

/// `shop/web[Deployment]`, `10.0.0.0-10.0.0.255[External]`, `10.0.0.0/8`, `n1[Node]`, `{ingress-controller}`.
fn end(text: &str) -> Result<FlowEnd, String> {
    let mut found = FlowEnd::default();
    if text == "{ingress-controller}" {
        found.special = Some(Special::Ingress);
        return Ok(found);
    }
    // A variant of a workload: what sets it apart stands in braces behind the title.
    let text = text.split_once("]{").map_or(text, |(title, _)| text.get(..=title.len()).unwrap_or(text));
    if let Some(name) = text.strip_suffix("[Name]") {
        found.names.push(name.into());
        return Ok(found);
    }
    if let Some(name) = text.strip_suffix("[Node]") {
        found.special = Some(Special::Node);
        found.workload = name.into();
        return Ok(found);
    }
    let outside = text.strip_suffix("[External]").unwrap_or(text);
    if let Some((first, last)) = outside.split_once('-')
        && let (Ok(first), Ok(last)) = (first.parse::<std::net::IpAddr>(), last.parse::<std::net::IpAddr>())
    {
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(format!("expected a range from a lower to a higher address, found {outside:?}"));
        }
        found.range = Some((first, last));
        return Ok(found);
    }
    if let Ok(cidr) = Cidr::parse(outside) {
        found.range = Some((cidr.first(), cidr.last()));
        return Ok(found);
    }
    if let Ok(address) = outside.parse() {
        found.address = Some(address);
        return Ok(found);
    }
    let (namespace, name, kind) = split_title(text)
        .ok_or_else(|| format!("expected NAMESPACE/NAME[KIND] or an address, found {text:?}"))?;
    found.namespace = namespace.into();
    found.workload = name.into();
    found.kind = kind.into();
    Ok(found)
}

/// Namespace, name and kind of `shop/web[Deployment]`; the kind may be left out.
pub(super) fn split_title(text: &str) -> Option<(&str, &str, &str)> {
    let (title, kind) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((title, kind)) => (title, kind),
        None => (text, ""),
    };
    let (namespace, name) = title.split_once('/')?;
    let plain = |text: &str| {
        !text.is_empty() && !text.contains(['/', '[', ']']) && !text.contains(char::is_whitespace)
    };
    (plain(namespace) && plain(name) && (kind.is_empty() || plain(kind))).then_some((namespace, name, kind))
}

/// Reads `All Connections`, `TCP 80,443`, `SCTP 1-65535,TCP 80` and also `TCP 80,TCP 443`.
pub fn parse_conns(text: &str) -> Result<Conns, String> {
    let text = text.trim();
    match text {
        "All Connections" => return Ok(Conns::all()),
        "No Connections" => return Ok(Conns::none()),
        _ => {}
    }
    let wrong = |part: &str| {
        format!(
            "expected connections like `TCP 80,443` or `All Connections`, found {:?}",
            part.chars().take(60).collect::<String>()
        )
    };
    let mut conns = Conns::none();
    let mut protocol = None;
    for part in text.split(',') {
        let part = part.trim();
        if part == "ICMP" {
            conns = conns.union(&Conns::other_protocols());
            continue;
        }
        let range = match part.split_once(' ') {
            Some((name, range)) => {
                protocol = Some(Protocol::of(name).ok_or_else(|| wrong(part))?);
                range.trim()
            }
            None => match Protocol::of(part) {
                Some(whole) => {
                    conns = conns.union(&Conns::of(whole, PortSet::all()));
                    continue;
                }
                None => part,
            },
        };
        let (low, high) = range.split_once('-').unwrap_or((range, range));
        let (Some(protocol), Ok(low), Ok(high)) = (protocol, low.parse::<u16>(), high.parse::<u16>()) else {
            return Err(wrong(part));
        };
        if low == 0 || low > high {
            return Err(wrong(part));
        }
        conns = conns.union(&Conns::of(protocol, PortSet::range(low, high)));
    }
    Ok(conns)
}

/// The fields of one line of CSV, with quotes.
fn csv_fields(row: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = row.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(field) = fields.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}
