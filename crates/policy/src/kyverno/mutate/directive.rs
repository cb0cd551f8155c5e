//! `$patch`: what a patch wants done with an object or a list as a whole.

use super::MutateError;
use super::element::set_element;
use super::tree::{Id, Kind, Tree};

/// The directives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

const KEY: &str = "$patch";

/// The directive in a patch, which is taken out of it.
pub(super) fn directive(tree: &mut Tree, patch: Option<Id>) -> Result<Directive, MutateError> {
    let Some(patch) = patch else { return Ok(Directive::Merge) };
    match tree.kind(patch) {
        Kind::Map => {
            let Some(value) = tree.field(patch, KEY) else { return Ok(Directive::Merge) };
            let found = named(&tree.text(value))?;
            tree.clear(patch, KEY)?;
            Ok(found)
        }
        Kind::Seq => {
            let items = tree.items(patch).iter();
            let marker = items.copied().find_map(|item| Some((item, tree.field(item, KEY)?)));
            // With other members beside it the directive is for the item, not for the list.
            let Some((_, value)) = marker.filter(|(item, _)| tree.entries(*item).len() == 1) else {
                return Ok(Directive::Merge);
            };
            let text = tree.text(value);
            let found = named(&text)?;
            set_element(tree, patch, None, &[KEY], std::slice::from_ref(&text))?;
            Ok(found)
        }
        Kind::Scalar => Err(MutateError::NoDirective(tree.text(patch))),
    }
}

fn named(text: &str) -> Result<Directive, MutateError> {
    match text {
        "delete" => Ok(Directive::Delete),
        "replace" => Ok(Directive::Replace),
        "merge" => Ok(Directive::Merge),
        _ => Err(MutateError::UnknownDirective(text.into())),
    }
}
