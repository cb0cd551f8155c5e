//! An authority of our own, for webhooks without cert-manager.

use std::fmt;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use time::OffsetDateTime;

use crate::tls::validity;
use crate::{CertificateError, Identity};

/// A clock that is a little slow must not refuse a new certificate. Of a short life it is the tenth part, or the
/// certificate would be due before it begins.
const SLACK: Duration = Duration::from_hours(1);

/// How long certificates are good for, and how long before their end new ones are made.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Of the authority.
    pub authority: Duration,
    /// Of a server's certificate.
    pub server: Duration,
}

impl Default for Lifetimes {
    /// A year and 90 days.
    fn default() -> Self {
        Self { authority: Duration::from_hours(365 * 24), server: Duration::from_hours(90 * 24) }
    }
}

impl Lifetimes {
    /// When what begins and ends then is to be made anew: when a third of its life is left.
    pub fn renewal(not_before: i64, not_after: i64) -> i64 {
        not_after - (not_after - not_before) / 3
    }

    /// Whether what begins and ends then is to be made anew at a moment. It is as well when it has not begun: then the
    /// clock went back, and nobody who looks at the same clock would take it.
    pub fn is_due(not_before: i64, not_after: i64, now: i64) -> bool {
        now < not_before || now >= Self::renewal(not_before, not_after)
    }
}

/// An authority: its certificate and its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The certificate as PEM: what a `caBundle` holds.
    pub certificate: String,
    /// When it begins, in seconds since 1970.
    pub not_before: i64,
    /// When it ends.
    pub not_after: i64,
}

impl fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// A server's certificate with its key, as PEM. What holds it must not show it.
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
    /// Both, ready to be shown.
    pub identity: Identity,
}

impl fmt::Debug for Issued {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new one. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// When there is no randomness to make a key of.
    pub fn new(now: i64, lifetimes: Lifetimes) -> Result<Self, CertificateError> {
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        // The serial in the name keeps authorities apart that stand in one bundle.
        name.push(DnType::CommonName, format!("ironhull-authority-{now}"));
        params.distinguished_name = name;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        (params.not_before, params.not_after) = span(now, lifetimes.authority);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Self::of(certificate, key)
    }

    /// One that was made before.
    ///
    /// # Errors
    /// When it cannot be read, is not one of an authority, or the key is of another.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, CertificateError> {
        let key = KeyPair::from_pem(key).map_err(|_| CertificateError::NoKey)?;
        Self::of(certificate.to_owned(), key)
    }

    fn of(certificate: String, key: KeyPair) -> Result<Self, CertificateError> {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|_| CertificateError::NoCertificate)?;
        let (not_before, not_after) = validity(&der)?;
        belongs(&der, &key)?;
        let issuer = Issuer::from_ca_cert_pem(&certificate, key)?;
        Ok(Self { issuer, certificate, not_before, not_after })
    }

    /// Its key as PEM, to be kept where nobody else reads.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// A certificate for a server with these names and addresses.
    ///
    /// # Errors
    /// When a name is none.
    pub fn issue(
        &self,
        names: &[String],
        now: i64,
        lifetimes: Lifetimes,
    ) -> Result<Issued, CertificateError> {
        let mut params = CertificateParams::new(names.to_vec())?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "ironhull");
        params.distinguished_name = name;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = span(now, lifetimes.server);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        let key = key.serialize_pem();
        let identity = Identity::from_pem(certificate.as_bytes(), key.as_bytes())?;
        Ok(Issued { certificate, key, identity })
    }
}

/// Whether the certificate is an authority's and the key belongs to it. What others would issue no client trusts.
fn belongs(certificate: &[u8], key: &KeyPair) -> Result<(), CertificateError> {
    let (_, parsed) =
        x509_parser::parse_x509_certificate(certificate).map_err(|_| CertificateError::Certificate)?;
    if !parsed.is_ca() {
        return Err(CertificateError::NotAnAuthority);
    }
    if parsed.public_key().raw != key.subject_public_key_info() {
        return Err(CertificateError::Key("it belongs to another certificate".to_owned()));
    }
    Ok(())
}

fn span(now: i64, length: Duration) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::from_unix_timestamp(now).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    (now - SLACK.min(length / 10), now + length)
}
