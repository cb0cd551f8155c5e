//! Any cluster gets an answer in every profile: no policy, however wrong, ends the analysis, and what is
//! listed can be written in every form.
#![no_main]

use std::sync::Arc;

use ironhull_manifest::{Limits, read};
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::Format;
use ironhull_network::list::{Options, list, write};
use ironhull_network::{Profile, place};
use ironhull_value::Interner;
use ironhull_world::{Carriers, Catalog, World, objects_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parsed = read("fuzz", bytes, &Limits::default(), &mut Interner::new());
    let catalog = Catalog::new();
    let documents = parsed.documents.into_iter().map(Arc::new);
    let objects = documents.flat_map(|document| objects_of(&document, None, "", &catalog).objects);
    let world = World::from_files(objects.take(30), Carriers::default());
    let input = Input::of(&world);
    for problem in &input.problems {
        let _ = place(&problem.object, &problem.path);
    }
    for profile in Profile::ALL {
        let network = Network::new(&input, profile);
        let entries = Entries::of(&world, &network);
        let mut solver = Solver::default();
        let found = list(&network, &mut solver, &entries, &Options { own: true, ..Options::default() });
        for connection in &found.connections {
            let verdict = solver.verdict(connection.verdict);
            assert!(verdict.allowed.intersection(&verdict.unknown).is_empty());
        }
        for format in [Format::Text, Format::Markdown, Format::Csv, Format::Json] {
            let _ = write(&found, &solver, format);
        }
    }
});
