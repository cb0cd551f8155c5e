//! CL011

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::Object;

use super::shared::{is_empty_list, is_tool_file};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds objects that have neither a `metadata.name` nor a `metadata.generateName`, or one that is not
    /// text. Lists, access reviews, which need no name, and files of tools (kustomizations, kubeconfigs,
    /// test suites) are left out.
    ///
    /// ## Why it matters
    /// A cluster refuses the object, and what refers to it by name finds nothing. The mistake shows at the
    /// first attempt: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {namespace: shop}
    /// data: {debug: "off"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings, namespace: shop}
    /// data: {debug: "off"}
    /// ```
    ///
    /// ## How to fix
    /// Give the object a name. A name that looks like a number, a date or a truth value needs quotes.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
    /// - <https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values>
    pub static MISSING_NAME = {
        id: "CL011",
        name: "missing-name",
        title: "An object has no name",
        severity: Low,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::AnyObject(check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if is_tool_file(object) || is_empty_list(object) {
        return judge.skip("this is for a tool and no object of a cluster");
    }
    if matches!(object.key.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io") {
        return judge.skip("a review is not kept and needs no name");
    }
    let field = |name: &str| object.value.dig(&["metadata", name]);
    let has_text = |name| field(name).and_then(|value| value.as_str()).is_some_and(|text| !text.is_empty());
    if has_text("name") {
        return;
    }
    let path = Path::root().keys(&["metadata", "name"]);
    let kind = &object.key.kind;
    match field("name") {
        // The API server cannot decode this, generateName or not.
        Some(value) if value.as_str().is_none() => {
            let message = format!("the name of the {kind} is not text; its type is {}", value.kind().name());
            judge.fail(path, message).with_fix(Fix::manual("Put the name in quotes"));
        }
        _ if has_text("generateName") => {}
        _ => {
            judge
                .fail(path, format!("the {kind} has no name"))
                .with_fix(Fix::manual("Give the object a metadata.name"));
        }
    }
}
