//! TLS with the authority of the kubeconfig.
//!
//! The key and the certificates in `tls/` were made for these tests, are valid for 100 years for 127.0.0.1
//! and are used for nothing else.

use std::sync::Arc;

use ironhull_kube::{KubeError, list};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::server::{Server, healthy};

fn server() -> Server {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    Server::with_tls(Some(Arc::new(config.unwrap())), healthy(|_| None))
}

fn authority(name: &str) -> String {
    format!(", certificate-authority: '{}/tests/it/tls/{name}'", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_authority_of_the_kubeconfig_is_trusted() {
    let server = server();
    let mut options = server.options(&[("", "Pod")]);
    options.kubeconfig = Some(server.kubeconfig(&authority("authority.pem"), "{token: t}"));
    assert_eq!(list(&options, &|_, _| {}).unwrap().objects.len(), 1);
}

#[test]
fn another_authority_is_not() {
    let server = server();
    let mut options = server.options(&[("", "Pod")]);
    for cluster in [authority("other-authority.pem"), String::new()] {
        options.kubeconfig = Some(server.kubeconfig(&cluster, "{token: t}"));
        let error = list(&options, &|_, _| {}).unwrap_err();
        assert!(matches!(error, KubeError::Connect { .. }), "{error:?}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}

#[test]
fn an_authority_that_is_missing_is_told() {
    let server = server();
    let mut options = server.options(&[]);
    options.kubeconfig = Some(server.kubeconfig(&authority("gone.pem"), "{}"));
    let error = list(&options, &|_, _| {}).unwrap_err().to_string();
    assert!(error.contains("gone.pem: No such file"), "{error}");
}
