//! A merged list stands for exactly the rows of the plain one, and a map has exactly its connections.

use std::collections::BTreeSet;

use ironhull_network::Profile;
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::list::{Options, list, merge};
use ironhull_network::map::map;

use crate::live::clusters;

#[test]
fn rows_put_together_stand_for_all_of_them() {
    let mut put_together = 0;
    for world in clusters(300) {
        let network = Network::new(&Input::of(&world), Profile::Upstream);
        let mut solver = Solver::default();
        let listed = list(&network, &mut solver, &Entries::default(), &Options::default());
        let allowed =
            listed.connections.iter().filter(|one| !solver.verdict(one.verdict).allowed.is_empty()).count();
        let merged = merge(&network, &solver, &listed);
        let meant: usize = merged.iter().map(|row| row.stands_for).sum();
        assert_eq!(meant, allowed, "{merged:#?}");
        put_together += allowed - merged.len();
        // No row is there twice.
        let distinct: BTreeSet<_> = merged.iter().map(|row| (&row.from, &row.to, &row.conns)).collect();
        assert_eq!(distinct.len(), merged.len());
    }
    say!("merged lists: {put_together} rows were put into others");
}

#[test]
fn a_map_has_the_connections_of_the_list() {
    for world in clusters(50) {
        let network = Network::new(&Input::of(&world), Profile::Upstream);
        let mut solver = Solver::default();
        let options = Options::default();
        let entries = Entries::of(&world, &network);
        let listed = list(&network, &mut solver, &entries, &options);
        let picture = map(&network, &mut solver, &entries, &listed, &options);
        let drawn: BTreeSet<(&str, &str)> =
            picture.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str())).collect();
        let wanted: BTreeSet<(&str, &str)> = listed
            .connections
            .iter()
            .map(|one| {
                (listed.ends[one.from as usize].title.as_str(), listed.ends[one.to as usize].title.as_str())
            })
            .collect();
        assert_eq!(drawn, wanted);
        let nodes: BTreeSet<&str> =
            picture.groups.iter().flat_map(|group| &group.nodes).map(|node| node.id.as_str()).collect();
        assert!(drawn.iter().all(|(from, to)| nodes.contains(from) && nodes.contains(to)));
    }
}
