//! `ironhull serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use clap::{Args, ValueEnum, ValueHint};
use ironhull_kube::{Access, Cluster, LiveWorld};
use ironhull_podsecurity::admission::Admission;
use ironhull_server::{Certificates, Lifetimes, Limits, Server};
use ironhull_store::{Limits as RecordLimits, Store};
use ironhull_value::CompactString;
use ironhull_world::{Object, World};
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::{Mutex, Notify, Semaphore, mpsc, watch};

use super::observed::ObservedArgs;
use crate::cli::{Global, Inputs};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::live::random_key;
use crate::output::print;
use crate::serve::api::access::Guard;
use crate::serve::api::{self, Api};
use crate::serve::certificates::{self, Keeper};
use crate::serve::compare::{Compared, Comparer};
use crate::serve::conditional::LeftOut;
use crate::serve::controller::{self, Fixed, first_demand};
use crate::serve::demo::{self, Address, Demo};
use crate::serve::engine::Engine;
use crate::serve::loaded::Kinds;
use crate::serve::metrics::Metrics;
use crate::serve::modes::Mode;
use crate::serve::recorder::Recorder;
use crate::serve::registrar::Registrar;
use crate::serve::registration::Place;
use crate::serve::secret::Kept;
use crate::serve::slow::Slow;
use crate::serve::source::Source;
use crate::serve::web::{Probes, Webhooks};
use crate::serve::{guest, log, pod_security_config};

/// The record holds a week, as far as its size goes.
const RECORD_AGE: Duration = Duration::from_hours(7 * 24);

/// Threads for what has to wait, and those of them that are for neither reviews nor the API: names are looked up there.
const THREADS: usize = 64;
const SPARE: usize = 4;

#[derive(Args, Clone, Debug)]
pub(crate) struct Serve {
    /// Try it on this machine: built-in policies and a little cluster of files, a handful of requests, and what to do
    /// next. Needs no cluster and leaves nothing behind.
    #[arg(long, conflicts_with_all = ["kubeconfig", "context", "offline", "role", "tls_dir", "url"])]
    demo: bool,
    /// Policies, exceptions and other objects from files and directories, beside those of the cluster.
    #[arg(short, long = "policy", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// The context of the kubeconfig.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The kubeconfig; in a pod its service account is used without it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    kubeconfig: Option<PathBuf>,
    /// Answer without a cluster: only policies from files count, and nothing is registered.
    #[arg(long, conflicts_with_all = ["kubeconfig", "context"])]
    offline: bool,
    /// Where reviews are answered, over TLS.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:9443")]
    address: SocketAddr,
    /// Where probes and metrics are answered, without TLS.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    probe_address: SocketAddr,
    /// The URL by which the API server reaches us, when we run outside of the cluster: https://host:9443.
    #[arg(long, value_name = "URL", conflicts_with = "service")]
    url: Option<String>,
    /// The Service by which the API server reaches us.
    #[arg(long, value_name = "NAMESPACE/NAME:PORT", default_value = "ironhull-system/ironhull:443")]
    service: String,
    /// A directory with tls.crt, tls.key and ca.crt, such as a mounted Secret of cert-manager. Without it
    /// certificates are made here and renewed in time.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    tls_dir: Option<PathBuf>,
    /// The authorities (PEM) of those who may send reviews: only who shows a certificate of one of them is answered.
    /// Without it everybody is who reaches the port.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    client_ca: Option<PathBuf>,
    /// Our own namespace.
    #[arg(long, value_name = "NAMESPACE", default_value = "ironhull-system")]
    namespace: String,
    /// A further namespace of which nothing is judged, beside our own and kube-system; may be repeated.
    #[arg(long, value_name = "NAMESPACE")]
    exempt_namespace: Vec<String>,
    /// A namespace whose exceptions count, or `*`; may be repeated. Our own without it.
    #[arg(long, value_name = "NAMESPACE")]
    exception_namespace: Vec<String>,
    /// What policies do of which the ConfigMap ironhull-modes says nothing: refuse, or only tell. `auto` only
    /// tells as long as the webhooks of another engine are registered.
    #[arg(long, value_name = "MODE", default_value = "auto")]
    mode: Usual,
    /// Which work is done here: all of it, only answering reviews, or only writing what is registered.
    #[arg(long, value_name = "ROLE", default_value = "all")]
    role: Role,
    /// Judge pods by the Pod Security Standards, by the labels of their namespaces.
    #[arg(long)]
    pod_security: bool,
    /// A PodSecurityConfiguration with defaults and exemptions; implies --pod-security.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pod_security_config: Option<PathBuf>,
    /// The file in which decisions are kept; in memory without it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    record: Option<PathBuf>,
    /// How much of decisions is kept, in MiB; 0 for nothing. 64 in a file, 8 in memory without it.
    #[arg(long, value_name = "MIB")]
    record_size: Option<u64>,
    /// How much memory the bodies of requests may take together, in MiB; the next ones wait.
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    memory: usize,
    /// A file with the token that opens the JSON API where there is no cluster to ask who somebody is.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "offline")]
    api_token_file: Option<PathBuf>,
    #[command(flatten)]
    observed: ObservedArgs,
    /// Write nothing to the cluster: no registration, no status, no Events.
    #[arg(long)]
    read_only: bool,
    /// How long certificates that are made here are good for, in hours.
    #[arg(long, value_name = "HOURS", default_value_t = 90 * 24, hide = true)]
    certificate_hours: u64,
    /// The same in seconds, for tests.
    #[arg(long, value_name = "SECONDS", hide = true)]
    certificate_seconds: Option<u64>,
    /// The Secret of our own namespace in which `--role controller` keeps the certificate for those who answer
    /// reviews.
    #[arg(long, value_name = "NAME", default_value = "ironhull-tls")]
    certificate_secret: String,
    /// How long reviews are still answered after the signal to end, until nobody sends any, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    drain_seconds: u64,
    /// Leave the caBundle of our registration to somebody else, such as cert-manager.
    #[arg(long)]
    ca_from_registration: bool,
    /// A further annotation of our registration; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = annotation)]
    registration_annotation: Vec<(String, String)>,
}

fn annotation(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Usual {
    /// Only tell while another engine is at work, else refuse.
    Auto,
    /// Refuse.
    Enforce,
    /// Only tell.
    Shadow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Everything, in one process.
    All,
    /// Answer reviews.
    Admission,
    /// Write the registration, the status of policies and Events.
    Controller,
}

pub(super) fn run(serve: &Serve, global: &Global) -> anyhow::Result<Exit> {
    // With one core there is nobody to hand work to, and answers that are ready together leave together.
    let is_alone = std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut builder = if is_alone { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let runtime = builder.enable_all().max_blocking_threads(THREADS).build().context("starting")?;
    let demo = serve.demo.then(Demo::new).transpose()?;
    let serve = demo.as_ref().map_or_else(|| serve.clone(), |demo| serve.in_demo(demo));
    runtime.block_on(serve.serve(global, demo.as_ref()))?;
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(Exit::Clean)
}

impl Serve {
    /// The same, as the demo needs it.
    fn in_demo(&self, demo: &Demo) -> Self {
        let mut serve = self.clone();
        serve.offline = true;
        serve.pod_security = true;
        serve.policies.splice(0..0, demo.policies());
        serve.exception_namespace = vec!["*".to_owned()];
        serve.api_token_file = Some(demo.token_file());
        serve.address = demo::loopback(self.address.port());
        serve.probe_address = demo::loopback(self.probe_address.port());
        log::least(log::Level::Warn);
        serve
    }

    async fn serve(&self, global: &Global, demo: Option<&Demo>) -> anyhow::Result<()> {
        let config = Config::find(global.config.as_deref())?;
        let files = self.files(&config, global.quiet)?;
        let pod_security = self.admission()?;
        let place = self.place()?;
        let (source, usual) = self.source(&config, &files).await?;
        let recorder = self.recorder()?;
        let fixed = Fixed {
            files,
            exception_namespaces: self.exception_namespaces(),
            pod_security,
            usual,
            namespace: self.namespace.clone(),
        };
        let world = source.world();
        let kinds = Arc::new(Kinds::of_catalog(world.catalog()));
        let left_out = (!self.offline).then(LeftOut::default);
        let loaded = fixed.load(&world, kinds, left_out.as_ref(), None);
        for known in loaded.policies.iter().filter(|known| !known.is_ready()) {
            let policy = known.object.key.to_string();
            log::warn("a policy is not enforced", json!({ "policy": policy, "reasons": known.reasons() }));
        }
        let cluster = source.cluster().cloned();
        let guard = match (&cluster, &self.api_token_file) {
            (Some(cluster), _) => Guard::cluster(cluster.clone()),
            (None, Some(file)) => Guard::file(file)?,
            (None, None) => Guard::Off,
        };
        let writes = cluster.is_some() && !self.read_only && self.role != Role::Admission;
        let (events, denials) = mpsc::channel(256);
        let untouched = [self.namespace.as_str(), "kube-system"].into_iter();
        let untouched = untouched.chain(self.exempt_namespace.iter().map(String::as_str));
        let compared = Compared::default();
        let observed = self.observed.start(&loaded)?;
        let engine = Arc::new(Engine {
            loaded: ArcSwap::from_pointee(loaded),
            source,
            metrics: Metrics::default(),
            recorder,
            slow: Slow::default(),
            threads: Arc::new(Semaphore::new(THREADS - api::AT_ONCE - SPARE)),
            untouched: untouched.map(CompactString::from).collect(),
            events: (cluster.is_some() && !self.read_only).then_some(events),
            comparer: cluster.clone().map(|cluster| Comparer::start(cluster, compared.clone())),
            compared,
            observed,
        });

        let certificates = self.certificates()?;
        let mut keeper = self.keeper(&place, cluster.as_ref())?;
        // Who mounts a Secret waits for it, and so does who writes one: the API server may be away for a while.
        if let Err(error) = keeper.tend(&certificates).await {
            if !matches!(keeper, Keeper::Files(_) | Keeper::Secret(_)) {
                return Err(error.context("the certificate"));
            }
            log::warn("there is no certificate yet", json!({ "error": error.to_string() }));
        }
        let shows = keeper.shows() && self.role != Role::Controller;
        let keeper = Arc::new(Mutex::new(keeper));
        let changed = Arc::new(Notify::new());
        let limits = Limits { bodies: self.memory << 20, ..Limits::default() };
        let (loaded_tell, loaded) = watch::channel(false);
        let (ready_tell, ready) = watch::channel(false);
        let mut demo_ready = ready.clone();
        tokio::spawn(certificates::tell_ready(loaded, shows.then(|| certificates.clone()), ready_tell));
        let (end_tell, end) = watch::channel(false);
        let (leaving_tell, leaving) = watch::channel(false);
        let mut tasks = tokio::task::JoinSet::new();
        let mut reviews = None;
        if self.role != Role::Controller {
            let server = Server::bind(self.address, Some(&certificates), limits.clone()).await?;
            reviews = server.address();
            let address = reviews.map(|address| address.to_string());
            log::info("listening", json!({ "address": address, "what": "reviews" }));
            let api = Arc::new(Api {
                engine: Arc::clone(&engine),
                guard,
                certificates: certificates.clone(),
                ready: ready.clone(),
                threads: Arc::new(Semaphore::new(api::AT_ONCE)),
            });
            let handler = Arc::new(Webhooks {
                engine: Arc::clone(&engine),
                ready: ready.clone(),
                api,
                asks_who: self.client_ca.is_some(),
                leaving: leaving.clone(),
            });
            tasks.spawn(server.run(handler, end.clone()));
        }
        let probes = Server::bind(self.probe_address, None, Limits { connections: 64, ..limits }).await?;
        let probed = probes.address();
        let address = probed.map(|address| address.to_string());
        log::info("listening", json!({ "address": address, "what": "probes and metrics" }));
        let handler = Arc::new(Probes { engine: Arc::clone(&engine), ready: ready.clone(), leaving });
        let authorities = keeper.lock().await.authorities();
        tasks.spawn(probes.run(handler, end.clone()));
        let registrar = cluster.clone().filter(|_| writes).map(|cluster| Registrar {
            cluster,
            place,
            accounts: ["", "-admission", "-controller"]
                .map(|role| format!("system:serviceaccount:{}:ironhull{role}", self.namespace))
                .to_vec(),
            annotations: self.registration_annotation.clone(),
            certificates: Arc::clone(&keeper),
            changed: Arc::clone(&changed),
            is_apart: self.role == Role::Controller,
            writes_status: usual == Mode::Enforce,
        });
        if let Some(cluster) = cluster.filter(|_| engine.events.is_some()) {
            tokio::spawn(controller::write_events(cluster, denials));
        }
        tasks.spawn(controller::run(Arc::clone(&engine), fixed, registrar, loaded_tell, end.clone()));
        tasks.spawn(certificates::tend(keeper, certificates, changed, Arc::clone(&engine), end));
        if let (Some(demo), Some(reviews), Some(probes), Some(authorities)) =
            (demo, reviews, probed, authorities)
        {
            demo_ready.wait_for(|ready| *ready).await.context("starting")?;
            log::least(log::Level::Error);
            print(&demo.play(&Address { reviews, probes, authorities }).await?)?;
            log::least(log::Level::Warn);
        }
        signalled().await;
        log::info("ending", json!({ "why": "a signal", "seconds": self.drain_seconds }));
        // Probes say no from now on and reviews are still answered: the Service forgets us before we go.
        let _ = leaving_tell.send(true);
        tokio::time::sleep(Duration::from_secs(self.drain_seconds)).await;
        let _ = end_tell.send(true);
        while tasks.join_next().await.is_some() {}
        engine.observed.end().await;
        Ok(())
    }

    fn certificates(&self) -> anyhow::Result<Certificates> {
        let none = Certificates::none();
        let Some(path) = &self.client_ca else { return Ok(none) };
        let read = std::fs::read(path).map_err(anyhow::Error::from);
        read.and_then(|pem| Ok(none.knowing(&pem)?))
            .with_context(|| format!("--client-ca {}", path.display()))
    }

    /// Objects of files. What cannot be read ends the start: a policy may be in it.
    fn files(&self, config: &Config, quiet: bool) -> anyhow::Result<Vec<Arc<Object>>> {
        if self.policies.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = Inputs {
            paths: self.policies.clone(),
            max_input: 64 << 20,
            no_render: true,
            ..Inputs::default()
        };
        let read = inputs::read(&wanted, config, quiet)?;
        if let Some(finding) = read.findings.first() {
            bail!("{}: {}; a policy may be in it, so nothing is served", finding.subject, finding.message);
        }
        Ok(read.world.objects().cloned().collect())
    }

    fn admission(&self) -> anyhow::Result<Option<Admission>> {
        let Some(path) = &self.pod_security_config else {
            return Ok(self.pod_security.then(Admission::default));
        };
        Ok(Some(pod_security_config::read(path)?))
    }

    fn place(&self) -> anyhow::Result<Place> {
        if let Some(url) = &self.url {
            anyhow::ensure!(
                url.starts_with("https://"),
                "--url {url}: the API server calls webhooks over https only; write https://host:port"
            );
            return Ok(Place::Url(url.trim_end_matches('/').to_owned()));
        }
        let wrong = || format!("--service {}: write namespace/name:port", self.service);
        let (namespace, rest) = self.service.split_once('/').with_context(wrong)?;
        let (name, port) = rest.split_once(':').unwrap_or((rest, "443"));
        let port = port.parse().with_context(wrong)?;
        Ok(Place::Service { namespace: namespace.to_owned(), name: name.to_owned(), port })
    }

    fn keeper(&self, place: &Place, cluster: Option<&Cluster>) -> anyhow::Result<Keeper> {
        if self.role == Role::Controller && self.ca_from_registration {
            return Ok(Keeper::Elsewhere);
        }
        if let Some(dir) = &self.tls_dir {
            return Ok(Keeper::files(dir));
        }
        let hours = Duration::from_hours(self.certificate_hours.max(1));
        let server = self.certificate_seconds.map_or(hours, |seconds| Duration::from_secs(seconds.max(10)));
        let lifetimes = Lifetimes { server, authority: server * 4 };
        if self.role == Role::Controller
            && !self.read_only
            && let Some(cluster) = cluster
        {
            let (namespace, name) = (&self.namespace, &self.certificate_secret);
            let kept = Kept::new(cluster.clone(), namespace, name, place.names(), lifetimes);
            return Ok(Keeper::Secret(Box::new(kept)));
        }
        Keeper::own(place.names(), lifetimes).context("making a certificate")
    }

    fn exception_namespaces(&self) -> Vec<String> {
        if self.exception_namespace.is_empty() {
            vec![self.namespace.clone()]
        } else {
            self.exception_namespace.clone()
        }
    }

    fn recorder(&self) -> anyhow::Result<Option<Recorder>> {
        let size = self.record_size.unwrap_or(if self.record.is_some() { 64 } else { 8 });
        if size == 0 {
            return Ok(None);
        }
        let limits = RecordLimits { bytes: size << 20, entries: 10_000_000, age: RECORD_AGE };
        let store = match &self.record {
            Some(path) => Store::open(path, limits)?,
            None => Store::in_memory(limits)?,
        };
        Ok(Some(Recorder::start(store)?))
    }

    async fn source(&self, config: &Config, files: &[Arc<Object>]) -> anyhow::Result<(Source, Mode)> {
        let carriers = config.carriers()?;
        if self.offline {
            // What is looked up without a cluster, such as the labels of a namespace, is in the files.
            let world = World::from_files(files.iter().map(|object| Object::clone(object)), carriers);
            let usual = if self.mode == Usual::Shadow { Mode::Shadow } else { Mode::Enforce };
            return Ok((Source::Fixed(ArcSwap::from_pointee(world)), usual));
        }
        let access = Access {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            timeout: Duration::from_secs(15),
            secret_key: random_key()?,
            ..Access::default()
        };
        let cluster = Cluster::connect(&access).await?;
        log::info(
            "connected",
            json!({ "context": cluster.context(), "server": cluster.address(), "version": cluster.version() }),
        );
        let usual = match self.mode {
            Usual::Enforce => Mode::Enforce,
            Usual::Shadow => Mode::Shadow,
            Usual::Auto => {
                let peers = guest::peers(&cluster).await.map_err(|why| {
                    anyhow::anyhow!(
                        "whether another engine is at work cannot be told: {why}; choose with --mode"
                    )
                })?;
                for peer in &peers {
                    log::warn(
                        "another engine is at work: policies are only listened to (shadow)",
                        json!({ "engine": peer.engine, "evidence": peer.evidence }),
                    );
                }
                if peers.is_empty() { Mode::Enforce } else { Mode::Shadow }
            }
        };
        let live = LiveWorld::start(cluster.clone(), carriers, first_demand(&self.namespace));
        Ok((Source::Live { cluster, live }, usual))
    }
}

/// Until somebody ends us.
async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut interrupt)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
