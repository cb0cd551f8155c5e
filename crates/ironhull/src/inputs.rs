//! From what the user named to a world.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use ironhull_files::{Collected, Options, Origin, Skipped, collect, load};
use ironhull_finding::Finding;
use ironhull_manifest::{Document, Limits, Source};
use ironhull_posture::input;
use ironhull_report::{InputCounts, NotEvaluated};
use ironhull_value::{Map, Selector, Value};
use ironhull_world::{Carriers, Catalog, GroupKind, Object, World, object_of_item, objects_of};

use crate::cli::{Cluster, Inputs};
use crate::config::Config;
use crate::progress::Progress;

/// Everything that was read.
pub(crate) struct Read {
    pub(crate) world: World,
    /// Documents with comments, for suppressions.
    pub(crate) documents: Vec<Arc<Document>>,
    /// What is wrong with the inputs themselves.
    pub(crate) findings: Vec<Finding>,
    pub(crate) counts: InputCounts,
}

/// Lists a cluster where one is wanted, else reads files. Of a cluster everything that carries pods is listed,
/// and the kinds that are needed.
#[cfg(feature = "cluster")]
pub(crate) fn read_or_list(
    cluster: &Cluster,
    inputs: &Inputs,
    config: &Config,
    needed: &[GroupKind<'_>],
    quiet: bool,
) -> anyhow::Result<Read> {
    if cluster.is_wanted() {
        return crate::live::read(cluster, inputs, config, needed, quiet);
    }
    read(inputs, config, quiet)
}

/// Reads files.
#[cfg(not(feature = "cluster"))]
pub(crate) fn read_or_list(
    cluster: &Cluster,
    inputs: &Inputs,
    config: &Config,
    _needed: &[GroupKind<'_>],
    quiet: bool,
) -> anyhow::Result<Read> {
    anyhow::ensure!(
        !cluster.is_wanted(),
        "this build has no support for live clusters; pipe `kubectl get -A -o yaml …` into the command, with `-` as the path"
    );
    read(inputs, config, quiet)
}

/// Reads files.
pub(crate) fn read(inputs: &Inputs, config: &Config, quiet: bool) -> anyhow::Result<Read> {
    let paths: Vec<PathBuf> = inputs.paths.iter().chain(&inputs.filename).cloned().collect();
    anyhow::ensure!(
        !paths.is_empty(),
        "nothing to read: name files or directories, `-` for standard input, or use --cluster"
    );
    let options = Options {
        include: chosen(&inputs.include, &config.scan.include),
        exclude: inputs.exclude.iter().chain(&config.scan.exclude).cloned().collect(),
        no_ignore: inputs.no_ignore || config.scan.no_ignore,
        no_render: inputs.no_render || config.scan.no_render,
    };
    let collected = collect(&paths, &options)?;
    let progress = Progress::new("Reading", total(&collected), quiet);
    let limits = Limits { bytes: inputs.max_input, ..Limits::default() };
    let loaded = load(collected, &limits, &|| progress.step());
    drop(progress);
    let selector = inputs.selector.as_deref().map(Selector::parse).transpose().context("--selector")?;
    let namespace = inputs.namespace.as_deref().or(config.scan.namespace.as_deref()).unwrap_or_default();
    Ok(assemble(loaded, config.carriers()?, namespace, selector.as_ref()))
}

fn chosen(typed: &[String], configured: &[String]) -> Vec<String> {
    if typed.is_empty() { configured.to_vec() } else { typed.to_vec() }
}

fn total(collected: &Collected) -> usize {
    collected.files.len() + collected.render.len()
}

fn assemble(
    loaded: ironhull_files::Loaded,
    carriers: Carriers,
    namespace: &str,
    selector: Option<&Selector>,
) -> Read {
    let mut counts = InputCounts::default();
    let mut findings = Vec::new();
    for Skipped { path, reason, broken } in loaded.skipped {
        if broken {
            findings.push(input::unreadable(&path, &reason));
        }
        counts.not_evaluated.push(NotEvaluated { path, reason });
    }
    let mut documents: Vec<(Origin, Arc<Document>)> = Vec::new();
    for (origin, parsed) in loaded.inputs {
        counts.files += 1;
        counts.rendered += usize::from(origin != Origin::File);
        counts.documents += parsed.documents.len();
        let diagnostics = parsed.diagnostics.iter();
        findings.extend(diagnostics.map(|diagnostic| input::of_diagnostic(&parsed.source, diagnostic)));
        documents.extend(parsed.documents.into_iter().map(|document| (origin.clone(), Arc::new(document))));
    }
    // Kinds are learned first, because a definition may come after its objects.
    let mut catalog = Catalog::new();
    let dumped = loaded.dumps.iter().flat_map(|dump| dump.items.iter().map(|(value, _)| value));
    for value in documents.iter().map(|(_, document)| &document.value).chain(dumped) {
        if value.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition") {
            catalog.learn(value);
        }
    }
    let mut objects: Vec<Object> = Vec::new();
    for dump in loaded.dumps {
        counts.files += 1;
        counts.documents += 1;
        let source = Arc::new(Source::new(dump.name, ""));
        for (line, message) in dump.broken {
            findings.push(input::in_dump(&source, line, &message));
        }
        for (value, line) in dump.items {
            match object_of_item(value, &source, line, namespace, &catalog) {
                Ok(object) => objects.push(object),
                Err(reason) => findings.push(input::in_dump(&source, line, reason)),
            }
        }
    }
    for (origin, document) in &documents {
        let rendered = if let Origin::Rendered(from) = origin { Some(from) } else { None };
        let loaded = objects_of(document, rendered, namespace, &catalog);
        objects.extend(loaded.objects);
        for malformed in loaded.malformed {
            if malformed.foreign {
                counts.foreign += 1;
            } else {
                findings.push(input::of_malformed(&malformed));
            }
        }
    }
    if let Some(selector) = selector {
        let empty = Map::default();
        objects.retain(|object| {
            let labels = object.value.dig(&["metadata", "labels"]).and_then(Value::as_map);
            selector.matches(labels.unwrap_or(&empty))
        });
    }
    counts.objects = objects.len();
    let world = World::from_files(objects, carriers);
    documents.retain(|(_, document)| !document.comments.is_empty());
    let documents = documents.into_iter().map(|(_, document)| document).collect();
    Read { world, documents, findings, counts }
}
