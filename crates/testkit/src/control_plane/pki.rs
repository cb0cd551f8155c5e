//! The authority of one control plane and what it signs.

use std::fs::{self, Permissions};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::certificate;
use super::error::{ControlPlaneError, Tried as _};

const AUTHORITY: &str = "ironhull-test-authority";

/// Keys live in the control plane's folder and nowhere else.
pub(super) struct Pki {
    issuer: Issuer<'static, KeyPair>,
    authority: CertificateDer<'static>,
}

/// Never shows a key.
impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pki").finish_non_exhaustive()
    }
}

/// A key with a certificate that says who it is.
pub(super) struct Identity {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
    key_pem: String,
}

impl Pki {
    /// Makes the authority, the API server's certificate and the key of service accounts, as files in `dir`.
    pub(super) fn make(dir: &Path) -> Result<Self, ControlPlaneError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, AUTHORITY);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        write(dir, "authority.crt", &certificate.pem())?;
        write(dir, "authority.key", &key.serialize_pem())?;
        let pki = Self { authority: certificate.der().clone(), issuer: Issuer::new(params, key) };
        pki.serve(dir)?;
        let accounts = KeyPair::generate()?;
        write(dir, "service-accounts.key", &accounts.serialize_pem())?;
        write(dir, "service-accounts.pub", &accounts.public_key_pem())?;
        Ok(pki)
    }

    fn serve(&self, dir: &Path) -> Result<(), ControlPlaneError> {
        let names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
        let mut params = CertificateParams::new(names.map(str::to_owned))?;
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        write(dir, "api-server.crt", &params.signed_by(&key, &self.issuer)?.pem())?;
        write(dir, "api-server.key", &key.serialize_pem())?;
        Ok(())
    }

    /// A new client certificate.
    pub(super) fn identity(&self, user: &str, groups: &[&str]) -> Result<Identity, ControlPlaneError> {
        let key = KeyPair::generate()?;
        let certificate = certificate::client(user, groups, &key, AUTHORITY, self.issuer.key())?;
        Ok(Identity {
            certificate: certificate.into(),
            key_pem: key.serialize_pem(),
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        })
    }

    pub(super) fn authority(&self) -> &CertificateDer<'static> {
        &self.authority
    }

    #[expect(clippy::unused_self, reason = "the file is there because this is")]
    pub(super) fn authority_file(&self, dir: &Path) -> PathBuf {
        dir.join("authority.crt")
    }
}

impl Identity {
    /// Writes certificate and key as PEM; where they are.
    pub(super) fn write(&self, dir: &Path, name: &str) -> Result<(PathBuf, PathBuf), ControlPlaneError> {
        let certificate = pem("CERTIFICATE", &self.certificate);
        Ok((
            write(dir, &format!("{name}.crt"), &certificate)?,
            write(dir, &format!("{name}.key"), &self.key_pem)?,
        ))
    }
}

/// Writes a file that only its owner may read.
pub(super) fn write(dir: &Path, name: &str, text: &str) -> Result<PathBuf, ControlPlaneError> {
    let path = dir.join(name);
    fs::write(&path, text)
        .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o600)))
        .tried(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}
