//! Where it is sent, and whom it trusts.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Uri;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::LoadError;

/// Whose certificate is taken.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Those of an authority whose certificate is in a PEM file.
    Authority(PathBuf),
    /// Anyone's, on loopback only.
    Loopback,
}

/// Where reviews are sent.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) uri: Uri,
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    pub(crate) is_http1: bool,
}

impl Target {
    /// From `https://host:port/path`. `http://` is for loopback only.
    ///
    /// # Errors
    /// When it is no such URL, its host has no address, or the trust is not enough for it.
    pub fn new(url: &str, trust: &Trust, is_http1: bool) -> Result<Self, LoadError> {
        let wrong = |why: &str| LoadError::Url { url: url.to_owned(), why: why.to_owned() };
        let uri: Uri = url.parse().map_err(|_| wrong("not a URL"))?;
        let host = uri.host().ok_or_else(|| wrong("there is no host in it"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let is_protected = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("it must begin with https:// or http://")),
        };
        let port = uri.port_u16().unwrap_or(if is_protected { 443 } else { 80 });
        let addresses = (host.as_str(), port).to_socket_addrs();
        let address = addresses.ok().and_then(|mut addresses| addresses.next());
        let address = address.ok_or_else(|| wrong("its host has no address"))?;
        let is_weak = !is_protected || matches!(trust, Trust::Loopback);
        if is_weak && !address.ip().is_loopback() {
            return Err(wrong("without TLS and the authority's certificate (--ca) it must be on loopback"));
        }
        let tls = if is_protected {
            let name = ServerName::try_from(host).map_err(|_| wrong("its host is no name"))?;
            Some((Arc::new(config(trust, is_http1)?), name))
        } else {
            None
        };
        Ok(Self { uri, address, tls, is_http1 })
    }
}

fn config(trust: &Trust, is_http1: bool) -> Result<ClientConfig, LoadError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?;
    let config = match trust {
        Trust::Authority(path) => config.with_root_certificates(roots(path)?),
        Trust::Loopback => config.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider))),
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![if is_http1 { b"http/1.1".to_vec() } else { b"h2".to_vec() }];
    Ok(config)
}

fn roots(path: &Path) -> Result<RootCertStore, LoadError> {
    let pem = fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| LoadError::Authority(path.to_owned()))?;
        roots.add(certificate)?;
    }
    if roots.is_empty() {
        return Err(LoadError::Authority(path.to_owned()));
    }
    Ok(roots)
}

/// Takes any certificate, and still checks that who shows it has its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_trust_is_for_loopback_only() {
        for url in ["https://192.0.2.1:443/", "http://192.0.2.1/"] {
            let error = Target::new(url, &Trust::Loopback, false).unwrap_err().to_string();
            assert!(error.contains("loopback"), "{error}");
        }
        for url in ["https://127.0.0.1:9443/validate", "http://127.0.0.1:1/", "https://[::1]:9443/"] {
            Target::new(url, &Trust::Loopback, false).unwrap();
        }
        for url in ["127.0.0.1:9443", "ftp://127.0.0.1/", "", "https://"] {
            Target::new(url, &Trust::Loopback, false).unwrap_err();
        }
    }
}
