//! Making certificates, reading them, and what is said of those that are wrong.

use std::time::Duration;

use ironhull_server::{Authority, CertificateError, Certificates, Identity, Lifetimes, Limits};

use crate::client::{One, Trust, Two, whole};
use crate::tester::{NAME, bare, now, start, with};

/// Some of a key in PEM, to be looked for where it must not be.
fn pieces(key: &str) -> Vec<&str> {
    key.lines().filter(|line| !line.starts_with("-----") && line.len() >= 8).collect()
}

#[track_caller]
fn hides(error: &CertificateError, key: &str) {
    for said in [error.to_string(), format!("{error:?}")] {
        for piece in pieces(key) {
            assert!(!said.contains(piece) && !said.contains(&piece[..8]), "{said}");
        }
    }
}

fn names() -> Vec<String> {
    vec![NAME.to_owned(), "127.0.0.1".to_owned()]
}

#[tokio::test]
async fn a_client_verifies_by_name_and_by_address() {
    let running = start(Limits::default()).await;
    let trust = Trust::new(&running.authority.certificate);
    for name in [NAME, "127.0.0.1"] {
        trust.connect(running.address, name).await.unwrap();
    }
    let error = trust.connect(running.address, "other.ironhull-system.svc").await.unwrap_err();
    assert!(error.to_string().contains("not valid for"), "{error}");
    let stranger = Authority::new(now(), Lifetimes::default()).unwrap();
    let error = Trust::new(&stranger.certificate).connect(running.address, NAME).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn no_certificate_yet_fails_the_handshake_and_nothing_else() {
    let running = bare(Limits::default(), true).await;
    let trust = Trust::new(&running.authority.certificate);
    for _ in 0..3 {
        trust.connect(running.address, NAME).await.unwrap_err();
    }
    assert!(running.certificates.current().is_none());
    running.show_a_new_one();
    let answer = Two::open(&running).await.post("/", whole("now")).await.unwrap();
    assert_eq!(answer.text(), "now");
}

#[tokio::test]
async fn an_expired_certificate_is_refused_by_clients_and_named_here() {
    let running = bare(Limits::default(), true).await;
    let lifetimes = Lifetimes { server: Duration::from_hours(1), ..Lifetimes::default() };
    let then = now() - 7200;
    let issued = running.authority.issue(&names(), then, lifetimes).unwrap();
    let error = issued.identity.check(now()).unwrap_err();
    assert!(matches!(error, CertificateError::Expired { .. }), "{error:?}");
    assert!(issued.identity.check(then).is_ok());
    assert!(matches!(issued.identity.check(then - 7200), Err(CertificateError::NotYet { .. })));
    hides(&error, &issued.key);
    running.certificates.set(issued.identity);
    let trust = Trust::new(&running.authority.certificate);
    let error = trust.connect(running.address, NAME).await.unwrap_err();
    assert!(error.to_string().contains("expired"), "{error}");
}

#[test]
fn wrong_certificates_and_keys_are_errors_without_the_key() {
    let authority = Authority::new(now(), Lifetimes::default()).unwrap();
    let issue = || authority.issue(&names(), now(), Lifetimes::default()).unwrap();
    let (one, other) = (issue(), issue());
    let cut = &one.key[..one.key.len() / 2];
    let garbled = one.key.replacen(|letter: char| letter.is_ascii_lowercase(), "!", 3);
    let shuffled: String = {
        let (head, tail) = one.key.split_at(40);
        format!("{head}AAAA{tail}")
    };
    let broken = one.certificate.replacen("MII", "MXX", 1);
    let cases: [(&str, &str, &str, bool); 10] = [
        ("key of another", &one.certificate, &other.key, false),
        ("no key", &one.certificate, "", false),
        ("certificate for a key", &one.certificate, &one.certificate, false),
        ("half a key", &one.certificate, cut, false),
        ("garbled key", &one.certificate, &garbled, false),
        ("key with more in it", &one.certificate, &shuffled, false),
        ("no certificate", "", &one.key, false),
        ("key for a certificate", &one.key, &one.key, false),
        ("broken certificate", &broken, &one.key, false),
        ("right", &one.certificate, &one.key, true),
    ];
    for (what, certificate, key, is_right) in cases {
        match Identity::from_pem(certificate.as_bytes(), key.as_bytes()) {
            Ok(identity) => {
                assert!(is_right, "{what}");
                for piece in pieces(key) {
                    assert!(!format!("{identity:?}").contains(piece));
                }
            }
            Err(error) => {
                assert!(!is_right, "{what}: {error}");
                hides(&error, &one.key);
                hides(&error, &other.key);
            }
        }
    }
    assert!(!format!("{one:?} {authority:?}").contains("PRIVATE"));
}

#[test]
fn an_authority_can_be_kept_and_read_again() {
    let made = Authority::new(now(), Lifetimes::default()).unwrap();
    let read = Authority::from_pem(&made.certificate, &made.key()).unwrap();
    assert_eq!((read.not_before, read.not_after), (made.not_before, made.not_after));
    assert_eq!((&read.certificate, read.key()), (&made.certificate, made.key()));
    for said in [format!("{made:?}"), format!("{read:?}")] {
        assert!(pieces(&made.key()).iter().all(|piece| !said.contains(piece)));
    }
}

#[tokio::test]
async fn what_a_read_authority_issues_verifies() {
    let running = bare(Limits::default(), true).await;
    let kept = &running.authority;
    let read = Authority::from_pem(&kept.certificate, &kept.key()).unwrap();
    let issued = read.issue(&names(), now(), Lifetimes::default()).unwrap();
    running.certificates.set(issued.identity);
    assert_eq!(Two::open(&running).await.post("/", whole("ok")).await.unwrap().text(), "ok");
}

#[test]
fn what_is_no_authority_is_not_read_as_one() {
    let one = Authority::new(now(), Lifetimes::default()).unwrap();
    let other = Authority::new(now(), Lifetimes::default()).unwrap();
    let server = one.issue(&names(), now(), Lifetimes::default()).unwrap();
    let error = Authority::from_pem(&one.certificate, &other.key()).unwrap_err();
    assert!(matches!(error, CertificateError::Key(_)), "{error}");
    hides(&error, &other.key());
    let error = Authority::from_pem(&server.certificate, &server.key).unwrap_err();
    assert!(matches!(error, CertificateError::NotAnAuthority), "{error}");
    assert!(matches!(Authority::from_pem("", &one.key()), Err(CertificateError::NoCertificate)));
    assert!(matches!(Authority::from_pem(&one.certificate, "x"), Err(CertificateError::NoKey)));
}

#[test]
fn a_name_that_is_none_is_an_error() {
    let authority = Authority::new(now(), Lifetimes::default()).unwrap();
    assert!(authority.issue(&["bücher.example".to_owned()], now(), Lifetimes::default()).is_err());
}

#[test]
fn lifetimes_and_when_to_renew() {
    let at = 1_700_000_000;
    let lifetimes = Lifetimes { authority: Duration::from_hours(48), server: Duration::from_hours(20) };
    let authority = Authority::new(at, lifetimes).unwrap();
    assert_eq!((authority.not_before, authority.not_after), (at - 3600, at + 48 * 3600));
    let issued = authority.issue(&names(), at, lifetimes).unwrap().identity;
    assert_eq!((issued.not_before, issued.not_after), (at - 3600, at + 20 * 3600));
    // 21 hours from begin to end: seven are left.
    assert_eq!(Lifetimes::renewal(issued.not_before, issued.not_after), at + 13 * 3600);
    let usual = Lifetimes::default();
    assert!(usual.server < usual.authority);
}

/// A certificate for a client, and its key, of an authority of its own, which goes first.
fn client_of(name: &str) -> (String, String, String) {
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap().pem();
    (authority, certificate, key.serialize_pem())
}

#[tokio::test]
async fn clients_are_known_by_their_certificates() {
    let (authority, certificate, key) = client_of("clients");
    let certificates = Certificates::none().knowing(authority.as_bytes()).unwrap();
    let running = with(Limits::default(), true, certificates).await;
    running.show_a_new_one();
    let trust = || Trust::new(&running.authority.certificate).http1();
    for (trust, is_known) in [(trust(), false), (trust().showing(&certificate, &key), true)] {
        let stream = trust.connect(running.address, NAME).await.unwrap();
        let answer = One::over(stream).await.unwrap().post("/about", whole("")).await.unwrap();
        assert_eq!(answer.text().ends_with(" known"), is_known, "{}", answer.text());
    }
    // One of a stranger's authority is not taken for none.
    let (_, certificate, key) = client_of("strangers");
    let asked = async {
        let stream = trust().showing(&certificate, &key).connect(running.address, NAME).await.ok()?;
        One::over(stream).await.ok()?.post("/about", whole("")).await.ok()
    };
    assert!(asked.await.is_none());
    for bad in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(Certificates::none().knowing(bad.as_bytes()).is_err(), "{bad}");
    }
}
