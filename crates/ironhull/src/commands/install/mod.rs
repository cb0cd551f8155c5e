//! `ironhull install`: everything that a cluster needs to run us, as manifests.
//!
//! - `settings`: what is chosen; `access`, `workloads`, `around`: the objects; `yaml`: how they are written
//! - `chart`: the same objects as a Helm chart
//!
//! Lives here: pure functions from settings to text. Never lives here: a connection to a cluster; `kubectl apply` has
//! one.

mod access;
mod around;
mod chart;
mod settings;
mod workloads;
mod yaml;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum, ValueHint};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::{print, write_file};
use settings::{Settings, Tls};

pub(crate) use chart::files as chart_files;

/// Our own kinds.
const OWN_KINDS: &str = include_str!("../../../../../deploy/crds/ironhull.yaml");

/// Those of Kyverno, for clusters without it.
const KYVERNO_KINDS: &str = include_str!("../../../../../deploy/crds/kyverno.yaml");

#[derive(Args, Debug)]
pub(crate) struct Install {
    /// The namespace that is made for us.
    #[arg(short, long, value_name = "NAMESPACE", default_value = "ironhull-system")]
    namespace: String,
    /// The image, built from deploy/Containerfile.
    #[arg(long, value_name = "IMAGE", default_value_t = usual_image())]
    image: String,
    /// How many replicas answer reviews.
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    replicas: u16,
    /// What policies do of which the ConfigMap ironhull-modes says nothing: enforce, shadow, or auto, which only
    /// tells as long as another engine is at work.
    #[arg(long, value_name = "MODE", default_value = "auto")]
    mode: Mode,
    /// Judge pods by the Pod Security Standards, by the labels of their namespaces.
    #[arg(long)]
    pod_security: bool,
    /// Who makes the certificate of the webhooks.
    #[arg(long, value_name = "WHO", default_value = "own")]
    tls: Tls,
    /// Add the kinds of Kyverno's policies, for a cluster without Kyverno.
    #[arg(long)]
    with_kyverno_crds: bool,
    /// Manifests for kubectl, or a Helm chart.
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    format: Format,
    /// The directory that the chart is written to.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, required_if_eq("format", "helm"))]
    directory: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Manifests, to be piped into `kubectl apply -f -`.
    Yaml,
    /// A Helm chart, whose values take the place of the other options.
    Helm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Only tell while another engine is at work, else refuse.
    Auto,
    /// Refuse.
    Enforce,
    /// Only tell.
    Shadow,
}

/// The image of this very version. Nobody publishes it: it is built and pushed by who installs it.
fn usual_image() -> String {
    concat!("ironhull:", env!("CARGO_PKG_VERSION")).to_owned()
}

pub(crate) fn run(install: &Install) -> anyhow::Result<Exit> {
    if install.format == Format::Helm {
        let directory = install.directory.clone().unwrap_or_default();
        for (path, text) in chart::files() {
            write_file(&directory.join(path), &text)?;
        }
        return Ok(Exit::Clean);
    }
    check_namespace(&install.namespace)?;
    if install.image.is_empty() || install.image.chars().any(|c| c.is_whitespace() || c.is_control()) {
        bail!(
            "--image {:?}: expected the name of an image, such as registry.example.com/ironhull:1",
            install.image
        );
    }
    print(&manifests(&install.settings(), install.with_kyverno_crds))?;
    Ok(Exit::Clean)
}

impl Install {
    fn settings(&self) -> Settings {
        let mode = self.mode.to_possible_value();
        Settings {
            namespace: self.namespace.clone(),
            image: self.image.clone(),
            replicas: json!(self.replicas),
            mode: mode.map(|mode| mode.get_name().to_owned()).unwrap_or_default(),
            pod_security: self.pod_security,
            tls: self.tls,
            resources: Settings::usual_resources(),
        }
    }
}

/// A namespace of our own: in those of the cluster we would exempt what is not ours, and uninstalling would be
/// dangerous.
pub(crate) fn check_namespace(name: &str) -> anyhow::Result<()> {
    let is_label = (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if !is_label {
        bail!("--namespace {name:?}: expected small letters, digits and `-`, at most 63");
    }
    if name == "default" || name.starts_with("kube-") {
        bail!(
            "--namespace {name}: everything in our namespace is exempt; choose one that holds nothing else"
        );
    }
    Ok(())
}

/// All manifests as one stream.
fn manifests(settings: &Settings, with_kyverno: bool) -> String {
    let mut parts = vec![yaml::document(&around::namespace(settings)), OWN_KINDS.to_owned()];
    if with_kyverno {
        parts.push(KYVERNO_KINDS.to_owned());
    }
    parts.extend(objects(settings).iter().map(yaml::document));
    let parts: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    format!("{}\n", parts.join("\n---\n"))
}

/// Everything but the namespace and the kinds, in an order in which each finds what it needs.
fn objects(settings: &Settings) -> Vec<Value> {
    [access::objects(settings), around::objects(settings), workloads::objects(settings)].concat()
}

/// Kind and name of everything in our namespace and beside it, whoever made the certificate: what has to be taken
/// out again.
#[cfg(feature = "cluster")]
pub(crate) fn everything(namespace: &str) -> Vec<Value> {
    let settings = |tls| Settings {
        namespace: namespace.to_owned(),
        image: usual_image(),
        replicas: json!(1),
        mode: "auto".to_owned(),
        pod_security: false,
        tls,
        resources: Settings::usual_resources(),
    };
    let mut all = objects(&settings(Tls::Own));
    for object in objects(&settings(Tls::CertManager)) {
        let is_known = |one: &Value| {
            one["kind"] == object["kind"] && one["metadata"]["name"] == object["metadata"]["name"]
        };
        if !all.iter().any(is_known) {
            all.push(object);
        }
    }
    all
}
