//! Which certificate is shown, and changing it while connections are open.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig, version};

use crate::CertificateError;

/// A certificate with its key, checked to belong together.
#[derive(Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    /// When it ends, in seconds since 1970.
    pub not_after: i64,
    /// When it begins, in seconds since 1970.
    pub not_before: i64,
}

impl fmt::Debug for Identity {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl Identity {
    /// From PEM: the certificate and what leads to the authority, and the key.
    ///
    /// # Errors
    /// When there is none, or they do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::Certificate)?;
        let first = chain.first().ok_or(CertificateError::NoCertificate)?;
        let (not_before, not_after) = validity(first)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &provider())
            .map_err(|error| CertificateError::Key(error.to_string()))?;
        Ok(Self { key: Arc::new(key), not_after, not_before })
    }

    /// Whether clients take it now, in seconds since 1970. It may be shown either way: the clock that counts is
    /// the client's.
    ///
    /// # Errors
    /// When it ended or has not begun.
    pub fn check(&self, now: i64) -> Result<(), CertificateError> {
        if now > self.not_after {
            return Err(CertificateError::Expired { ago: now - self.not_after });
        }
        if now < self.not_before {
            return Err(CertificateError::NotYet { ahead: self.not_before - now });
        }
        Ok(())
    }
}

/// When the first certificate of a PEM text begins and ends, in seconds since 1970.
///
/// # Errors
/// When there is none in it.
pub fn lifetime_of(pem: &str) -> Result<(i64, i64), CertificateError> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| CertificateError::NoCertificate)?;
    validity(&der)
}

/// When a certificate begins and ends, in seconds since 1970.
pub(crate) fn validity(certificate: &[u8]) -> Result<(i64, i64), CertificateError> {
    let (_, parsed) =
        x509_parser::parse_x509_certificate(certificate).map_err(|_| CertificateError::Certificate)?;
    let validity = parsed.validity();
    Ok((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

/// The certificate that is shown to new connections, and whose certificates clients may show. Connections that are
/// open keep theirs.
#[derive(Clone, Default)]
pub struct Certificates {
    shown: Arc<ArcSwapOption<Identity>>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("shown", &self.current()).finish_non_exhaustive()
    }
}

impl Certificates {
    /// None yet: every handshake fails until there is one.
    pub fn none() -> Self {
        Self::default()
    }

    /// Knows clients by the certificates of these authorities (PEM). Who shows none may still connect, and is told
    /// apart by [`Exchange::is_known`](crate::Exchange::is_known); one of another authority ends the handshake.
    ///
    /// # Errors
    /// When there is no authority in it.
    pub fn knowing(self, authorities: &[u8]) -> Result<Self, CertificateError> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authorities) {
            let authority = authority.map_err(|_| CertificateError::Certificate)?;
            roots.add(authority).map_err(|_| CertificateError::NotAnAuthority)?;
        }
        if roots.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider()));
        let verifier =
            verifier.allow_unauthenticated().build().map_err(|_| CertificateError::NotAnAuthority)?;
        Ok(Self { clients: Some(verifier), ..self })
    }

    /// Shows this one from now on.
    pub fn set(&self, identity: Identity) {
        self.shown.store(Some(Arc::new(identity)));
    }

    /// The one that is shown.
    pub fn current(&self) -> Option<Arc<Identity>> {
        self.shown.load_full()
    }

    /// TLS 1.3 and nothing older, with HTTP/2 where the client can do it.
    pub(crate) fn config(&self) -> Result<Arc<ServerConfig>, rustls::Error> {
        let config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&version::TLS13])?;
        let config = match &self.clients {
            Some(clients) => config.with_client_cert_verifier(Arc::clone(clients)),
            None => config.with_no_client_auth(),
        };
        let mut config = config.with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.shown.load().as_ref().map(|identity| Arc::clone(&identity.key))
    }
}

/// The one place that chooses who does the cryptography.
pub(crate) fn provider() -> rustls::crypto::CryptoProvider {
    rustls::crypto::ring::default_provider()
}
