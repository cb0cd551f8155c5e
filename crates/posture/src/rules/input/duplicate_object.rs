//! CL003

use std::sync::Arc;

use ironhull_finding::{Evidence, Fix};
use ironhull_value::Path;
use ironhull_world::{Object, ObjectRef};

use super::shared::is_tool_file;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds objects of the input with the group, kind, namespace and name of an object that was read
    /// before, be it in another file. Objects that only have a `generateName` are never the same, and files
    /// of tools (test suites, kustomizations) are left out.
    ///
    /// ## Why it matters
    /// What is applied last replaces the others, and the order is that of file names. A reader who finds
    /// the first one takes it for what is deployed. Low, because folders of overlays, one for each
    /// environment, look the same.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings, namespace: shop}
    /// data: {debug: "off"}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: settings, namespace: shop}
    /// data: {debug: "on"}
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
    /// Delete one of them, or scan each environment by itself.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
    pub static DUPLICATE_OBJECT = {
        id: "CL003",
        name: "duplicate-object",
        title: "An object is written more than once",
        severity: Low,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::AnyObject(check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if is_tool_file(object) {
        return judge.skip("this is for a tool and no object of a cluster");
    }
    let path = Path::root().keys(&["metadata", "name"]);
    // Without a name there is no identity to share.
    if object.value.dig_str(&["metadata", "name"]).is_none_or(str::is_empty) {
        return;
    }
    let world = judge.world;
    let earlier = |copy| world.object(&ObjectRef { copy, ..object.key.clone() });
    let Some(first) = (0..object.key.copy).find_map(earlier) else { return };
    let evidence = Evidence::new(first, path.clone());
    let place = evidence.place().map(|place| format!(" at {}:{}", place.source.name(), place.start.line));
    let source = |object: &Object| object.document().map(|(document, _)| document.source.name().clone());
    let cause = match (source(first), source(object)) {
        (Some(first), Some(here)) if first != here => format!("objects of {here} are also in {first}"),
        _ => "objects are written more than once in one file".to_owned(),
    };
    let message = format!("{} is written first{}", object.key, place.unwrap_or_else(|| " elsewhere".into()));
    judge
        .fail(path.clone(), message)
        .with_fix(Fix::manual("Delete one of the two, or scan them apart"))
        .also(first, path, "first written here")
        .with_cause(cause);
}
