//! What variables mean: the request, and what a rule loads.
//!
//! Entries of a rule's `context` are loaded when an expression first names them. The order, what is loaded
//! again, and what an error leaves behind are those of upstream's `pkg/engine/context`.

mod deferred;
mod expressions;
mod load;
mod memo;
mod ports;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use compact_str::{CompactString, format_compact};
use ironhull_jmespath::{Env, ImageDefaults, Scope};
use ironhull_value::{Map, Value};

use self::deferred::Deferred;
pub(crate) use self::deferred::names;
pub use self::expressions::{Expressions, Known};
pub use self::memo::Memo;
pub use self::ports::{Nothing, Ports};
use crate::kyverno::exceptions::Exceptions;
use crate::kyverno::model::ContextEntry;
use crate::kyverno::request::{Given, Request, User};
use crate::kyverno::trace::{Recorder, Step, tell};
use crate::kyverno::variables::Lookup;

/// What is said of a rule that could not be evaluated in the time that its policy has.
pub(crate) const TOO_LONG: &str = "the policy took longer than it may";

/// Entries of a context may hold so many bytes of JSON together.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The variables at one moment, shared with checkpoints until they change. They are a handful, so that going
/// through them is the fastest.
type Variables = Rc<Vec<(CompactString, Value)>>;

/// What variables mean while a policy looks at one resource.
pub struct Context<'e> {
    variables: RefCell<Variables>,
    checkpoints: RefCell<Vec<Variables>>,
    /// The request, until a variable is asked for: most rules ask for none.
    request: Cell<Option<&'e Request<'e>>>,
    /// Answers for the request, as long as the variable `request` is what it was at first.
    memo: Cell<Option<&'e Memo>>,
    deferred: RefCell<Deferred<'e>>,
    bytes: Cell<usize>,
    operation: RefCell<CompactString>,
    expressions: &'e Expressions,
    ports: &'e dyn Ports,
    policy_namespace: &'e str,
    recorder: Option<&'e Recorder>,
}

impl<'e> Context<'e> {
    /// A context without variables. `policy_namespace` is that of a namespaced policy, which may look at
    /// nothing else; empty for one of the cluster.
    pub fn new(expressions: &'e Expressions, ports: &'e dyn Ports, policy_namespace: &'e str) -> Self {
        Self {
            variables: RefCell::default(),
            checkpoints: RefCell::default(),
            request: Cell::new(None),
            memo: Cell::new(None),
            deferred: RefCell::default(),
            bytes: Cell::new(0),
            operation: RefCell::default(),
            expressions,
            ports,
            policy_namespace,
            recorder: ports.recorder(),
        }
    }

    /// A context with what is known of a request.
    pub(crate) fn of_request(
        request: &'e Request<'e>,
        expressions: &'e Expressions,
        ports: &'e dyn Ports,
        policy_namespace: &'e str,
    ) -> Self {
        let context = Self::new(expressions, ports, policy_namespace);
        // The webhook knows the images of the new object only.
        let images_of = if request.is_admission { request.object.as_ref() } else { request.resource() };
        if let Some(resource) = images_of {
            context.set_images_of(resource.clone());
        }
        *context.operation.borrow_mut() = request.operation.into();
        context.request.set(Some(request));
        context.memo.set(request.memo.is_for(request).then_some(&request.memo));
        context
    }

    /// Fills in the request, if nobody asked for a variable yet.
    fn fill(&self) {
        let Some(request) = self.request.take() else { return };
        let memo = self.memo.take();
        if let Some(variables) = memo.and_then(Memo::variables) {
            self.checkpoints.borrow_mut().fill(Rc::clone(&variables));
            *self.variables.borrow_mut() = variables;
            self.memo.set(memo);
            return;
        }
        let namespace = request.resource().and_then(|object| object.dig_str(&["metadata", "namespace"]));
        let text = |text: &str| Some(Value::Str(text.into()));
        let known = [
            ("namespace", text(namespace.unwrap_or_default()).filter(|_| request.whole.is_none())),
            ("object", request.variable("object", request.object.as_ref())),
            ("oldObject", request.variable("oldObject", request.old_object.as_ref())),
            ("operation", text(request.operation)),
        ];
        let known = known.into_iter().filter_map(|(key, value)| Some((key.into(), value?)));
        // What the API server says of a request, with the objects as earlier policies left them.
        let whole = request.whole.and_then(Value::as_map).into_iter().flat_map(Map::iter);
        let whole = whole.filter(|(key, _)| !["object", "oldObject"].contains(&key.as_str()));
        let whole = whole.map(|(key, value)| (key.clone(), value.clone()));
        self.add(&["request"], Value::Map(whole.chain(known).collect()));
        if let Some(user) = &request.user {
            self.set_user(user);
        }
        self.add_given(&request.given);
        self.memo.set(memo);
        if let Some(memo) = memo {
            memo.keep_variables(&self.variables.borrow());
        }
        // Nothing can have been different when they were made.
        self.checkpoints.borrow_mut().fill(Rc::clone(&self.variables.borrow()));
    }

    /// Changes one variable.
    fn change(&self, name: &str, change: impl FnOnce(&Value) -> Value) {
        self.fill();
        if name == "request" {
            self.memo.set(None);
        }
        let mut variables = self.variables.borrow_mut();
        let variables = Rc::make_mut(&mut variables);
        match variables.iter_mut().find(|(own, _)| own == name) {
            Some((_, slot)) => *slot = change(slot),
            None => variables.push((name.into(), change(&Value::Null))),
        }
    }

    /// Puts a value at a path, into the maps that are there.
    pub fn add(&self, path: &[&str], value: Value) {
        let [first, rest @ ..] = path else { return };
        self.change(first, |old| merged(old, nested(rest, value)));
    }

    /// Puts a value at a path in place of what is there.
    pub fn replace(&self, path: &[&str], value: Value) {
        let [first, rest @ ..] = path else { return };
        self.change(first, |old| with(old, rest, value));
    }

    /// What the request does: `CREATE`, `UPDATE`, `DELETE`, `CONNECT`.
    pub fn set_operation(&self, operation: &str) {
        self.add(&["request", "operation"], Value::Str(operation.into()));
        *self.operation.borrow_mut() = operation.into();
    }

    /// Variables that a test gives.
    pub(crate) fn add_given(&self, given: &[Given]) {
        for one in given {
            let path: Vec<&str> = one.path.iter().map(CompactString::as_str).collect();
            self.add(&path, one.value.clone());
        }
    }

    /// Those that a test gives for one rule.
    pub(crate) fn add_given_for(&self, policy: &str, rule: &str) {
        self.add_given(&self.ports.given(policy, rule));
    }

    /// The current element of a `foreach`, which is `nesting` levels deep.
    pub(crate) fn set_element(&self, element: &Value, index: usize, nesting: usize) {
        self.fill();
        let index = Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
        let mut variables = self.variables.borrow_mut();
        let variables = Rc::make_mut(&mut variables);
        variables.reserve(4);
        let (own, own_index) = match nesting {
            0 => (CompactString::const_new("element0"), CompactString::const_new("elementIndex0")),
            _ => (format_compact!("element{nesting}"), format_compact!("elementIndex{nesting}")),
        };
        for (name, value) in [
            (CompactString::const_new("element"), element.clone()),
            (own, element.clone()),
            (CompactString::const_new("elementIndex"), index.clone()),
            (own_index, index),
        ] {
            match variables.iter_mut().find(|(own, _)| *own == name) {
                Some((_, slot)) => *slot = value,
                None => variables.push((name, value)),
            }
        }
    }

    /// The resource whose images become the variable `images`, once that is named.
    pub fn set_images_of(&self, resource: Value) {
        self.deferred.borrow_mut().set_images_of(resource);
    }

    /// Who asks: `request.userInfo`, `request.roles`, `request.clusterRoles`, `serviceAccountName` and
    /// `serviceAccountNamespace`.
    pub fn set_user(&self, user: &User) {
        let text = |text: &CompactString| Value::Str(text.clone());
        let list = |texts: &[CompactString]| Value::Array(texts.iter().map(text).collect());
        let filled = |members: [(&str, Value, bool); 3]| -> Value {
            let members = members.into_iter().filter(|(_, _, is_empty)| !is_empty);
            members.map(|(key, value, _)| (key.into(), value)).collect()
        };
        let info = filled([
            ("username", text(&user.username), user.username.is_empty()),
            ("uid", text(&user.uid), user.uid.is_empty()),
            ("groups", list(&user.groups), user.groups.is_empty()),
        ]);
        let request = filled([
            ("userInfo", info, false),
            ("roles", list(&user.roles), user.roles.is_empty()),
            ("clusterRoles", list(&user.cluster_roles), user.cluster_roles.is_empty()),
        ]);
        self.add(&["request"], request);
        let (namespace, name) = service_account(&user.username);
        self.add(&["serviceAccountName"], Value::Str(name.into()));
        self.add(&["serviceAccountNamespace"], Value::Str(namespace.into()));
    }

    /// Adds the entries of a rule or a `foreach`; nothing is loaded yet.
    pub(crate) fn add_entries(&self, entries: &'e [ContextEntry]) {
        let level = self.checkpoints.borrow().len();
        let mut deferred = self.deferred.borrow_mut();
        for entry in entries {
            deferred.add(entry, level);
        }
    }

    /// Remembers the variables as they are.
    pub(crate) fn checkpoint(&self) {
        self.checkpoints.borrow_mut().push(self.variables.borrow().clone());
    }

    /// Goes back to the last checkpoint and forgets it.
    pub(crate) fn restore(&self) {
        self.go_back(true);
    }

    /// Goes back to the last checkpoint.
    pub(crate) fn reset(&self) {
        self.go_back(false);
    }

    fn go_back(&self, forget: bool) {
        let level = {
            let mut checkpoints = self.checkpoints.borrow_mut();
            let Some(last) = checkpoints.last() else { return };
            *self.variables.borrow_mut() = last.clone();
            if forget {
                checkpoints.pop();
            }
            checkpoints.len()
        };
        self.reset_deferred(forget, level);
    }

    /// The value at a path of keys, without loading anything.
    pub fn peek(&self, path: &[&str]) -> Option<Value> {
        let [first, rest @ ..] = path else { return None };
        self.fill();
        self.variables.borrow().iter().find(|(own, _)| own == first)?.1.dig(rest).cloned()
    }

    /// Whether two versions of the object differ in a part.
    fn search(&self, text: &str) -> Result<Value, String> {
        let query = text.trim();
        if query.is_empty() {
            return Err("invalid query (nil)".to_owned());
        }
        let memo = self.memo.get();
        if let Some(answer) = memo.and_then(|memo| memo.answer(query)) {
            return answer;
        }
        if self.ports.is_over() {
            return Err(TOO_LONG.to_owned());
        }
        let known = self.expressions.get(query).map_err(|why| format!("incorrect query {query}: {why}"))?;
        let mut env = self.ports.env();
        let found = known.expression.search(self as &dyn Scope, &mut env);
        let found =
            found.map(std::borrow::Cow::into_owned).map_err(|why| format!("JMESPath query failed: {why}"));
        if let Some(memo) = memo.filter(|_| known.is_of_request) {
            memo.keep(query, &found);
        }
        found
    }

    /// Whether the policy has had its time.
    pub(crate) fn is_over(&self) -> bool {
        self.ports.is_over()
    }

    /// The exceptions from policies.
    pub(crate) fn exceptions(&self) -> Option<&'e Exceptions> {
        self.ports.exceptions()
    }

    /// How names of images are completed.
    pub(crate) fn image_defaults(&self) -> ImageDefaults {
        self.env().images
    }

    fn env(&self) -> Env<'_> {
        self.ports.env()
    }
}

impl Lookup for Context<'_> {
    fn query(&self, expression: &str) -> Result<Value, String> {
        let found = self.load_matching(expression).and_then(|()| self.search(expression));
        tell(self.recorder, || Step::Variable { expression: expression.to_owned(), found: found.clone() });
        found
    }

    fn recorder(&self) -> Option<&Recorder> {
        self.recorder
    }

    fn is_delete(&self) -> bool {
        let operation = self.operation.borrow();
        if !operation.is_empty() {
            return *operation == "DELETE";
        }
        self.peek(&["request", "operation"]).is_some_and(|own| own.as_str() == Some("DELETE"))
    }
}

impl Scope for Context<'_> {
    fn get(&self, name: &str) -> Result<Option<std::borrow::Cow<'_, Value>>, String> {
        self.fill();
        let variables = self.variables.borrow();
        let found = variables.iter().find(|(own, _)| own == name);
        Ok(found.map(|(_, value)| std::borrow::Cow::Owned(value.clone())))
    }

    fn whole(&self) -> Result<Value, String> {
        self.fill();
        let variables = self.variables.borrow();
        let map: Map = variables.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect();
        Ok(Value::Map(map))
    }
}

/// The namespace and the name of a service account. Upstream cuts off as much as the prefix
/// `system:serviceaccount:` is long, whether it is there or not.
fn service_account(username: &str) -> (&str, &str) {
    let account = username.get("system:serviceaccount:".len()..).unwrap_or_default();
    let mut parts = account.split(':');
    match (parts.next(), parts.next()) {
        (Some(namespace), Some(name)) => (namespace, name),
        _ => ("", ""),
    }
}

pub(crate) fn nested(path: &[&str], value: Value) -> Value {
    path.iter().rev().fold(value, |inner, key| Value::Map(std::iter::once(((*key).into(), inner)).collect()))
}

/// Maps are merged member by member, everything else is replaced.
pub(crate) fn merged(old: &Value, new: Value) -> Value {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            let both = new.iter().map(|(key, value)| {
                let value =
                    old.get(key.as_str()).map_or_else(|| value.clone(), |old| merged(old, value.clone()));
                (key.clone(), value)
            });
            Value::Map(old.iter().map(|(key, value)| (key.clone(), value.clone())).chain(both).collect())
        }
        (_, new) => new,
    }
}

/// A tree with another value at a path; what is in the way is replaced by maps.
fn with(old: &Value, path: &[&str], value: Value) -> Value {
    let [first, rest @ ..] = path else { return value };
    let inner = old.get(first).cloned().unwrap_or_default();
    let inner = with(&inner, rest, value);
    let others =
        old.as_map().into_iter().flat_map(Map::iter).map(|(key, value)| (key.clone(), value.clone()));
    Value::Map(others.chain([((*first).into(), inner)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(context: &Context<'_>) -> String {
        crate::kyverno::json::write(&context.whole().unwrap())
    }

    /// Each right side is what upstream's context has.
    #[test]
    fn who_asks_is_among_the_variables() {
        let expressions = Expressions::default();
        let of = |user: &User| {
            let context = Context::new(&expressions, &Nothing, "");
            context.set_user(user);
            all(&context)
        };
        let user = |username: &str| User { username: username.into(), ..User::default() };
        let account = User {
            uid: "u".into(),
            groups: vec!["g".into()],
            roles: vec!["ns:r".into()],
            ..user("system:serviceaccount:ns:sa")
        };
        assert_eq!(
            of(&account),
            r#"{"request":{"roles":["ns:r"],"userInfo":{"groups":["g"],"uid":"u","username":"system:serviceaccount:ns:sa"}},"serviceAccountName":"sa","serviceAccountNamespace":"ns"}"#
        );
        assert_eq!(
            of(&User::default()),
            r#"{"request":{"userInfo":{}},"serviceAccountName":"","serviceAccountNamespace":""}"#
        );
        for (username, found) in [
            ("system:serviceaccount:", ("", "")),
            ("system:serviceaccount:a", ("", "")),
            ("system:serviceaccount:a:b:c", ("a", "b")),
            ("oidc:people-of-a-company:a:b", ("ny", "a")),
            ("oidc:people-of-a-firm:ab:c", ("ab", "c")),
            ("ünïcödë-ünïcödë-ä", ("", "")),
        ] {
            assert_eq!(service_account(username), found, "{username}");
        }
    }

    #[test]
    fn images_are_found_when_they_are_named_and_again_after_going_back() {
        let expressions = Expressions::default();
        let context = Context::new(&expressions, &Nothing, "");
        let pod = r#"{"kind": "Pod", "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}"#;
        context.set_images_of(serde_json::from_str(pod).unwrap());
        context.checkpoint();
        assert_eq!(all(&context), "{}");
        for _ in 0..2 {
            assert_eq!(context.query("images.containers.c.tag").unwrap(), Value::Str("1".into()));
            context.reset();
            assert_eq!(all(&context), "{}");
        }
        assert!(context.query("x.images").is_err());
        let broken = Context::new(&expressions, &Nothing, "");
        broken.set_images_of(serde_json::from_str(r#"{"kind": "Pod", "spec": 1}"#).unwrap());
        assert_eq!(broken.query("images").unwrap_err(), "invalid image config");
        assert_eq!(
            broken.query("images").unwrap_err(),
            "JMESPath query failed: Unknown key \"images\" in path"
        );
    }
}
