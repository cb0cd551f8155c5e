//! The image of a container, as the rules about references need it.

use ironhull_value::Value;
use ironhull_world::{Container, ImageRef, ImageRefError};

use crate::Judge;

/// What stands in `image`.
#[derive(Debug)]
pub(super) enum Written<'w> {
    /// Nothing, or only blanks: an OpenShift image trigger, a Tekton step template or a build tool fills it.
    Absent,
    /// Something that is no text. WL030 reports it.
    Mistyped,
    /// A text with marks of a template, which is not a reference before it is filled in.
    Placeholder(&'w str),
    /// A text that is no reference.
    Invalid(&'w str, ImageRefError),
    /// A reference.
    Reference(ImageRef<'w>),
}

/// Reads `image`.
pub(super) fn written<'w>(container: &Container<'_, 'w>) -> Written<'w> {
    let text = match container.value.get("image") {
        None => return Written::Absent,
        Some(Value::Str(text)) => text.as_str(),
        Some(_) => return Written::Mistyped,
    };
    if !text.is_empty() && text.trim().is_empty() {
        return Written::Absent;
    }
    if is_placeholder(text) {
        return Written::Placeholder(text);
    }
    match ImageRef::parse(text) {
        Ok(image) => Written::Reference(image),
        Err(error) => Written::Invalid(text, error),
    }
}

/// The reference; where there is none it says so and the rule has no verdict.
pub(super) fn reference<'w>(container: &Container<'_, 'w>, judge: &mut Judge<'_>) -> Option<ImageRef<'w>> {
    match written(container) {
        Written::Reference(image) => return Some(image),
        Written::Absent => judge.unknown(format!("{} has no image", container.label())),
        Written::Placeholder(_) => {
            judge.unknown(format!("the image of {} is a template that is not filled in", container.label()));
        }
        Written::Mistyped | Written::Invalid(..) => {
            judge.error(format!("the image of {} is not a reference", container.label()));
        }
    }
    None
}

/// Whether the image of this name can be another one tomorrow although nobody means to change it: `latest`,
/// or no tag at all, without a digest. What a digest names is fixed, whatever tag stands beside it.
pub(super) fn is_mutable(image: &ImageRef<'_>) -> bool {
    image.digest.is_none() && image.effective_tag() == Some("latest")
}

/// Marks of Helm, Go templates and Argo (`{{`), kustomize and Tekton variables (`$(`), envsubst (`$`), ko, and
/// angle brackets in documentation. None of them can stand in a reference.
fn is_placeholder(text: &str) -> bool {
    text.contains("{{")
        || text.contains('$')
        || text.starts_with("ko://")
        || (text.starts_with('<') && text.ends_with('>'))
}
