//! SC001

use ironhull_finding::Fix;
use ironhull_value::Value;
use ironhull_world::Container;

use super::detect::{Why, literal};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds environment variables with a literal value that is a secret: the name says so (`DB_PASSWORD`,
    /// `API_KEY`, `AWS_SECRET_ACCESS_KEY`), or the value has the form of a known credential (a cloud or Git
    /// token, a private key, a JSON Web Token, a URL with a password). Placeholders, references such as
    /// `$(VAR)`, paths, URLs, truth values and numbers are no secrets. The value is never shown.
    ///
    /// ## Why it matters
    /// Whoever may read the manifest, the Git history or the pod has the credential; none of these is
    /// guarded as a Secret is, and it cannot be rotated without a new rollout. High: it is a working
    /// credential in plain text.
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
    ///     env:
    ///     - name: DB_PASSWORD
    ///       value: hunter2
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
    ///     env:
    ///     - name: DB_PASSWORD
    ///       valueFrom: {secretKeyRef: {name: db, key: password}}
    /// ```
    ///
    /// ## How to fix
    /// Put the value into a Secret that does not stand in Git in plain text, mount it or refer to it, and
    /// replace the credential: it has been seen.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/secrets-good-practices/>
    /// - <https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/>
    pub static LITERAL_SECRET_IN_ENV = {
        id: "SC001",
        name: "literal-secret-in-env",
        title: "A secret is written into an environment variable",
        severity: High,
        controls: [Nsa "secrets", Attack "T1552"],
        aliases: [Kubescape "C-0012", KubeLinter "env-var-secret", Polaris "sensitiveContainerEnvVar"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    for (index, entry) in container.value.dig_items(&["env"]).iter().enumerate() {
        let text = |field: &str| entry.get(field).and_then(Value::as_str);
        // An entry without name is refused by the API server.
        let (Some(name), Some(value)) = (text("name"), text("value")) else { continue };
        let what = match literal(name, value) {
            Some(Why::Name) => "a literal secret",
            Some(Why::Form(what)) => what,
            None => continue,
        };
        // The name stands for the entry, because the field that decides is the secret.
        let path = container.path.child("env").child(index).child("name");
        let message = format!("{} has {what} in the environment variable {name:?}", container.label());
        judge.fail(path, message).concealed().with_fix(Fix::manual(
            "Put the value into a Secret, refer to it by valueFrom.secretKeyRef or a volume, and replace it",
        ));
    }
}
