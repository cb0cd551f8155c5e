//! Certificates that something else keeps in files: cert-manager, or a Secret that is mounted.

use std::path::{Path, PathBuf};

use crate::{CertificateError, Identity};

/// The files of a mounted Secret of the type `kubernetes.io/tls`.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    dir: PathBuf,
    last: Option<(Vec<u8>, Vec<u8>)>,
}

impl CertificateFiles {
    /// Those in a directory: `tls.crt`, `tls.key` and, for the `caBundle`, `ca.crt`.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), last: None }
    }

    /// The certificate, if it is another one than the last time. What is half-written is an error that passes
    /// with the next try; the old certificate is shown until then.
    ///
    /// # Errors
    /// When the files cannot be read or do not belong together.
    pub fn changed(&mut self) -> Result<Option<Identity>, CertificateError> {
        let certificate = self.read("tls.crt")?;
        let key = self.read("tls.key")?;
        let now = (certificate, key);
        if self.last.as_ref() == Some(&now) {
            return Ok(None);
        }
        let identity = Identity::from_pem(&now.0, &now.1)?;
        self.last = Some(now);
        Ok(Some(identity))
    }

    /// The authority's certificate, if the directory has it.
    pub fn authority(&self) -> Option<String> {
        let bytes = self.read("ca.crt").ok()?;
        String::from_utf8(bytes).ok().filter(|text| text.contains("BEGIN CERTIFICATE"))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, CertificateError> {
        let path = self.dir.join(name);
        std::fs::read(&path).map_err(|source| CertificateError::Read { path, source })
    }
}
