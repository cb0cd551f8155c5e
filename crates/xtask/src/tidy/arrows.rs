//! Dependencies between our crates follow the layers, and nothing goes round in a circle.

use super::{Problem, layers, layers::Layer, tree::Crate};
use std::collections::BTreeMap;

/// Normal and build dependencies follow the arrows.
pub(crate) fn check(crates: &[Crate]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for krate in crates {
        let Some(layer) = layers::of(&krate.name) else {
            problems.push(problem(
                krate,
                format!("crate `{}` has no layer", krate.name),
                "add it to crates/xtask/src/tidy/layers.rs and to ARCHITECTURE.md",
            ));
            continue;
        };
        for used in krate.dependencies.iter().filter(|used| used.internal && !used.dev) {
            // An unknown crate is reported at its own place.
            if let Some(other) = layers::of(&used.name)
                && !layer.may_use(other)
            {
                let what = format!("`{}` must not depend on `{}`: {}", krate.name, used.name, layer.rule());
                let remedy =
                    "let both meet in a lower crate, or move the code; a new arrow needs a decision record";
                problems.push(problem(krate, what, remedy));
            }
        }
    }
    problems
}

/// Development dependencies are free, but with them there is no circle either. The test kit is exempt: it
/// uses the crates that use it in their tests.
pub(crate) fn cycles(crates: &[Crate]) -> Vec<Problem> {
    let index: BTreeMap<&str, usize> =
        crates.iter().enumerate().map(|(place, krate)| (krate.name.as_str(), place)).collect();
    let edges: Vec<Vec<usize>> = crates.iter().map(|krate| edges_of(krate, &index)).collect();
    let mut state = vec![State::New; crates.len()];
    let mut problems = Vec::new();
    for start in 0..crates.len() {
        let mut path = Vec::new();
        if let Some(circle) = visit(start, &edges, &mut state, &mut path) {
            let names: Vec<&str> = circle.iter().map(|place| crates[*place].name.as_str()).collect();
            let what = format!("dependencies go in a circle: {}", names.join(" -> "));
            problems.push(problem(&crates[circle[0]], what, "move the test to the crate that may know both"));
        }
    }
    problems
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn edges_of(krate: &Crate, index: &BTreeMap<&str, usize>) -> Vec<usize> {
    krate
        .dependencies
        .iter()
        .filter(|used| used.internal && !(used.dev && layers::of(&used.name) == Some(Layer::Tool)))
        .filter_map(|used| index.get(used.name.as_str()).copied())
        .collect()
}

/// Depth first; hands back the circle it runs into, first crate repeated at the end.
fn visit(
    place: usize,
    edges: &[Vec<usize>],
    state: &mut [State],
    path: &mut Vec<usize>,
) -> Option<Vec<usize>> {
    match state[place] {
        State::Done => return None,
        State::Open => {
            let first = path.iter().position(|open| *open == place).unwrap_or(0);
            let mut circle = path[first..].to_vec();
            circle.push(place);
            return Some(circle);
        }
        State::New => {}
    }
    state[place] = State::Open;
    path.push(place);
    let mut found = None;
    for next in &edges[place] {
        found = found.or_else(|| visit(*next, edges, state, path));
    }
    path.pop();
    state[place] = State::Done;
    found
}

fn problem(krate: &Crate, what: String, remedy: &str) -> Problem {
    Problem { file: krate.manifest.clone(), line: None, what, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::tree::krate;
    use super::*;

    #[test]
    fn a_downward_arrow_is_fine() {
        let crates = [krate("ironhull-value", &[]), krate("ironhull-world", &["ironhull-value"])];
        assert_eq!(check(&crates), []);
        assert_eq!(cycles(&crates), []);
    }

    #[test]
    fn upward_and_sideways_arrows_are_not() {
        for (from, to) in [
            ("ironhull-value", "ironhull-world"),
            ("ironhull-cel", "ironhull-rego"),
            ("ironhull-posture", "ironhull-policy"),
            ("ironhull-kube", "ironhull-posture"),
            ("ironhull-world", "ironhull-files"),
            ("ironhull-world", "ironhull-testkit"),
        ] {
            let problems = check(&[krate(from, &[to])]);
            assert_eq!(problems.len(), 1, "{from} -> {to}");
            assert!(problems[0].what.contains(from) && problems[0].what.contains(to), "{}", problems[0]);
        }
    }

    #[test]
    fn an_unknown_crate_is_named() {
        assert!(check(&[krate("ironhull-surprise", &[])])[0].what.contains("ironhull-surprise"));
    }

    #[test]
    fn development_dependencies_are_free_but_for_circles() {
        let crates =
            [krate("ironhull-value", &["dev:ironhull-world"]), krate("ironhull-world", &["ironhull-value"])];
        assert_eq!(check(&crates), []);
        let problems = cycles(&crates);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].what.contains("ironhull-value -> ironhull-world -> ironhull-value"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn the_test_kit_may_use_what_uses_it_in_tests() {
        let crates = [
            krate("ironhull-value", &["dev:ironhull-testkit"]),
            krate("ironhull-testkit", &["ironhull-value"]),
        ];
        assert_eq!((check(&crates), cycles(&crates)), (vec![], vec![]));
    }
}
