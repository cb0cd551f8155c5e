//! Certificates.

use der::asn1::{GeneralizedTime, UtcTime};
use der::{Decode, Tag};
use ironhull_value::Value;

use super::element::{Element, MALFORMED, whole};
use super::extensions::{Extensions, raw};
use super::{encoded, key, name, object};
use crate::go::time::Instant;
use crate::term::from_number;

/// All fields of `x509.Certificate`.
pub(super) fn show(bytes: &[u8]) -> Result<Value, String> {
    let certificate = whole(bytes)?;
    let mut parts = certificate.inner()?;
    let body = parts.expect(Tag::Sequence)?;
    let algorithm = parts.expect(Tag::Sequence)?;
    let signature = parts.expect(Tag::BitString)?.bits()?;
    let mut fields = body.inner()?;
    let version = match fields.context(0) {
        Some(version) => version.inner()?.expect(Tag::Integer)?.small()?,
        None => 0,
    };
    let serial = fields.expect(Tag::Integer)?;
    if serial.value.first().is_some_and(|first| *first >= 0x80) {
        return Err("x509: negative serial number".into());
    }
    fields.expect(Tag::Sequence)?;
    let issuer = fields.expect(Tag::Sequence)?;
    let mut validity = fields.expect(Tag::Sequence)?.inner()?;
    let (not_before, not_after) = (time(&validity.next()?)?, time(&validity.next()?)?);
    let subject = fields.expect(Tag::Sequence)?;
    let key_info = fields.expect(Tag::Sequence)?;
    fields.context(1);
    fields.context(2);
    let extensions = match fields.context(3) {
        Some(wrapped) => raw(&wrapped.inner()?.expect(Tag::Sequence)?)?,
        None => Vec::new(),
    };
    let serial_number = key::decimal(serial.value).parse().ok().and_then(from_number).unwrap_or_default();
    let known = [
        ("Raw", encoded(certificate.raw)),
        ("RawTBSCertificate", encoded(body.raw)),
        ("RawSubjectPublicKeyInfo", encoded(key_info.raw)),
        ("RawSubject", encoded(subject.raw)),
        ("RawIssuer", encoded(issuer.raw)),
        ("Signature", encoded(signature)),
        ("SignatureAlgorithm", key::signature_algorithm(&algorithm)?),
        ("PublicKeyAlgorithm", Value::Int(key::RSA_NUMBER)),
        ("PublicKey", key::public_key(&key_info)?),
        ("Version", Value::Int(version.saturating_add(1))),
        ("SerialNumber", serial_number),
        ("Issuer", name::show(&issuer)?),
        ("Subject", name::show(&subject)?),
        ("NotBefore", not_before),
        ("NotAfter", not_after),
    ];
    Ok(object(known.into_iter().chain(Extensions::read(&extensions)?.certificate(&extensions))))
}

fn time(element: &Element<'_>) -> Result<Value, String> {
    let since_1970 = match element.tag {
        Tag::UtcTime => UtcTime::from_der(element.raw).ok().map(|time| time.to_unix_duration()),
        Tag::GeneralizedTime => {
            GeneralizedTime::from_der(element.raw).ok().map(|time| time.to_unix_duration())
        }
        _ => None,
    };
    let seconds = since_1970.and_then(|duration| i64::try_from(duration.as_secs()).ok()).ok_or(MALFORMED)?;
    Ok(Instant::new(seconds, 0, 0).rfc3339().as_str().into())
}
