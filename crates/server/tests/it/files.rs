//! Certificates that something else writes into files.

use std::fs;

use ironhull_server::{Authority, CertificateFiles, Issued, Lifetimes};

use crate::tester::{NAME, now};

fn issue(authority: &Authority) -> Issued {
    authority.issue(&[NAME.to_owned()], now(), Lifetimes::default()).unwrap()
}

#[test]
fn replaced_files_are_seen_once_they_are_whole() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let authority = Authority::new(now(), Lifetimes::default()).unwrap();
    let mut files = CertificateFiles::new(dir.path());
    let error = files.changed().unwrap_err().to_string();
    assert!(error.contains("tls.crt"), "{error}");

    let one = issue(&authority);
    put("tls.crt", &one.certificate);
    let error = files.changed().unwrap_err().to_string();
    assert!(error.contains("tls.key"), "{error}");
    put("tls.key", &one.key);
    let read = files.changed().unwrap().expect("it is new");
    assert_eq!(read.not_after, one.identity.not_after);
    assert!(files.changed().unwrap().is_none(), "it is the same");

    // Written in pieces, the certificate first, as a writer does that replaces nothing at once.
    let two = issue(&authority);
    for part in [0, 10, 100, two.certificate.len() - 30] {
        put("tls.crt", &two.certificate[..part]);
        files.changed().unwrap_err();
    }
    put("tls.crt", &two.certificate);
    files.changed().unwrap_err();
    for part in [0, 40, two.key.len() - 30] {
        put("tls.key", &two.key[..part]);
        let error = files.changed().unwrap_err();
        for line in two.key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!format!("{error} {error:?}").contains(line));
        }
    }
    put("tls.key", &two.key);
    assert!(files.changed().unwrap().is_some());
    assert!(files.changed().unwrap().is_none());

    // What comes back is new again.
    put("tls.crt", &one.certificate);
    put("tls.key", &one.key);
    assert!(files.changed().unwrap().is_some());
}

#[test]
fn a_chain_that_breaks_off_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let authority = Authority::new(now(), Lifetimes::default()).unwrap();
    let issued = issue(&authority);
    put("tls.key", &issued.key);
    let chain = format!("{}{}", issued.certificate, authority.certificate);
    put("tls.crt", &chain[..chain.len() - 60]);
    let mut files = CertificateFiles::new(dir.path());
    files.changed().unwrap_err();
    put("tls.crt", &chain);
    assert!(files.changed().unwrap().is_some());
}

#[test]
fn the_authority_beside_it_is_read_if_it_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::new(now(), Lifetimes::default()).unwrap();
    let files = CertificateFiles::new(dir.path());
    assert_eq!(files.authority(), None);
    fs::write(dir.path().join("ca.crt"), "").unwrap();
    assert_eq!(files.authority(), None);
    fs::write(dir.path().join("ca.crt"), &authority.certificate).unwrap();
    assert_eq!(files.authority(), Some(authority.certificate));
}
