//! Worlds from text.

use std::sync::Arc;

use ironhull_manifest::{Document, Limits, read};
use ironhull_value::Interner;
use ironhull_world::{Carriers, Catalog, World, objects_of};

/// The documents of a text.
///
/// # Panics
/// When the text is not what kubectl would read: a test must not judge something else than it shows.
pub fn read_documents(name: &str, text: &str) -> Vec<Arc<Document>> {
    let parsed = read(name, text.as_bytes(), &Limits::default(), &mut Interner::new());
    assert!(parsed.diagnostics.is_empty(), "{name}: {:?}", parsed.diagnostics);
    parsed.documents.into_iter().map(Arc::new).collect()
}

/// The world of one text, as files make it.
///
/// # Panics
/// When the text is broken or a document is not an object.
pub fn world_of(name: &str, text: &str) -> World {
    let mut catalog = Catalog::new();
    let documents = read_documents(name, text);
    for document in &documents {
        catalog.learn(&document.value);
    }
    let objects = documents.iter().flat_map(|document| {
        let loaded = objects_of(document, None, "", &catalog);
        assert!(loaded.malformed.is_empty(), "{name}: {:?}", loaded.malformed[0].reason);
        loaded.objects
    });
    World::from_files(objects, Carriers::default())
}
