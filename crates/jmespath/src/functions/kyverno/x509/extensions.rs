//! Extensions of certificates.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use der::Tag;
use ironhull_value::Value;

use super::element::{Element, Elements, MALFORMED, whole};
use super::{encoded, list, object, oid};
use crate::go::url;

/// An extension that has not been looked into.
pub(super) struct Extension<'d> {
    id: Vec<u32>,
    is_critical: bool,
    value: &'d [u8],
}

/// The extensions of a sequence.
pub(super) fn raw<'d>(sequence: &Element<'d>) -> Result<Vec<Extension<'d>>, String> {
    let mut extensions = Vec::new();
    for element in sequence.inner()? {
        let mut parts = element.inner()?;
        let id = parts.expect(Tag::ObjectIdentifier)?.oid()?;
        let is_critical = parts.optional(Tag::Boolean).is_some_and(|value| value.value != [0]);
        extensions.push(Extension { id, is_critical, value: parts.expect(Tag::OctetString)?.value });
    }
    Ok(extensions)
}

/// What the known extensions say.
#[derive(Default)]
pub(super) struct Extensions {
    key_usage: i64,
    usages: Vec<Value>,
    unknown_usages: Vec<Value>,
    /// Whether it is an authority, and the longest path below it, -1 for any.
    constraints: Option<(bool, i64)>,
    subject_key: Value,
    authority_key: Value,
    ocsp: Vec<Value>,
    issuing: Vec<Value>,
    names: Names,
    permitted: Subtrees,
    excluded: Subtrees,
    is_names_critical: bool,
    revocation_lists: Vec<Value>,
    policies: Vec<Value>,
    policy_ids: Vec<Value>,
    mappings: Vec<Value>,
    inhibit_any: Option<i64>,
    require_explicit: Option<i64>,
    inhibit_mapping: Option<i64>,
    unhandled: Vec<Value>,
}

#[derive(Default)]
struct Names {
    dns: Vec<Value>,
    email: Vec<Value>,
    ip: Vec<Value>,
    uri: Vec<Value>,
}

#[derive(Default)]
struct Subtrees {
    dns: Vec<Value>,
    ip: Vec<Value>,
    email: Vec<Value>,
    uri: Vec<Value>,
}

impl Extensions {
    pub(super) fn read(extensions: &[Extension<'_>]) -> Result<Self, String> {
        let mut read = Self::default();
        for extension in extensions {
            let is_handled = read.extension(extension)?;
            if extension.is_critical && !is_handled {
                read.unhandled.push(oid(&extension.id));
            }
        }
        Ok(read)
    }

    /// Whether the extension is understood.
    fn extension(&mut self, extension: &Extension<'_>) -> Result<bool, String> {
        let value = extension.value;
        match extension.id.as_slice() {
            [2, 5, 29, 15] => self.key_usage = key_usage(&whole(value)?)?,
            [2, 5, 29, 19] => {
                let mut parts = whole(value)?.inner()?;
                let is_authority = parts.optional(Tag::Boolean).is_some_and(|value| value.value != [0]);
                let longest = parts.optional(Tag::Integer).map(|number| number.small()).transpose()?;
                self.constraints = Some((is_authority, longest.unwrap_or(-1)));
            }
            [2, 5, 29, 17] => {
                self.names = Names::read(whole(value)?.inner()?)?;
                let Names { dns, email, ip, uri } = &self.names;
                return Ok([dns, email, ip, uri].iter().any(|names| !names.is_empty()));
            }
            [2, 5, 29, 30] => {
                let mut parts = whole(value)?.inner()?;
                self.is_names_critical = extension.is_critical;
                if let Some(permitted) = parts.context(0) {
                    self.permitted = Subtrees::read(permitted.inner()?)?;
                }
                if let Some(excluded) = parts.context(1) {
                    self.excluded = Subtrees::read(excluded.inner()?)?;
                }
            }
            [2, 5, 29, 31] => {
                for point in whole(value)?.inner()? {
                    let Some(name) = point.inner()?.context(0) else { continue };
                    let Some(full) = name.inner()?.context(0) else { continue };
                    let uris = full.inner()?.filter(|name| name.number() == Some(6));
                    self.revocation_lists.extend(uris.map(|name| text(&name)));
                }
            }
            [2, 5, 29, 35] => {
                if let Some(id) = whole(value)?.inner()?.context(0) {
                    self.authority_key = encoded(id.value);
                }
            }
            [2, 5, 29, 36] => {
                let mut parts = whole(value)?.inner()?;
                self.require_explicit = parts.context(0).map(|number| number.small()).transpose()?;
                self.inhibit_mapping = parts.context(1).map(|number| number.small()).transpose()?;
            }
            [2, 5, 29, 37] => {
                for usage in whole(value)?.inner()? {
                    let arcs = usage.oid()?;
                    match extended_usage(&arcs) {
                        Some(number) => self.usages.push(Value::Int(number)),
                        None => self.unknown_usages.push(oid(&arcs)),
                    }
                }
            }
            [2, 5, 29, 14] => self.subject_key = encoded(whole(value)?.value),
            [2, 5, 29, 32] => {
                for policy in whole(value)?.inner()? {
                    let arcs = policy.inner()?.next().and_then(|id| id.oid())?;
                    self.policies.push(dotted(&arcs));
                    self.policy_ids.push(oid(&arcs));
                }
            }
            [2, 5, 29, 33] => {
                for mapping in whole(value)?.inner()? {
                    let mut parts = mapping.inner()?;
                    let (issuer, subject) = (parts.next()?.oid()?, parts.next()?.oid()?);
                    self.mappings.push(object([
                        ("IssuerDomainPolicy", dotted(&issuer)),
                        ("SubjectDomainPolicy", dotted(&subject)),
                    ]));
                }
            }
            [2, 5, 29, 54] => self.inhibit_any = Some(whole(value)?.small()?),
            [1, 3, 6, 1, 5, 5, 7, 1, 1] => {
                for access in whole(value)?.inner()? {
                    let mut parts = access.inner()?;
                    let method = parts.expect(Tag::ObjectIdentifier)?.oid()?;
                    let place = parts.next()?;
                    match method.as_slice() {
                        _ if place.number() != Some(6) => {}
                        [1, 3, 6, 1, 5, 5, 7, 48, 1] => self.ocsp.push(text(&place)),
                        [1, 3, 6, 1, 5, 5, 7, 48, 2] => self.issuing.push(text(&place)),
                        _ => {}
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The fields of a certificate.
    pub(super) fn certificate(self, raw: &[Extension<'_>]) -> Vec<(&'static str, Value)> {
        let (is_authority, longest) = self.constraints.unwrap_or((false, 0));
        let is_zero = |number: Option<i64>| Value::Bool(number == Some(0));
        let number = |number: Option<i64>| Value::Int(number.unwrap_or_default());
        vec![
            ("KeyUsage", Value::Int(self.key_usage)),
            ("Extensions", shown(raw)),
            ("ExtraExtensions", Value::Null),
            ("UnhandledCriticalExtensions", list(self.unhandled)),
            ("ExtKeyUsage", list(self.usages)),
            ("UnknownExtKeyUsage", list(self.unknown_usages)),
            ("BasicConstraintsValid", Value::Bool(self.constraints.is_some())),
            ("IsCA", Value::Bool(is_authority)),
            ("MaxPathLen", Value::Int(longest)),
            ("MaxPathLenZero", Value::Bool(self.constraints.is_some() && longest == 0)),
            ("SubjectKeyId", self.subject_key),
            ("AuthorityKeyId", self.authority_key),
            ("OCSPServer", list(self.ocsp)),
            ("IssuingCertificateURL", list(self.issuing)),
            ("DNSNames", list(self.names.dns)),
            ("EmailAddresses", list(self.names.email)),
            ("IPAddresses", list(self.names.ip)),
            ("URIs", list(self.names.uri)),
            ("PermittedDNSDomainsCritical", Value::Bool(self.is_names_critical)),
            ("PermittedDNSDomains", list(self.permitted.dns)),
            ("ExcludedDNSDomains", list(self.excluded.dns)),
            ("PermittedIPRanges", list(self.permitted.ip)),
            ("ExcludedIPRanges", list(self.excluded.ip)),
            ("PermittedEmailAddresses", list(self.permitted.email)),
            ("ExcludedEmailAddresses", list(self.excluded.email)),
            ("PermittedURIDomains", list(self.permitted.uri)),
            ("ExcludedURIDomains", list(self.excluded.uri)),
            ("CRLDistributionPoints", list(self.revocation_lists)),
            ("PolicyIdentifiers", list(self.policy_ids)),
            ("Policies", list(self.policies)),
            ("PolicyMappings", list(self.mappings)),
            ("InhibitAnyPolicy", number(self.inhibit_any)),
            ("InhibitAnyPolicyZero", is_zero(self.inhibit_any)),
            ("InhibitPolicyMapping", number(self.inhibit_mapping)),
            ("InhibitPolicyMappingZero", is_zero(self.inhibit_mapping)),
            ("RequireExplicitPolicy", number(self.require_explicit)),
            ("RequireExplicitPolicyZero", is_zero(self.require_explicit)),
        ]
    }

    /// The fields of a request.
    pub(super) fn request(self, raw: &[Extension<'_>]) -> Vec<(&'static str, Value)> {
        vec![
            ("Extensions", shown(raw)),
            ("ExtraExtensions", Value::Null),
            ("DNSNames", list(self.names.dns)),
            ("EmailAddresses", list(self.names.email)),
            ("IPAddresses", list(self.names.ip)),
            ("URIs", list(self.names.uri)),
        ]
    }
}

impl Names {
    fn read(names: Elements<'_>) -> Result<Self, String> {
        let mut read = Self::default();
        for name in names {
            match name.number() {
                Some(1) => read.email.push(text(&name)),
                Some(2) => read.dns.push(text(&name)),
                Some(6) => read.uri.push(url::show(&crate::term::lossy(name.value)).map_err(|error| {
                    format!(
                        "x509: cannot parse URI {}: {error}",
                        crate::go::quote::text(&crate::term::lossy(name.value))
                    )
                })?),
                Some(7) => read.ip.push(address(name.value).ok_or_else(|| {
                    format!("x509: cannot parse IP address of length {}", name.value.len())
                })?),
                _ => {}
            }
        }
        Ok(read)
    }
}

impl Subtrees {
    fn read(subtrees: Elements<'_>) -> Result<Self, String> {
        let mut read = Self::default();
        for subtree in subtrees {
            let base = subtree.inner()?.next()?;
            match base.number() {
                Some(1) => read.email.push(text(&base)),
                Some(2) => read.dns.push(text(&base)),
                Some(6) => read.uri.push(text(&base)),
                Some(7) => {
                    let (ip, mask) = base.value.split_at_checked(base.value.len() / 2).ok_or(MALFORMED)?;
                    read.ip.push(object([("IP", address(ip).ok_or(MALFORMED)?), ("Mask", encoded(mask))]));
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

fn shown(extensions: &[Extension<'_>]) -> Value {
    let show = |extension: &Extension<'_>| {
        object([
            ("Id", oid(&extension.id)),
            ("Critical", Value::Bool(extension.is_critical)),
            ("Value", encoded(extension.value)),
        ])
    };
    list(extensions.iter().map(show).collect())
}

fn text(element: &Element<'_>) -> Value {
    crate::term::lossy(element.value).as_str().into()
}

fn dotted(arcs: &[u32]) -> Value {
    arcs.iter().map(u32::to_string).collect::<Vec<_>>().join(".").as_str().into()
}

fn address(bytes: &[u8]) -> Option<Value> {
    let address = match bytes.len() {
        4 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)).to_canonical(),
        _ => return None,
    };
    Some(address.to_string().as_str().into())
}

/// Bit n of the extension is bit n of the number.
fn key_usage(bits: &Element<'_>) -> Result<i64, String> {
    let bytes = bits.bits()?;
    let is_set = |bit: usize| bytes.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0);
    Ok((0..9).filter(|bit| is_set(*bit)).fold(0, |usage, bit| usage | 1 << bit))
}

fn extended_usage(arcs: &[u32]) -> Option<i64> {
    Some(match arcs {
        [2, 5, 29, 37, 0] => 0,
        [1, 3, 6, 1, 5, 5, 7, 3, number @ 1..=9] => (*number).into(),
        [1, 3, 6, 1, 4, 1, 311, 10, 3, 3] => 10,
        [2, 16, 840, 1, 113_730, 4, 1] => 11,
        [1, 3, 6, 1, 4, 1, 311, 2, 1, 22] => 12,
        [1, 3, 6, 1, 4, 1, 311, 61, 1, 1] => 13,
        _ => return None,
    })
}
