//! Names of images (`kyverno/kyverno:pkg/utils/image` and `distribution/reference`).

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::ImageDefaults;

/// The parts of an image's name. Displayed with its registry, and with its digest or else its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// `docker.io`; empty where none is written and none is to be added.
    pub registry: String,
    /// The path in the registry, `library/nginx`.
    pub path: String,
    /// The last part of the path, `nginx`.
    pub name: String,
    /// `latest` where neither a tag nor a digest is written; empty where only a digest is.
    pub tag: String,
    /// `sha256:…`, or empty.
    pub digest: String,
}

const DOMAIN: &str = r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?";
const PATH: &str = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*";
const TAG: &str = r"[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}";
const DIGEST: &str = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}";

/// A reference: domain, path, tag, digest. `None` if the pattern is wrong, which a test rules out.
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("^(?:({DOMAIN})/)?({PATH})(?::({TAG}))?(?:@({DIGEST}))?$")).ok());

impl Image {
    /// Reads a name. Where it has no registry, the default one belongs to it.
    ///
    /// # Errors
    /// When it is none, with Kyverno's words.
    pub fn parse(text: &str, defaults: &ImageDefaults) -> Result<Self, String> {
        let full = with_registry(text, defaults);
        Self::read(&full, full != text && !defaults.add_registry).map_err(|why| {
            let ImageDefaults { registry, add_registry } = defaults;
            format!("bad image: {full}, defaultRegistry: {registry}, enableDefaultRegistryMutation: {add_registry}: {why}")
        })
    }

    fn read(full: &str, without_registry: bool) -> Result<Self, &'static str> {
        let Some(regex) = &*REFERENCE else { return Err("invalid reference format") };
        let Some(found) = regex.captures(full) else {
            return Err(if regex.is_match(&full.to_lowercase()) {
                "repository name must be lowercase"
            } else {
                "invalid reference format"
            });
        };
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let (registry, path, tag, digest) = (part(1), part(2), part(3), part(4));
        if path.len() > 255 {
            return Err("repository name must not be more than 255 characters");
        }
        if !digest.is_empty() {
            check(digest)?;
        }
        Ok(Self {
            registry: if without_registry { String::new() } else { registry.to_owned() },
            path: path.to_owned(),
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            tag: if tag.is_empty() && digest.is_empty() { "latest" } else { tag }.to_owned(),
            digest: digest.to_owned(),
        })
    }

    /// The registry, if there is one, and the path.
    pub fn repository(&self) -> String {
        if self.registry.is_empty() { self.path.clone() } else { format!("{}/{}", self.registry, self.path) }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repository = self.repository();
        if self.digest.is_empty() {
            write!(f, "{repository}:{}", self.tag)
        } else {
            write!(f, "{repository}@{}", self.digest)
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

    #[test]
    fn names_have_parts() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, parts, shown) in [
            ("nginx", ["docker.io", "nginx", "nginx", "latest", ""], "docker.io/nginx:latest"),
            ("a/b:1", ["docker.io", "a/b", "b", "1", ""], "docker.io/a/b:1"),
            ("localhost/x", ["localhost", "x", "x", "latest", ""], "localhost/x:latest"),
            ("r:5000/a/b:2", ["r:5000", "a/b", "b", "2", ""], "r:5000/a/b:2"),
            (&format!("a@{digest}"), ["docker.io", "a", "a", "", &digest], &format!("docker.io/a@{digest}")),
            (
                &format!("a:1@{digest}"),
                ["docker.io", "a", "a", "1", &digest],
                &format!("docker.io/a@{digest}"),
            ),
        ] {
            let image = Image::parse(text, &ImageDefaults::default()).unwrap();
            let Image { registry, path, name, tag, digest } = &image;
            assert_eq!([registry, path, name, tag, digest], parts, "{text}");
            assert_eq!(image.to_string(), shown, "{text}");
        }
        let defaults = ImageDefaults { add_registry: false, ..ImageDefaults::default() };
        assert_eq!(Image::parse("nginx", &defaults).unwrap().to_string(), "nginx:latest");
        assert_eq!(
            Image::parse("NGINX", &ImageDefaults::default()).unwrap_err(),
            "bad image: docker.io/NGINX, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: repository name must be lowercase"
        );
    }
}
