//! Which files to read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::WalkBuilder;

use crate::chart::{Charts, Role};
use crate::kustomization::{Kustomization, NAMES};
use crate::lexical::normal;

/// How to look.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only files that match one of these globs, relative to the directory that was named; empty for all.
    pub include: Vec<String>,
    /// No file that matches one of these.
    pub exclude: Vec<String>,
    /// Read what `.gitignore` and `.ignore` name as well.
    pub no_ignore: bool,
    /// Do not render Kustomize directories.
    pub no_render: bool,
}

/// A file or directory that was seen and is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its path as the user would write it.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Whether it is broken, which is a finding, or merely cannot be judged.
    pub broken: bool,
}

/// What to read.
#[derive(Debug, Default)]
pub struct Collected {
    /// Manifest files, each once, in order.
    pub files: Vec<PathBuf>,
    /// Whether standard input is to be read.
    pub stdin: bool,
    /// Kustomize directories to render.
    pub render: Vec<PathBuf>,
    /// Raw resources of each directory to render, read instead when rendering fails.
    pub(crate) fallback: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// What is not read.
    pub skipped: Vec<Skipped>,
}

/// What the user got wrong.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A path that was named does not exist.
    #[error("{0}: there is no such file or directory")]
    Missing(String),
    /// A path that was named cannot be looked at.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    /// A glob is not valid.
    #[error("{0}")]
    Glob(#[from] globset::Error),
}

/// Looks through the paths. `-` is standard input; a file that is named is read whatever its name.
///
/// # Errors
/// When a path that was named does not exist: everything else is in [`Collected::skipped`].
pub fn collect(paths: &[PathBuf], options: &Options) -> Result<Collected, CollectError> {
    let mut seen =
        Seen { include: globs(&options.include)?, exclude: globs(&options.exclude)?, ..Seen::default() };
    for path in paths {
        if path.as_os_str() == "-" {
            seen.collected.stdin = true;
            continue;
        }
        let shown = path.display().to_string();
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(CollectError::Missing(shown));
            }
            Err(error) => return Err(CollectError::Unreadable(shown, error)),
        };
        if metadata.is_dir() {
            seen.walk(path, options);
        } else {
            seen.files.insert(normal(path));
        }
    }
    Ok(seen.finish(options))
}

#[derive(Default)]
struct Seen {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    files: BTreeSet<PathBuf>,
    kustomizations: BTreeMap<PathBuf, Kustomization>,
    collected: Collected,
}

impl Seen {
    fn walk(&mut self, root: &Path, options: &Options) {
        let mut builder = WalkBuilder::new(root);
        builder
            .follow_links(true)
            .require_git(false)
            .ignore(!options.no_ignore)
            .git_ignore(!options.no_ignore)
            .git_exclude(!options.no_ignore)
            .git_global(false)
            .parents(!options.no_ignore)
            .sort_by_file_path(Path::cmp);
        for entry in builder.build() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.walk_error(root, &error);
                    continue;
                }
            };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path();
            let inside = path.strip_prefix(root).unwrap_or(path);
            if self.exclude.as_ref().is_some_and(|globs| globs.is_match(inside)) {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if NAMES.contains(&name) {
                let directory = path.parent().unwrap_or(Path::new("."));
                self.add_kustomization(directory);
                continue;
            }
            if self.include.as_ref().is_some_and(|globs| !globs.is_match(inside)) || !is_manifest_name(path) {
                continue;
            }
            self.files.insert(normal(path));
        }
    }

    /// Adds a kustomization and the bases that it builds on, which may lie outside.
    fn add_kustomization(&mut self, directory: &Path) {
        let directory = normal(directory);
        if self.kustomizations.contains_key(&directory) {
            return;
        }
        let Some(kustomization) = Kustomization::of(&directory) else { return };
        let bases = kustomization.bases.clone();
        self.kustomizations.insert(directory, kustomization);
        for base in bases {
            self.add_kustomization(&base);
        }
    }

    fn walk_error(&mut self, root: &Path, error: &ignore::Error) {
        let looped = is_loop(error);
        let reason = if looped {
            "it links to a directory around it, which was read once".to_owned()
        } else {
            error.to_string()
        };
        let path = path_of(error).unwrap_or(root).display().to_string();
        self.collected.skipped.push(Skipped { path, reason, broken: !looped });
    }

    fn finish(mut self, options: &Options) -> Collected {
        let mut charts = Charts::default();
        let mut templates: BTreeMap<PathBuf, usize> = BTreeMap::new();
        self.files.retain(|file| match charts.role(file) {
            Some((chart, Role::Template)) => {
                *templates.entry(chart).or_default() += 1;
                false
            }
            Some((_, Role::Metadata)) => false,
            _ => true,
        });
        for (chart, count) in templates {
            let reason =
                format!("Helm chart, not rendered: {count} templates; scan the output of `helm template`");
            self.collected.skipped.push(Skipped { path: chart.display().to_string(), reason, broken: false });
        }
        self.plan_rendering(options);
        self.collected.files = self.files.into_iter().collect();
        self.collected
    }

    /// Of the kustomizations the ones that no other builds on are rendered; everything they refer to is then
    /// judged in its rendered form and not as a file. Patches are never judged by themselves.
    fn plan_rendering(&mut self, options: &Options) {
        for kustomization in self.kustomizations.values() {
            for part in &kustomization.parts {
                self.files.remove(part);
            }
        }
        let used: BTreeSet<&PathBuf> = self.kustomizations.values().flat_map(|one| &one.bases).collect();
        let roots: Vec<_> =
            self.kustomizations.values().filter(|one| !used.contains(&one.directory)).collect();
        let mut rendered_files: BTreeSet<PathBuf> = BTreeSet::new();
        for root in roots {
            let (closure, obstacle) = self.closure(root);
            let obstacle =
                if options.no_render { Some("rendering is switched off".to_owned()) } else { obstacle };
            let shown = root.directory.display().to_string();
            if let Some(obstacle) = obstacle {
                let reason = format!(
                    "Kustomize directory, not rendered: {obstacle}; its resources are judged as files"
                );
                self.collected.skipped.push(Skipped { path: shown, reason, broken: false });
            } else if !root.component {
                let own: Vec<PathBuf> =
                    closure.iter().filter(|file| self.files.contains(*file)).cloned().collect();
                self.collected.fallback.insert(root.directory.clone(), own);
                rendered_files.extend(closure);
                self.collected.render.push(root.directory.clone());
            }
        }
        self.files.retain(|file| !rendered_files.contains(file));
    }

    /// All resource files below a kustomization, and the first thing that keeps it from being rendered.
    fn closure(&self, root: &Kustomization) -> (BTreeSet<PathBuf>, Option<String>) {
        let mut files = BTreeSet::new();
        let mut obstacle = None;
        let mut visited = BTreeSet::new();
        let mut open = vec![root];
        while let Some(one) = open.pop() {
            if !visited.insert(&one.directory) {
                continue;
            }
            files.extend(one.resources.iter().cloned());
            obstacle = obstacle.or_else(|| one.obstacle.clone());
            for base in &one.bases {
                match self.kustomizations.get(base) {
                    Some(next) => open.push(next),
                    None => {
                        obstacle =
                            obstacle.or_else(|| Some(format!("{} has no kustomization", base.display())));
                    }
                }
            }
        }
        (files, obstacle)
    }
}

fn is_manifest_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml" | "json"))
}

fn globs(patterns: &[String]) -> Result<Option<GlobSet>, globset::Error> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        // A bare name matches at any depth, as in .gitignore.
        let anywhere = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        builder.add(Glob::new(&anywhere)?);
        // A directory means everything in it.
        builder.add(Glob::new(&format!("{}/**", anywhere.trim_end_matches('/')))?);
    }
    builder.build().map(Some)
}

fn is_loop(error: &ignore::Error) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithPath { err, .. } | ignore::Error::WithDepth { err, .. } => is_loop(err),
        _ => false,
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } => path_of(err),
        _ => None,
    }
}
