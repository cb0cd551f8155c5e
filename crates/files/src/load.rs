//! Reading, in parallel.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironhull_manifest::{Limits, Parsed, read_owned};
use ironhull_value::Interner;
use rayon::prelude::*;

use crate::collect::{Collected, Skipped};
use crate::dump::{Dump, read_dump};
use crate::render::Renderer;

/// Where a text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, or standard input.
    File,
    /// The output of a rendering tool; the name of what was rendered.
    Rendered(Arc<str>),
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Each input with its documents, in order of their names.
    pub inputs: Vec<(Origin, Parsed)>,
    /// Lists that are too large to keep their text.
    pub dumps: Vec<Dump>,
    /// What could not be read, or not be judged; continues [`Collected::skipped`].
    pub skipped: Vec<Skipped>,
}

thread_local! {
    static INTERNER: RefCell<Interner> = RefCell::new(Interner::new());
}

/// Reads everything that was collected. `progress` is called after each input, from any thread.
pub fn load(collected: Collected, limits: &Limits, progress: &(dyn Fn() + Sync)) -> Loaded {
    let Collected { mut files, stdin, render, fallback, skipped } = collected;
    let mut loaded = Loaded { inputs: Vec::new(), dumps: Vec::new(), skipped };
    let renderer = if render.is_empty() { None } else { Renderer::installed() };
    let rendered: Vec<_> = render
        .par_iter()
        .map(|directory| {
            let result = match &renderer {
                Some(renderer) => renderer
                    .render(directory, limits.bytes)
                    .map(|bytes| (renderer.name(), bytes))
                    .map_err(|error| error.to_string()),
                None => Err("neither kubectl nor kustomize is installed".to_owned()),
            };
            progress();
            (directory, result)
        })
        .collect();
    for (directory, result) in rendered {
        let shown = directory.display().to_string();
        match result {
            Ok((tool, bytes)) => {
                let name: Arc<str> = format!("{shown} ({tool})").into();
                loaded.inputs.push((Origin::Rendered(shown.into()), parse(name, bytes, limits)));
            }
            Err(error) => {
                let reason =
                    format!("Kustomize directory, not rendered: {error}; its resources are judged as files");
                loaded.skipped.push(Skipped { path: shown, reason, broken: false });
                files.extend(fallback.get(directory).into_iter().flatten().cloned());
            }
        }
    }
    files.sort();
    files.dedup();
    if stdin {
        match read_stdin(limits) {
            Ok(bytes) => loaded.inputs.push((Origin::File, parse("<stdin>".into(), bytes, limits))),
            Err(error) => loaded.skipped.push(broken(Path::new("<stdin>"), &error)),
        }
    }
    let results: Vec<_> = files
        .par_iter()
        .map(|file| {
            let result = read_one(file, limits);
            progress();
            (file, result)
        })
        .collect();
    for (file, result) in results {
        match result {
            Ok(One::Text(parsed)) => loaded.inputs.push((Origin::File, parsed)),
            Ok(One::Dump(dump)) => loaded.dumps.push(dump),
            Err(error) => loaded.skipped.push(broken(file, &error)),
        }
    }
    loaded
}

enum One {
    Text(Parsed),
    Dump(Dump),
}

fn read_one(file: &PathBuf, limits: &Limits) -> std::io::Result<One> {
    let name = name_of(file);
    let mut handle = File::open(file)?;
    let metadata = handle.metadata()?;
    if metadata.is_dir() {
        return Err(std::io::Error::other("it is a directory"));
    }
    if let Some(dump) = read_dump(&mut handle, metadata.len(), &name, limits)? {
        return Ok(One::Dump(dump));
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX).min(limits.bytes);
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    // At most one byte more than the limit: enough for the reader to see that it is too much.
    handle.take(limits.bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(One::Text(parse(name, bytes, limits)))
}

fn parse(name: Arc<str>, bytes: Vec<u8>, limits: &Limits) -> Parsed {
    INTERNER.with_borrow_mut(|interner| read_owned(name, bytes, limits, interner))
}

fn read_stdin(limits: &Limits) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(limits.bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn name_of(file: &Path) -> Arc<str> {
    file.display().to_string().into()
}

fn broken(file: &Path, error: &std::io::Error) -> Skipped {
    Skipped {
        path: file.display().to_string(),
        reason: format!("it could not be read: {error}"),
        broken: true,
    }
}
