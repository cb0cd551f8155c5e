//! Certificates and requests, made for these tests with `crypto/x509`: one with every field, a request, one
//! without anything, one with another kind of key, one signed by another kind of key, and an empty request.

use ironhull_jmespath::{Dialect, Env, Expression};
use ironhull_value::Value;

/// The PEM blocks, one by one.
pub(crate) fn certificates() -> Vec<&'static str> {
    let mut rest = include_str!("certificates.pem");
    let mut blocks = Vec::new();
    while let Some(end) = rest.find("-----END") {
        let end = end + rest[end..].find('\n').unwrap() + 1;
        blocks.push(&rest[..end]);
        rest = &rest[end..];
    }
    blocks
}

fn decode(text: &str) -> Result<Value, String> {
    let decode = Expression::parse("x509_decode(@)", Dialect::Kyverno).unwrap();
    let text = Value::from(text);
    decode
        .search(&text, &mut Env::default())
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| error.to_string())
}

#[test]
fn certificates_are_shown_as_in_go() {
    let certificates = certificates();
    assert_eq!(certificates.len(), 6);
    let full = decode(certificates[0]).unwrap();
    for (path, expected) in [
        ("KeyUsage", "289"),
        ("ExtKeyUsage", "[1, 3, 0]"),
        ("UnknownExtKeyUsage", "[[1, 2, 3, 4]]"),
        ("Subject.CommonName", r#""a <b> & \"c\" é""#),
        ("Subject.Organization", r#"["O1", "O2"]"#),
        ("Subject.Names[-1]", r#"{"Type": [0, 9, 2342, 19200300, 100, 1, 25], "Value": "dc"}"#),
        ("NotBefore", r#""2024-01-02T03:04:05Z""#),
        ("NotAfter", r#""2055-01-02T03:04:05Z""#),
        ("[IsCA, MaxPathLen, MaxPathLenZero]", "[true, 0, true]"),
        ("[DNSNames, EmailAddresses, IPAddresses]", r#"[["a.b", "*.c"], ["x@y"], ["1.2.3.4", "::1"]]"#),
        (
            "URIs[0].[Scheme, Host, Path, RawPath, RawQuery, Fragment]",
            r#"["spiffe", "a:80", "/b/c", "/b%2fc", "q", "f"]"#,
        ),
        ("PermittedIPRanges[0]", r#"{"IP": "10.0.0.0", "Mask": "/wAAAA=="}"#),
        ("Policies", r#"["1.2.3", "1.2.840.5"]"#),
        ("PolicyMappings", r#"[{"IssuerDomainPolicy": "1.2", "SubjectDomainPolicy": "1.3"}]"#),
        ("[RequireExplicitPolicyZero, InhibitPolicyMapping, InhibitAnyPolicyZero]", "[true, 3, true]"),
        ("UnhandledCriticalExtensions", "[[1, 2, 3, 9]]"),
        ("[Version, SignatureAlgorithm, PublicKeyAlgorithm, PublicKey.E]", "[3, 4, 1, 65537]"),
    ] {
        let found = Expression::parse(path, Dialect::Standard).unwrap();
        let found = found.search(&full, &mut Env::default()).unwrap().into_owned();
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(found, expected, "{path}");
    }
    let request = decode(certificates[1]).unwrap();
    assert_eq!(request.dig_str(&["Subject", "CommonName"]), Some("r"));
    assert_eq!(decode(certificates[3]), Err("certificate should use rsa algorithm".into()));
}

#[test]
fn broken_certificates_are_errors_and_nothing_panics() {
    for text in certificates() {
        for at in (0..text.len()).step_by(7) {
            let mut broken = text.as_bytes().to_vec();
            broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
            let _ = decode(std::str::from_utf8(&broken).unwrap());
            let _ = decode(&text[..at]);
        }
    }
    let other = "-----BEGIN X-----\nZm9v\n-----END X-----\n";
    assert_eq!(decode(other), Err("PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST".into()));
    assert_eq!(decode("nothing"), Err("failed to decode PEM block".into()));
}
