//! SC003

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds environment variables from a Secret: `valueFrom.secretKeyRef` and `envFrom` with `secretRef`.
    ///
    /// ## Why it matters
    /// Environment variables are inherited by every child process, end in crash dumps and debug pages, and
    /// keep their value when the Secret is rotated; a mounted file does not. Info: it is a habit to lose,
    /// and no hole by itself.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1
    ///     envFrom:
    ///     - secretRef: {name: db}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1
    ///     volumeMounts:
    ///     - {name: db, mountPath: /etc/db, readOnly: true}
    ///   volumes:
    ///   - name: db
    ///     secret: {secretName: db}
    /// ```
    ///
    /// ## How to fix
    /// Mount the Secret as a volume and read the file; many programs take the path in a variable `…_FILE`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/secrets-good-practices/>
    /// - <https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod>
    pub static SECRET_AS_ENV_VAR = {
        id: "SC003",
        name: "secret-as-env-var",
        title: "A Secret is passed as an environment variable",
        severity: Info,
        controls: [Cis "5.4.1"],
        aliases: [Kubescape "C-0207", Checkov "CKV_K8S_35", KubeLinter "read-secret-from-env-var"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let entries = |list: &str| container.value.dig_items(&[list]).iter().enumerate();
    let name_of =
        |reference: &Value| reference.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (index, entry) in entries("env") {
        let keys = ["valueFrom", "secretKeyRef"];
        let Some(reference) = entry.dig(&keys).filter(|reference| !reference.is_null()) else { continue };
        let variable = entry.get("name").and_then(Value::as_str).unwrap_or_default();
        let message = format!(
            "{} has Secret {:?} in the environment variable {variable:?}",
            container.label(),
            name_of(reference)
        );
        report(judge, container.path.child("env").child(index).keys(&keys), message);
    }
    for (index, entry) in entries("envFrom") {
        let Some(reference) = entry.get("secretRef").filter(|reference| !reference.is_null()) else {
            continue;
        };
        let message =
            format!("{} has all of Secret {:?} in its environment", container.label(), name_of(reference));
        report(judge, container.path.child("envFrom").child(index).child("secretRef"), message);
    }
}

fn report(judge: &mut Judge<'_>, path: Path, message: String) {
    judge.fail(path, message).with_fix(Fix::manual("Mount the Secret as a volume and read the file"));
}
