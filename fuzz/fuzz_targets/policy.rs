//! Any document is a policy, is no policy, or has problems with places; and any policy without problems ends on
//! any object, with the same answer twice. All documents but the last are policies, the last is the object.
#![no_main]

use std::sync::Arc;

use ironhull_manifest::{Limits, read};
use ironhull_policy::kyverno::cleanup::{Cleaner, CleanupPolicy, ttl};
use ironhull_policy::kyverno::context::Nothing;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::{Policy, PolicyException};
use ironhull_policy::kyverno::offline::{Answers, Objects, Values, read_user};
use ironhull_policy::kyverno::report::{refusal, results};
use ironhull_policy::kyverno::request::Request;
use ironhull_value::Interner;
use ironhull_world::{Catalog, Object, objects_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes: 1 << 16, ..Limits::default() };
    let parsed = read("fuzz", bytes, &limits, &mut Interner::new());
    let catalog = Catalog::new();
    let documents = parsed.documents.into_iter().map(Arc::new);
    let objects: Vec<Arc<Object>> =
        documents.flat_map(|document| objects_of(&document, None, "", &catalog).objects).map(Arc::new).collect();
    let Some((resource, policies)) = objects.split_last() else { return };
    for object in policies.iter().take(4) {
        let _ = PolicyException::read(object);
        let _ = (Values::read(&object.value, "x"), Answers::read(&object.value), read_user(&object.value, "x"));
        if let Some(cleanup) = CleanupPolicy::read(object).filter(|cleanup| cleanup.problems.is_empty()) {
            let _ = Cleaner::new(&cleanup).deletes(&Request::create(&resource.value), &Nothing);
            let _ = cleanup.schedule.as_ref().and_then(|when| when.next_after(1_795_455_972));
        }
        let Some(policy) = Policy::read(object) else { continue };
        let policy = Arc::new(policy);
        let Ok(compiled) = Compiled::new(&policy) else { continue };
        judge(&compiled, resource);
    }
    let _ = ttl::end(&resource.value);
});

fn judge(compiled: &Compiled, resource: &Arc<Object>) {
    let create = Request::create(&resource.value);
    let old = Some(resource.value.clone());
    let update = Request { operation: "UPDATE", old_object: old.clone(), ..create.clone() };
    let delete = Request { operation: "DELETE", object: None, old_object: old, ..create.clone() };
    let cluster = Objects(vec![&resource.value]);
    for request in [create, update, delete] {
        let answer = || {
            (
                compiled.mutate(&request, &Nothing, Some(&cluster)),
                compiled.validate(&request, &Nothing),
                compiled.verify_images(&request, &Nothing),
                compiled.generate(&request, &Nothing, &cluster),
            )
        };
        let first = answer();
        assert_eq!(first, answer());
        let _ = (results(&compiled.policy, &first.1), refusal(&resource.value, &[(&compiled.policy, &first.1)]));
    }
}
