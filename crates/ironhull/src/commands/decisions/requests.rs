//! Requests, put together from decisions: the API server asks once for the policies that must have been evaluated and
//! once for those that may be left out, and each time a decision is recorded.

use sha2::{Digest, Sha256};

use crate::serve::recorded::Recorded;

/// Decisions about one request come within this time, in milliseconds.
const TOGETHER: i64 = 10_000;

/// How many requests wait for what else may be about them; each holds its objects.
const OPEN: usize = 2000;

/// Puts decisions together that come newest first.
#[derive(Default)]
pub(super) struct Requests {
    open: Vec<Open>,
}

struct Open {
    digest: [u8; 32],
    decision: Recorded,
    paths: Vec<String>,
}

impl Requests {
    /// Takes a decision, and gives the requests that nothing more can be about.
    pub(super) fn take(&mut self, decision: Recorded) -> Vec<Recorded> {
        let digest = digest(&decision);
        let is_over = |open: &Open| open.decision.at > decision.at.saturating_add(TOGETHER);
        let (done, mut open): (Vec<Open>, Vec<Open>) = self.open.drain(..).partition(is_over);
        let mut done: Vec<Recorded> = done.into_iter().map(|open| open.decision).collect();
        let own = open.iter_mut().find(|open| open.digest == digest && !open.paths.contains(&decision.which));
        if let Some(own) = own {
            own.paths.push(decision.which.clone());
            if own.decision.is_allowed() && !decision.is_allowed() {
                own.decision.outcome = decision.outcome;
                own.decision.message = decision.message;
                own.decision.id = decision.id;
            }
            own.decision.said.extend(decision.said);
            own.decision.exceptions.extend(decision.exceptions);
            own.decision.patch = own.decision.patch.take().or(decision.patch);
        } else {
            if open.len() >= OPEN {
                done.push(open.remove(0).decision);
            }
            open.push(Open { digest, paths: vec![decision.which.clone()], decision });
        }
        self.open = open;
        done
    }

    /// The rest.
    pub(super) fn end(self) -> Vec<Recorded> {
        self.open.into_iter().map(|open| open.decision).collect()
    }
}

/// What is the same in two decisions about one request. A policy that changes an object changes it before others
/// judge it, so that the route is part of it.
fn digest(decision: &Recorded) -> [u8; 32] {
    let mut hash = Sha256::new();
    let whole = (
        (&decision.route, &decision.operation, &decision.resource.group, &decision.resource.resource),
        (
            &decision.subresource,
            &decision.namespace,
            &decision.name,
            &decision.user.username,
            decision.dry_run,
        ),
        (&decision.object, &decision.old_object),
    );
    hash.update(serde_json::to_vec(&whole).unwrap_or_default());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decision(id: &str, at: i64, which: &str, outcome: &str) -> Recorded {
        serde_json::from_value(json!({
            "id": id, "at": at, "route": "validate", "which": which, "uid": id, "operation": "CREATE",
            "resource": {"group": "", "version": "v1", "resource": "pods"}, "kind": "Pod", "name": "a",
            "user": {"username": "u"}, "outcome": outcome, "object": {"kind": "Pod"},
        }))
        .unwrap()
    }

    #[test]
    fn two_decisions_about_one_request_are_one() {
        let mut requests = Requests::default();
        assert!(requests.take(decision("b", 5000, "ignore", "allowed")).is_empty());
        assert!(requests.take(decision("a", 4990, "fail", "denied")).is_empty());
        // The same again is another request.
        assert!(requests.take(decision("c", 3000, "fail", "allowed")).is_empty());
        let later = requests.take(decision("d", -8000, "fail", "allowed"));
        assert_eq!(later.len(), 2);
        let all = later.into_iter().chain(requests.end());
        let all: Vec<(String, String)> = all.map(|one| (one.id, one.outcome)).collect();
        let of = |id: &str, outcome: &str| (id.to_owned(), outcome.to_owned());
        assert_eq!(all, [of("a", "denied"), of("c", "allowed"), of("d", "allowed")]);
    }
}
