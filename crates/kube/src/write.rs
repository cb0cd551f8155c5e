//! Writing.

use http::Method;
use ironhull_value::{Interner, Value};

use crate::Cluster;
use crate::api::{Call, JSON};
use crate::failure::Failure;
use crate::path::ResourcePath;

/// How something is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// Everything is checked and nothing is stored.
    pub dry_run: bool,
    /// With [`Cluster::apply`]: fields that belong to another are taken from it. Without it they are a
    /// conflict.
    pub force: bool,
}

/// How something is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Everything is checked and nothing is deleted.
    pub dry_run: bool,
    /// Only the object with this uid; another of the same name is a conflict.
    pub uid: Option<String>,
    /// Only if it was not changed since this resource version; else it is a conflict.
    pub resource_version: Option<String>,
    /// `Background`, `Foreground` or `Orphan`; none for what the kind does by itself.
    pub propagation: Option<&'static str>,
}

/// Each returns the object as it is now. A write is sent once: after [`Failure::is_connection`] it is not
/// known whether it was done.
impl Cluster {
    /// Makes an object. `path` is that of its collection. Also the way to ask for a review, whose answer is
    /// in the `status`, and to write a subresource such as `eviction`.
    pub async fn create(&self, path: &ResourcePath, object: &Value, write: Write) -> Result<Value, Failure> {
        self.write(Method::POST, path, JSON, object, write).await
    }

    /// Replaces an object, or its subresource. With a `resourceVersion` in its metadata only that one.
    pub async fn replace(&self, path: &ResourcePath, object: &Value, write: Write) -> Result<Value, Failure> {
        self.write(Method::PUT, path, JSON, object, write).await
    }

    /// Changes an object by a JSON merge patch (RFC 7386).
    pub async fn merge_patch(
        &self,
        path: &ResourcePath,
        patch: &Value,
        write: Write,
    ) -> Result<Value, Failure> {
        self.write(Method::PATCH, path, "application/merge-patch+json", patch, write).await
    }

    /// Changes an object by a JSON patch (RFC 6902): a list of operations.
    pub async fn json_patch(
        &self,
        path: &ResourcePath,
        patch: &Value,
        write: Write,
    ) -> Result<Value, Failure> {
        self.write(Method::PATCH, path, "application/json-patch+json", patch, write).await
    }

    /// Server-side apply: the fields of `object` become ours, fields that were ours and are not in it go.
    /// Makes the object if it does not exist. `object` must have `apiVersion` and `kind`.
    pub async fn apply(&self, path: &ResourcePath, object: &Value, write: Write) -> Result<Value, Failure> {
        // JSON is YAML.
        self.write(Method::PATCH, path, "application/apply-patch+yaml", object, write).await
    }

    /// Changes the status of an object by a JSON merge patch, `{"status": …}`.
    pub async fn patch_status(
        &self,
        path: &ResourcePath,
        patch: &Value,
        write: Write,
    ) -> Result<Value, Failure> {
        self.merge_patch(&path.clone().with_subresource("status"), patch, write).await
    }

    /// Deletes an object. Returns the object, which may stay until its finalizers are gone, or a `Status`.
    pub async fn delete(&self, path: &ResourcePath, deletion: &Deletion) -> Result<Value, Failure> {
        if path.name.is_none() {
            // The server would delete the whole collection.
            return Err(Failure::Request("a deletion without a name".to_owned()));
        }
        let query = path.query()?;
        let body = serde_json::to_vec(&deletion.body()).map_err(|error| unwritable(&error))?;
        let call = Call { method: Method::DELETE, body: Some((JSON, body)), ..Call::get(&query, JSON) };
        self.0.api.call(&call, &mut Interner::new()).await
    }

    async fn write(
        &self,
        method: Method,
        path: &ResourcePath,
        kind: &'static str,
        value: &Value,
        write: Write,
    ) -> Result<Value, Failure> {
        let is_apply = kind == "application/apply-patch+yaml";
        let query = path
            .query()?
            .with_some("dryRun", write.dry_run.then_some("All"))
            .with("fieldManager", self.0.field_manager)
            .with_flag("force", is_apply && write.force);
        let body = serde_json::to_vec(value).map_err(|error| unwritable(&error))?;
        let call = Call { method, body: Some((kind, body)), ..Call::get(&query, JSON) };
        self.0.api.call(&call, &mut Interner::new()).await
    }
}

impl Deletion {
    fn body(&self) -> serde_json::Value {
        let mut body = serde_json::json!({ "apiVersion": "v1", "kind": "DeleteOptions" });
        if self.uid.is_some() || self.resource_version.is_some() {
            let mut preconditions = serde_json::Map::new();
            preconditions.extend(self.uid.clone().map(|uid| ("uid".to_owned(), uid.into())));
            let version = self.resource_version.clone();
            preconditions.extend(version.map(|version| ("resourceVersion".to_owned(), version.into())));
            body["preconditions"] = preconditions.into();
        }
        // With a body the server does not read the query.
        if self.dry_run {
            body["dryRun"] = serde_json::json!(["All"]);
        }
        if let Some(propagation) = self.propagation {
            body["propagationPolicy"] = propagation.into();
        }
        body
    }
}

fn unwritable(error: &serde_json::Error) -> Failure {
    Failure::Request(format!("it cannot be written as JSON (line {})", error.line()))
}
