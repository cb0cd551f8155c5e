//! The tree that is checked: members from `cargo metadata`, text files from git.

use crate::context::Context;
use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::{fs, path::Path, path::PathBuf};

/// Everything the checks look at.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) crates: Vec<Crate>,
    pub(crate) files: Vec<TextFile>,
    /// Beginnings of paths that exist on this machine only.
    pub(crate) machine_paths: Vec<String>,
}

/// A member of the workspace. Paths are from the checkout's root, with `/`.
#[derive(Clone, Debug)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) dir: String,
    pub(crate) manifest: String,
    /// `src/lib.rs`, or `src/main.rs` where there is no library.
    pub(crate) main_file: String,
    pub(crate) dependencies: Vec<Used>,
}

/// A dependency as written in a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Used {
    pub(crate) name: String,
    pub(crate) dev: bool,
    /// Ours, not from a registry.
    pub(crate) internal: bool,
}

/// A text file that git tracks, or would.
#[derive(Clone, Debug)]
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|ext| ext == "rs")
    }
}

impl Tree {
    pub(crate) fn read(context: &Context) -> Result<Self> {
        let crates = members(context)?;
        Ok(Self { crates, files: text_files(context)?, machine_paths: machine_paths(&context.root) })
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

fn members(context: &Context) -> Result<Vec<Crate>> {
    let text = context.cargo().args(["metadata", "--format-version", "1", "--no-deps"]).output_text()?;
    let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata is not as expected")?;
    metadata.packages.into_iter().map(|package| member(context, package)).collect()
}

fn member(context: &Context, package: Package) -> Result<Crate> {
    let of_kind =
        |wanted: &str| package.targets.iter().find(|target| target.kind.iter().any(|kind| kind == wanted));
    let Some(main) = of_kind("lib").or_else(|| of_kind("proc-macro")).or_else(|| of_kind("bin")) else {
        bail!("package `{}` has neither a library nor a binary", package.name);
    };
    let manifest = context.relative(&package.manifest_path);
    let dependencies = package
        .dependencies
        .into_iter()
        .map(|used| Used {
            name: used.name,
            dev: used.kind.as_deref() == Some("dev"),
            internal: used.path.is_some(),
        })
        .collect();
    Ok(Crate {
        name: package.name,
        dir: manifest.trim_end_matches("/Cargo.toml").to_owned(),
        main_file: context.relative(&main.src_path),
        manifest,
        dependencies,
    })
}

/// Tracked files and new ones that are not ignored, so that a problem shows before the commit.
fn text_files(context: &Context) -> Result<Vec<TextFile>> {
    let list = context
        .cmd("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .output_text()
        .context("tidy asks git for the files of the tree")?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        // A tracked file may be deleted already, and a binary one is not ours to judge.
        if let Ok(bytes) = fs::read(context.root.join(path))
            && let Ok(text) = String::from_utf8(bytes)
            && !text.contains('\0')
        {
            files.push(TextFile { path: path.to_owned(), text });
        }
    }
    if files.is_empty() {
        bail!("git lists no file in {}", context.root.display());
    }
    Ok(files)
}

/// The checkout's own place, its neighbours, and where toolchains live in a home folder. Not the whole home
/// folder: `/root/.ssh` is a thing that a manifest may mount.
fn machine_paths(root: &Path) -> Vec<String> {
    let mut homes = vec!["/root".to_owned(), "/home/runner".to_owned()];
    homes.extend(std::env::var_os("HOME").map(|home| Path::new(&home).display().to_string()));
    let mut paths: Vec<String> = homes
        .iter()
        .flat_map(|home| [".cargo", ".rustup", ".pyenv", "go/pkg"].map(|tool| format!("{home}/{tool}")))
        .collect();
    // A root like `/src` is too common a word to search for.
    if root.components().count() > 2 {
        paths.push(root.display().to_string());
        let shared = root.with_file_name("shared");
        if shared.is_dir() {
            paths.push(shared.display().to_string());
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

/// A crate for tests; a name after `dev:` is a development dependency, one of ours is internal.
#[cfg(test)]
pub(crate) fn krate(name: &str, dependencies: &[&str]) -> Crate {
    let dir = format!("crates/{}", name.trim_start_matches("ironhull-"));
    let used = |text: &&str| {
        let bare = text.trim_start_matches("dev:");
        Used { name: bare.to_owned(), dev: text.starts_with("dev:"), internal: bare.starts_with("ironhull") }
    };
    Crate {
        name: name.to_owned(),
        manifest: format!("{dir}/Cargo.toml"),
        main_file: format!("{dir}/src/lib.rs"),
        dir,
        dependencies: dependencies.iter().map(used).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_is_a_machine_path_but_a_bare_root_is_not() {
        let paths = machine_paths(Path::new("/some/where/ironhull"));
        assert!(paths.contains(&"/some/where/ironhull".to_owned()), "{paths:?}");
        assert!(!machine_paths(Path::new("/src")).contains(&"/src".to_owned()));
    }
}
