//! Any bytes can be read, every diagnostic has a position, every field can be located.
#![no_main]

use ironhull_manifest::{Limits, read};
use ironhull_value::{Interner, Path, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parsed = read("fuzz", bytes, &Limits::default(), &mut Interner::new());
    for diagnostic in &parsed.diagnostics {
        let _ = parsed.source.position(diagnostic.span.start);
    }
    for document in &parsed.documents {
        walk(document, &document.value, &Path::root(), &mut 1000);
    }
});

fn walk(document: &ironhull_manifest::Document, value: &Value, path: &Path, budget: &mut usize) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    assert_eq!(document.locate(path).depth, path.segments().len());
    for (key, value) in value.as_map().into_iter().flat_map(|map| map.iter()) {
        walk(document, value, &path.child(key.as_str()), budget);
    }
    for (index, value) in value.as_array().unwrap_or_default().iter().enumerate() {
        walk(document, value, &path.child(index), budget);
    }
}
