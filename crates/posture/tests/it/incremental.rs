//! Judging after a change equals judging everything anew.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ironhull_posture::{ALL, Evaluation, evaluate, reevaluate};
use ironhull_testkit::literate::cases;
use ironhull_testkit::world_of;
use ironhull_world::{Delta, World};

fn shown(evaluation: &Evaluation) -> Vec<String> {
    evaluation
        .results()
        .flat_map(|result| {
            result.outcomes.iter().map(|(rule, outcome)| {
                let findings: Vec<_> = outcome.findings().iter().map(|finding| &finding.message).collect();
                format!("{} {} {} {findings:?}", result.object.key, rule.meta.id, outcome.name())
            })
        })
        .collect()
}

fn check(world: &World, name: &str) {
    let rules: Vec<_> = ALL.to_vec();
    let whole = evaluate(world, &rules);
    for object in world.objects() {
        let without = world.apply([Delta::Delete(object.key.clone())]);
        let mut changing = whole.clone();
        reevaluate(&mut changing, &without, &rules, std::slice::from_ref(&object.key));
        assert_eq!(shown(&changing), shown(&evaluate(&without, &rules)), "{name}: without {}", object.key);
        let again = without.apply([Delta::Upsert(Arc::clone(object))]);
        reevaluate(&mut changing, &again, &rules, std::slice::from_ref(&object.key));
        assert_eq!(shown(&changing), shown(&whole), "{name}: with {} again", object.key);
    }
}

#[test]
fn every_literate_case_can_be_built_object_by_object() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for case in cases(&fs::read_to_string(&path).unwrap()) {
            let name = format!("{}:{}", path.display(), case.line);
            check(&world_of(&name, &case.text), &name);
        }
    }
}
