//! The strategic merge itself, as kustomize does it.

use ironhull_value::Key;

use super::directive::{Directive, directive};
use super::schema::Schema;
use super::tree::{Id, Kind, Node, Tree};
use super::{MutateError, list};

/// A merged node, and whether it stays though it is null. None removes.
pub(super) type Merged = Option<(Id, bool)>;

/// Merges the patch `origin` into `dest`. Both may be absent.
pub(super) fn merge(
    tree: &mut Tree,
    dest: Option<Id>,
    origin: Option<Id>,
    schema: Schema,
) -> Result<Merged, MutateError> {
    let sources = [dest, origin];
    let schema = known(tree, sources, schema);
    let present = |node: &Id| !tree.is_null(*node);
    let kind = sources.iter().flatten().copied().find(present).map(|node| tree.kind(node));
    for node in sources.iter().flatten() {
        if let Some(kind) = kind {
            tree.expect(*node, kind)?;
        }
    }
    match (kind, schema) {
        (None | Some(Kind::Map), _) => map(tree, dest, origin, schema),
        (Some(Kind::Scalar), _) => Ok(origin.or(dest).map(|node| (node, false))),
        (Some(Kind::Seq), Schema::Merge(keys, element)) => {
            list::merge_list(tree, dest, origin, keys, *element)
        }
        (Some(Kind::Seq), _) => Ok(origin.or(dest).map(|node| (node, false))),
    }
}

/// The schema, looked up where an object in a place of unknown type says what it is.
fn known(tree: &Tree, sources: [Option<Id>; 2], schema: Schema) -> Schema {
    if schema != Schema::Unknown {
        return schema;
    }
    let declared = |node: Id| {
        let text = |name: &str| tree.field(node, name).map(|field| tree.text(field)).unwrap_or_default();
        let absent = |name: &str| tree.field(node, name).is_none_or(|field| tree.is_nothing(field));
        if absent("kind") || absent("apiVersion") {
            return Schema::Unknown;
        }
        Schema::of(&text("apiVersion"), &text("kind"))
    };
    let mut found = sources.into_iter().flatten().map(declared);
    found.find(|schema| *schema != Schema::Unknown).unwrap_or(Schema::Unknown)
}

fn map(tree: &mut Tree, dest: Option<Id>, origin: Option<Id>, schema: Schema) -> Result<Merged, MutateError> {
    let Some((dest, keep)) = choose(tree, dest, origin)? else { return Ok(None) };
    let mut names: Vec<Key> = tree.keys(dest);
    names.extend(origin.iter().flat_map(|origin| tree.keys(*origin)));
    names.sort();
    names.dedup();
    for name in names {
        let field = tree.field(dest, &name);
        let change = origin.and_then(|origin| tree.field(origin, &name));
        let merged = merge(tree, field, change, schema.field(&name))?;
        tree.set_field(dest, &name, merged)?;
    }
    Ok(Some((dest, keep)))
}

/// Which of the two objects the members are merged into.
fn choose(tree: &mut Tree, dest: Option<Id>, origin: Option<Id>) -> Result<Merged, MutateError> {
    let Some(present) = dest.filter(|dest| !tree.is_null(*dest)) else {
        // An unknown directive in something new is no error: it stays as a member.
        if matches!(directive(tree, origin), Ok(Directive::Delete)) {
            return Ok(None);
        }
        return Ok(match (origin, dest) {
            (None, Some(null)) => Some((null, true)),
            (origin, _) => origin.map(|origin| (origin, false)),
        });
    };
    if origin.is_some_and(|origin| tree.is_null(origin)) {
        return Ok(None);
    }
    Ok(match directive(tree, origin)? {
        Directive::Delete => None,
        Directive::Replace => origin.map(|origin| (origin, false)),
        Directive::Merge => Some((present, false)),
    })
}

/// An empty list that is in no other node.
pub(super) fn new_list(tree: &mut Tree) -> Id {
    tree.push(Node::Seq(Vec::new()))
}
