//! Client certificates.
//!
//! Kubernetes reads the user from the common name and each group from one `O` of the subject. `rcgen` keeps
//! one value for each attribute, so these certificates are encoded here: X.509 v3, RFC 5280, section 4.1.

use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{Error, KeyPair, PublicKeyData as _, SigningKey as _};

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const CLIENT_AUTHENTICATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const UTF8: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// A certificate in DER for the public key of `key`, signed by `authority`, whose subject is one common name.
/// Both keys are ECDSA P-256.
pub(super) fn client(
    user: &str,
    groups: &[&str],
    key: &KeyPair,
    authority_name: &str,
    authority: &KeyPair,
) -> Result<Vec<u8>, Error> {
    static SERIAL: AtomicU64 = AtomicU64::new(2);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let algorithm = tlv(SEQUENCE, &[&tlv(OBJECT_ID, &[ECDSA_WITH_SHA256])]);
    let mut subject: Vec<_> = groups.iter().map(|group| attribute(ORGANIZATION, group)).collect();
    subject.push(attribute(COMMON_NAME, user));
    let usage = tlv(SEQUENCE, &[&tlv(OBJECT_ID, &[CLIENT_AUTHENTICATION])]);
    let usage = tlv(SEQUENCE, &[&tlv(OBJECT_ID, &[EXTENDED_KEY_USAGE]), &tlv(OCTET_STRING, &[&usage])]);
    let body = tlv(
        SEQUENCE,
        &[
            &tlv(VERSION, &[&tlv(INTEGER, &[&[2]])]),
            // Nine bytes, the first of them 1: positive and shortest, as DER wants integers.
            &tlv(INTEGER, &[&[1], &serial]),
            &algorithm,
            &tlv(SEQUENCE, &[&attribute(COMMON_NAME, authority_name)]),
            &tlv(SEQUENCE, &[&tlv(UTC_TIME, &[b"200101000000Z"]), &tlv(UTC_TIME, &[b"491231235959Z"])]),
            &tlv(SEQUENCE, &subject.iter().map(Vec::as_slice).collect::<Vec<_>>()),
            &key.subject_public_key_info(),
            &tlv(EXTENSIONS, &[&tlv(SEQUENCE, &[&usage])]),
        ],
    );
    let signature = authority.sign(&body)?;
    Ok(tlv(SEQUENCE, &[&body, &algorithm, &tlv(BIT_STRING, &[&[0], &signature])]))
}

/// A relative distinguished name of one attribute.
fn attribute(id: &[u8], value: &str) -> Vec<u8> {
    tlv(SET, &[&tlv(SEQUENCE, &[&tlv(OBJECT_ID, &[id]), &tlv(UTF8, &[value.as_bytes()])])])
}

/// Tag, length and the parts one after the other.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = content.len().to_be_bytes();
            let used: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            // At most eight, the bytes of a length.
            out.push(0x80 | u8::try_from(used.len()).unwrap_or(8));
            out.extend(used);
        }
    }
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_or_long() {
        assert_eq!(tlv(4, &[&[7; 3]]), [4, 3, 7, 7, 7]);
        assert_eq!(tlv(4, &[&[0; 127]])[..2], [4, 127]);
        assert_eq!(tlv(4, &[&[0; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[&[0; 200], &[0; 100]])[..4], [4, 0x82, 1, 44]);
    }
}
