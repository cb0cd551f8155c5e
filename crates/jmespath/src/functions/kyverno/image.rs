//! Names of images (`pkg/utils/image` and `distribution/reference`).

use std::sync::LazyLock;

use regex::Regex;

use super::fail;
use crate::ImageDefaults;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::program::Call;
use crate::term::Term;

const DOMAIN: &str = r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?";
const PATH: &str = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*";
const TAG: &str = r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}";
const DIGEST: &str = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}";

/// A reference: domain, path, tag, digest. `None` if the pattern is wrong, which a test rules out.
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("^(?:({DOMAIN})/)?({PATH})(?::({TAG}))?(?:@({DIGEST}))?$")).ok());

/// The name with its registry, and a tag or a digest.
pub(in crate::functions) fn image_normalize<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let image = text(arguments, 0);
    machine.step(image.len())?;
    let defaults = &machine.env.images;
    let full = with_registry(&image, defaults);
    match normalized(&full, full != image && !defaults.add_registry) {
        Ok(name) => Ok(Term::text(name)),
        Err(error) => {
            let ImageDefaults { registry, add_registry } = defaults;
            let what = format!(
                "bad image: {full}, defaultRegistry: {registry}, enableDefaultRegistryMutation: {add_registry}: {error}"
            );
            Err(fail::generic("image_normalize", what))
        }
    }
}

/// A first part without a dot, a colon or a capital is no registry, but for `localhost`.
fn with_registry(image: &str, defaults: &ImageDefaults) -> String {
    let has_registry = image.split_once('/').is_some_and(|(first, _)| {
        first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first
    });
    if has_registry { image.to_owned() } else { format!("{}/{image}", defaults.registry) }
}

fn normalized(full: &str, without_domain: bool) -> Result<String, &'static str> {
    let Some(regex) = &*REFERENCE else { return Err("invalid reference format") };
    let Some(found) = regex.captures(full) else {
        return Err(if regex.is_match(&full.to_lowercase()) {
            "repository name must be lowercase"
        } else {
            "invalid reference format"
        });
    };
    let part = |index| found.get(index).map_or("", |part| part.as_str());
    let (domain, path, tag, digest) = (part(1), part(2), part(3), part(4));
    if path.len() > 255 {
        return Err("repository name must not be more than 255 characters");
    }
    let name = if domain.is_empty() || without_domain { path.to_owned() } else { format!("{domain}/{path}") };
    if !digest.is_empty() {
        check(digest)?;
        return Ok(format!("{name}@{digest}"));
    }
    Ok(format!("{name}:{}", if tag.is_empty() { "latest" } else { tag }))
}

/// `digest.Parse`.
fn check(digest: &str) -> Result<(), &'static str> {
    let (algorithm, hex) = digest.split_once(':').unwrap_or((digest, ""));
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err("unsupported digest algorithm"),
    };
    if hex.len() != length {
        return Err("invalid checksum digest length");
    }
    if hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("invalid checksum digest format");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_one() {
        assert!(REFERENCE.is_some());
    }
}
