//! Where something is written, for people.

use std::sync::Arc;

use ironhull_finding::Evidence;
use ironhull_value::Path;
use ironhull_world::Object;

/// `netpol.yaml:12` for a field in a file; `NetworkPolicy shop/web spec.ingress[0]` where there is no text.
pub fn place(object: &Arc<Object>, path: &Path) -> String {
    match Evidence::new(object, path.clone()).place() {
        Some(place) => format!("{}:{}", place.source.name(), place.start.line),
        None => format!("{} {path}", object.key),
    }
}
