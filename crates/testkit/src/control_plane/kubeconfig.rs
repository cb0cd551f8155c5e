//! Files that say where the API server is and who asks.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::client::{Client, expect};
use super::error::ControlPlaneError;
use super::{ControlPlane, pki};

/// Who may do everything: the group is bound by the API server itself and cannot be refused by RBAC.
const ADMIN: (&str, &[&str]) = ("kubernetes-admin", &["system:masters"]);

impl ControlPlane {
    /// A kubeconfig whose user may do everything.
    pub fn kubeconfig_admin(&self) -> Result<PathBuf, ControlPlaneError> {
        client(self, ADMIN.0, ADMIN.1)
    }

    /// A kubeconfig with a client certificate of this user in these groups (and `system:authenticated`).
    /// RBAC decides what it may do, which is next to nothing until a role is bound.
    pub fn kubeconfig_for(&self, user: &str, groups: &[&str]) -> Result<PathBuf, ControlPlaneError> {
        client(self, user, groups)
    }

    /// A kubeconfig with a token of one hour for a service account that is there.
    pub fn service_account_kubeconfig(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<PathBuf, ControlPlaneError> {
        let token = self.service_account_token(namespace, name)?;
        write(self, &format!("sa-{namespace}-{name}"), &json!({"token": token}))
    }

    /// A token of one hour, made by the TokenRequest API.
    pub fn service_account_token(&self, namespace: &str, name: &str) -> Result<String, ControlPlaneError> {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token");
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600},
        });
        let answer = expect(&path, self.client_admin()?.post(&path, &request)?)?;
        let token = answer.body.pointer("/status/token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| ControlPlaneError::Answer(format!("{path}: no token")))
    }

    /// A client that may do everything.
    pub fn client_admin(&self) -> Result<Client, ControlPlaneError> {
        self.client_for(ADMIN.0, ADMIN.1)
    }

    /// A client with a certificate of this user in these groups.
    pub fn client_for(&self, user: &str, groups: &[&str]) -> Result<Client, ControlPlaneError> {
        Client::new(self.address, self.pki.authority(), Some(self.pki.identity(user, groups)?), None)
    }

    /// A client with a token, of a service account for example.
    pub fn client_with_token(&self, token: String) -> Result<Client, ControlPlaneError> {
        Client::new(self.address, self.pki.authority(), None, Some(token))
    }
}

/// Two tests that write one file at a time would leave a key beside the certificate of another.
static WRITING: Mutex<()> = Mutex::new(());

/// Writes a kubeconfig with a new client certificate, once for each user and groups.
pub(super) fn client(
    plane: &ControlPlane,
    user: &str,
    groups: &[&str],
) -> Result<PathBuf, ControlPlaneError> {
    let name = file_name(user, groups);
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let written = plane.dir().join(format!("{name}.kubeconfig"));
    if written.exists() {
        return Ok(written);
    }
    let (certificate, key) = plane.pki.identity(user, groups)?.write(plane.dir(), &name)?;
    write(plane, &name, &json!({"client-certificate": certificate, "client-key": key}))
}

/// JSON is YAML, so kubectl reads it.
fn write(plane: &ControlPlane, name: &str, user: &Value) -> Result<PathBuf, ControlPlaneError> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "test",
            "cluster": {"server": plane.url(), "certificate-authority": plane.authority()},
        }],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    });
    pki::write(plane.dir(), &format!("{name}.kubeconfig"), &config.to_string())
}

/// One file for each user and groups. Characters that do not suit a file name become their number.
fn file_name(user: &str, groups: &[&str]) -> String {
    let mut out = String::from("user-");
    for c in [&[user], groups].concat().join(",").chars() {
        if c.is_ascii_alphanumeric() || c == '-' || c == '.' {
            out.push(c);
        } else {
            out += "_";
            out += &u32::from(c).to_string();
            out += "_";
        }
    }
    out
}
