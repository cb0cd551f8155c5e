//! SC005

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Secrets of the type `kubernetes.io/service-account-token`, be they written in a file or made
    /// by Kubernetes before 1.24 for every service account.
    ///
    /// ## Why it matters
    /// The API server fills such a Secret with a token that has no end, no audience and no pod it belongs
    /// to. A copy works until the Secret is deleted. Medium: it takes the right to read it, and is worth
    /// what the account is.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: ci-token
    ///   namespace: build
    ///   annotations: {kubernetes.io/service-account.name: ci}
    /// type: kubernetes.io/service-account-token
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: ci, namespace: build}
    /// spec:
    ///   serviceAccountName: ci
    ///   containers:
    ///   - name: ci
    ///     image: example.com/ci:1
    ///     volumeMounts: [{name: token, mountPath: /var/run/token}]
    ///   volumes:
    ///   - name: token
    ///     projected:
    ///       sources:
    ///       - serviceAccountToken: {path: token, audience: ci.example.com, expirationSeconds: 3600}
    /// ```
    ///
    /// ## How to fix
    /// Use a projected token in pods, `kubectl create token` for people, and the federation of identities
    /// of your CI system outside of the cluster. Then delete the Secret, which makes its token invalid.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#manual-secret-management-for-serviceaccounts>
    pub static LONG_LIVED_SERVICE_ACCOUNT_TOKEN = {
        id: "SC005",
        name: "long-lived-service-account-token",
        title: "A service account token never expires",
        severity: Medium,
        controls: [Nsa "service-account-tokens", Attack "T1528"],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::SECRET], check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if object.value.dig_str(&["type"]) != Some("kubernetes.io/service-account-token") {
        return;
    }
    let message = match object.annotation("kubernetes.io/service-account.name") {
        Some(account) => {
            format!("the Secret holds a token of service account {account:?} that never expires")
        }
        None => "the Secret holds a service account token that never expires".to_owned(),
    };
    judge
        .fail(Path::root().child("type"), message)
        .with_fix(Fix::manual("Use a projected token or the TokenRequest API, and delete the Secret"));
}
