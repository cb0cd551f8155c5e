//! Clusters from folders of manifests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironhull_manifest::{Document, Limits, read_owned};
use ironhull_value::{Interner, Value};
use ironhull_world::{Carriers, Catalog, World, objects_of};

/// The manifests below a folder, as one cluster. Files that are not YAML or JSON are left out.
pub(crate) fn of_folder(folder: &Path) -> World {
    let mut files = Vec::new();
    walk(folder, &mut files);
    files.sort();
    let mut interner = Interner::new();
    let mut documents = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file).expect("a fixture can be read");
        let name = file.display().to_string();
        documents.extend(
            read_owned(name, bytes, &Limits::default(), &mut interner).documents.into_iter().map(Arc::new),
        );
    }
    of_documents(&documents)
}

/// A JSON text.
pub(crate) fn value(text: &str) -> Value {
    let parsed = read_owned("line", text.as_bytes().to_vec(), &Limits::default(), &mut Interner::new());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.documents.into_iter().next().expect("a document").value
}

/// A cluster from the text of a JSON list of objects.
pub(crate) fn of_list(objects: &str) -> World {
    let text = format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":{objects}}}");
    let parsed = read_owned("list", text.into_bytes(), &Limits::default(), &mut Interner::new());
    of_documents(&parsed.documents.into_iter().map(Arc::new).collect::<Vec<_>>())
}

fn of_documents(documents: &[Arc<Document>]) -> World {
    let mut catalog = Catalog::new();
    for document in documents {
        catalog.learn(&document.value);
    }
    let objects: Vec<_> =
        documents.iter().flat_map(|document| objects_of(document, None, "", &catalog).objects).collect();
    World::from_files(objects, Carriers::default())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path
            .extension()
            .is_some_and(|ext| ["yaml", "yml", "json"].iter().any(|known| ext == *known))
        {
            files.push(path);
        }
    }
}

/// A cluster from the text of one file.
pub(crate) fn of_text(name: &str, text: &str) -> World {
    let parsed =
        read_owned(name.to_owned(), text.as_bytes().to_vec(), &Limits::default(), &mut Interner::new());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    of_documents(&parsed.documents.into_iter().map(Arc::new).collect::<Vec<_>>())
}
