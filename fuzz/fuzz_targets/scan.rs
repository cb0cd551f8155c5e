//! Every rule survives every object, and every finding can be placed and named.
#![no_main]

use std::sync::Arc;

use ironhull_manifest::{Limits, read};
use ironhull_value::Interner;
use ironhull_world::{Carriers, Catalog, World, objects_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parsed = read("fuzz", bytes, &Limits::default(), &mut Interner::new());
    let catalog = Catalog::new();
    let documents = parsed.documents.into_iter().map(Arc::new);
    let objects = documents.flat_map(|document| objects_of(&document, None, "", &catalog).objects);
    let world = World::from_files(objects.take(50), Carriers::default());
    let evaluation = ironhull_posture::evaluate(&world, ironhull_posture::ALL);
    for finding in evaluation.findings() {
        let _ = (finding.place(), finding.fingerprint());
    }
});
