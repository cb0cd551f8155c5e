//! Certificate requests.

use der::Tag;
use ironhull_value::Value;

use super::element::{Element, whole};
use super::extensions::{Extension, Extensions, raw};
use super::{encoded, key, list, name, object, oid};

const EXTENSION_REQUEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 14];

/// All fields of `x509.CertificateRequest`.
pub(super) fn show(bytes: &[u8]) -> Result<Value, String> {
    let request = whole(bytes)?;
    let mut parts = request.inner()?;
    let body = parts.expect(Tag::Sequence)?;
    let algorithm = parts.expect(Tag::Sequence)?;
    let signature = parts.expect(Tag::BitString)?.bits()?;
    let mut fields = body.inner()?;
    let version = fields.expect(Tag::Integer)?.small()?;
    let subject = fields.expect(Tag::Sequence)?;
    let key_info = fields.expect(Tag::Sequence)?;
    let mut attributes = Vec::new();
    let mut extensions: Vec<Extension<'_>> = Vec::new();
    if let Some(set) = fields.context(0) {
        for element in set.inner()? {
            // What is not of the form of extensions is left out.
            if let Ok(shown) = attribute(&element) {
                attributes.push(shown);
            }
            let mut parts = element.inner()?;
            if parts.expect(Tag::ObjectIdentifier)?.oid()? == EXTENSION_REQUEST {
                extensions.extend(raw(&parts.expect(Tag::Set)?.inner()?.expect(Tag::Sequence)?)?);
            }
        }
    }
    let known = [
        ("Raw", encoded(request.raw)),
        ("RawTBSCertificateRequest", encoded(body.raw)),
        ("RawSubjectPublicKeyInfo", encoded(key_info.raw)),
        ("RawSubject", encoded(subject.raw)),
        ("Version", Value::Int(version)),
        ("Signature", encoded(signature)),
        ("SignatureAlgorithm", key::signature_algorithm(&algorithm)?),
        ("PublicKeyAlgorithm", Value::Int(key::RSA_NUMBER)),
        ("PublicKey", key::public_key(&key_info)?),
        ("Subject", name::show(&subject)?),
        ("Attributes", list(attributes)),
    ];
    Ok(object(known.into_iter().chain(Extensions::read(&extensions)?.request(&extensions))))
}

/// An attribute whose values are lists of pairs.
fn attribute(element: &Element<'_>) -> Result<Value, String> {
    let mut parts = element.inner()?;
    let kind = parts.expect(Tag::ObjectIdentifier)?.oid()?;
    let mut values = Vec::new();
    for value in parts.expect(Tag::Set)?.inner()? {
        let mut pairs = Vec::new();
        for pair in value.inner()? {
            let mut parts = pair.inner()?;
            let kind = parts.expect(Tag::ObjectIdentifier)?.oid()?;
            pairs.push(object([("Type", oid(&kind)), ("Value", any(&parts.next()?))]));
        }
        values.push(Value::from(pairs));
    }
    Ok(object([("Type", oid(&kind)), ("Value", values.into())]))
}

/// What Go makes of a value of any type.
fn any(element: &Element<'_>) -> Value {
    match element.tag {
        Tag::Boolean => Value::Bool(element.value != [0]),
        Tag::OctetString => encoded(element.value),
        Tag::Integer => element.small().map(Value::Int).unwrap_or_default(),
        Tag::ObjectIdentifier => element.oid().map(|arcs| oid(&arcs)).unwrap_or_default(),
        _ => element.text().map(|text| text.as_str().into()).unwrap_or_default(),
    }
}
