//! Made-up clusters to measure on: the same bytes on every machine, as people write and dump them.
//!
//! Everything comes from a seed. A corpus lies under `target/bench/` in a folder whose name holds the hash
//! of its contents, so that two figures with the same name are of the same input.

mod access;
mod config;
pub(crate) mod connectivity;
mod dump;
mod network;
mod pod;
mod rng;
mod tree;
mod workload;
mod yaml;

use crate::{context::Context, hash::Fnv};
use anyhow::{Context as _, Result};
use rng::Rng;
use serde_json::Value;
use std::{
    fs,
    io::BufWriter,
    path::{Path, PathBuf},
};

const SEED: u64 = 0x1407_2026;

/// What a corpus is and where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    /// A folder, or one file.
    pub(crate) path: PathBuf,
    pub(crate) files: usize,
    pub(crate) objects: usize,
    pub(crate) bytes: u64,
    pub(crate) hash: String,
}

impl std::fmt::Display for Corpus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kilobytes = self.bytes / 1000;
        write!(f, "{} files, {} objects, {kilobytes} kB, hash {}", self.files, self.objects, self.hash)
    }
}

/// A tree of manifests like a platform team's repository: about 1,100 files, 1,700 objects, 6 MB.
pub(crate) fn repository(context: &Context) -> Result<Corpus> {
    write_tree(context, &tree::files(SEED, tree::Size::Repository))
}

/// A cluster of workloads and policies that every tool for connections reads alike.
pub(crate) fn connectivity(context: &Context, size: connectivity::Size) -> Result<Corpus> {
    write_tree(context, &connectivity::files(SEED, size))
}

/// A few dozen objects with good and bad settings, for the validation of output formats.
pub(crate) fn small(context: &Context) -> Result<PathBuf> {
    Ok(write_tree(context, &tree::files(SEED, tree::Size::Small))?.path)
}

/// One file with one Deployment and its Service: what a first run meets.
pub(crate) fn single(context: &Context) -> Result<Corpus> {
    let mut rng = Rng::new(SEED);
    let app = workload::App::new(&mut rng, "shop", 7);
    let mut deployment = workload::deployment(&mut rng, &app);
    // Something to find, for every tool.
    let pod = &mut deployment["spec"]["template"]["spec"];
    pod["hostPID"] = true.into();
    pod["containers"][0]["image"] = "registry.example.com/shop/web:latest".into();
    pod["containers"][0]["securityContext"] = serde_json::json!({"privileged": true});
    let objects = [deployment, network::service(&mut rng, &app)];
    let text = yaml::documents(&objects);
    let path = bench_dir(context)?.join("single.yaml");
    fs::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    let hash = Fnv::new().field(text.as_bytes()).hex();
    Ok(Corpus { path, files: 1, objects: objects.len(), bytes: text.len() as u64, hash })
}

/// One JSON List as `kubectl get -A -o json` prints it, with status, of this many objects.
pub(crate) fn cluster_dump(context: &Context, objects: usize) -> Result<Corpus> {
    let dir = bench_dir(context)?;
    let path = dir.join(format!("dump-{objects}-{}.json", dump::VERSION));
    let mark = path.with_extension("hash");
    if !mark.is_file() {
        let file = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let hash = dump::write(BufWriter::with_capacity(1 << 20, file), SEED, objects)?;
        fs::write(&mark, hash)?;
    }
    let bytes = fs::metadata(&path)?.len();
    Ok(Corpus { files: 1, objects, bytes, hash: fs::read_to_string(&mark)?, path })
}

/// Pods alone, as they would reach an admission webhook.
pub(crate) fn pods(count: usize) -> Vec<Value> {
    let mut rng = Rng::new(SEED);
    (0..count).map(|number| workload::pod(&mut rng, "shop", number)).collect()
}

/// Where corpora and reports of measurements lie.
pub(crate) fn bench_dir(context: &Context) -> Result<PathBuf> {
    let dir = context.target.join("bench");
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

fn write_tree(context: &Context, files: &[tree::File]) -> Result<Corpus> {
    let hash = hash(files);
    let path = bench_dir(context)?.join(format!("corpus-{hash}"));
    let mark = path.join(".complete");
    if !mark.is_file() {
        for file in files {
            let target = path.join(&file.path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&target, &file.text).with_context(|| format!("cannot write {}", target.display()))?;
        }
        fs::write(&mark, "")?;
    }
    Ok(Corpus {
        path,
        files: files.len(),
        objects: files.iter().map(|file| file.names.len()).sum(),
        bytes: files.iter().map(|file| file.text.len() as u64).sum(),
        hash,
    })
}

fn hash(files: &[tree::File]) -> String {
    let add = |hash: Fnv, file: &tree::File| hash.field(file.path.as_bytes()).field(file.text.as_bytes());
    files.iter().fold(Fnv::new(), add).hex()
}

/// All YAML files of a folder, sorted: for peers that take files only.
pub(crate) fn yaml_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else if entry.path().extension().is_some_and(|ext| ext == "yaml") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_bytes_and_another_seed_does_not() {
        let make = |seed| hash(&tree::files(seed, tree::Size::Small));
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn the_repository_has_the_size_it_says() {
        let files = tree::files(SEED, tree::Size::Repository);
        let objects: usize = files.iter().map(|file| file.names.len()).sum();
        let bytes: usize = files.iter().map(|file| file.text.len()).sum();
        assert!((1_050..1_200).contains(&files.len()), "{} files", files.len());
        assert!((1_600..1_850).contains(&objects), "{objects} objects");
        assert!((5_500_000..6_900_000).contains(&bytes), "{bytes} bytes");
    }

    #[test]
    fn no_two_objects_of_the_repository_have_one_name() {
        let mut seen = std::collections::BTreeSet::new();
        for file in tree::files(SEED, tree::Size::Repository) {
            for name in &file.names {
                assert!(seen.insert(name.clone()), "{name} twice, second in {}", file.path);
            }
        }
    }
}
