//! The list of connections: ours beside netpol-analyzer and network-config-analyzer, on the same clusters.
//!
//! Both peers must give the same answer before anything is timed: netpol-analyzer the same bytes, and
//! network-config-analyzer, which writes another form, the same pairs and ports by its Python classes.

use super::{
    duel::figures,
    measure::{self, Spec, Usage},
    ours,
};
use crate::{
    context::Context,
    corpus::{self, Corpus, connectivity::Size},
    skips,
    table::Table,
    tools,
};
use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

const NETPOL_ANALYZER: &str = "netpol-analyzer 1.4.4";
const NETPOL_ANALYZER_PROGRAM: &str = "github.com/np-guard/netpol-analyzer/cmd/netpolicy";
const NCA: &str = "network-config-analyzer 2.1.0";
const NCA_PACKAGE: &str = "network-config-analyzer==2.1.0";
/// Beyond this network-config-analyzer takes minutes, and as long again to compare with.
const NCA_LIMIT: usize = 200;

const SIZES: &[Size] = &[
    Size { workloads: 50, policies: 30 },
    Size { workloads: 200, policies: 110 },
    Size { workloads: 500, policies: 220 },
    Size { workloads: 1000, policies: 440 },
];
/// The size for the map.
const MAP: Size = SIZES[1];

/// How often ours runs.
const RUNS: usize = 20;

/// How often a peer runs: once where a run takes a minute or minutes.
fn peer_runs(size: Size) -> usize {
    if size.workloads > 200 { 1 } else { 3 }
}

pub(crate) fn run(context: &Context, quick: bool) -> Result<()> {
    let analyzer =
        tools::go_package(context, "network", &context.root.join("oracles/network"), NETPOL_ANALYZER_PROGRAM);
    let analyzer = available(NETPOL_ANALYZER, analyzer);
    let nca = if quick {
        skips::announce(NCA, "left out with --quick");
        None
    } else {
        available(NCA, tools::python(context, "network-config-analyzer", &[NCA_PACKAGE]))
    };
    let mut table =
        Table::new(&["input", "figure", ">ours", "peer", ">theirs", ">ratio", ">connections", "equal"]);
    for &size in SIZES {
        let arena = Arena::new(context, size)?;
        println!("{size}: {}", arena.corpus);
        let ours = arena.times(&arena.ours("json"), RUNS)?;
        let count = arena.count()?;
        if let Some(program) = &analyzer {
            let peer = arena.netpol_analyzer(program);
            arena.same_bytes(&peer)?;
            let theirs = arena.times(&peer, peer_runs(size))?;
            report(&mut table, size, &ours, NETPOL_ANALYZER, &theirs, count, "byte for byte");
        }
        if let Some(bin) = nca.as_ref().filter(|_| size.workloads <= NCA_LIMIT) {
            arena.same_as_nca(context, bin)?;
            let theirs = arena.times(&arena.nca(bin), peer_runs(size))?;
            report(&mut table, size, &ours, NCA, &theirs, count, "pairs and ports");
        }
        if analyzer.is_none() && nca.is_none() {
            report(&mut table, size, &ours, "none", &ours, count, "not compared");
        }
    }
    println!("\n{}", table.render());
    println!("$ ironhull network list CLUSTER -o json");
    println!("$ netpolicy list --dirpath CLUSTER -o json -q");
    println!("$ nca -n CLUSTER -p CLUSTER --connectivity CLUSTER");
    maps(context)?;
    println!("\nin memory, the shapes of Antrea's controller benchmark:");
    context.cargo().args(["bench", "--quiet", "-p", "ironhull-network", "--bench", "scale"]).run()
}

/// `network map` draws the same clusters.
fn maps(context: &Context) -> Result<()> {
    let arena = Arena::new(context, MAP)?;
    let mut table = Table::new(&["map", ">wall", ">user+sys", ">max RSS", ">bytes"]);
    for form in ["svg", "html"] {
        let spec = arena.command("map", form);
        let usage = arena.times(&spec, RUNS)?;
        let bytes = fs::metadata(arena.output())?.len().to_string();
        let mut cells = vec![format!("{MAP}, {form}")];
        cells.extend(figures(&usage).into_iter().map(|(_, (text, _))| text));
        cells.push(bytes);
        table.row(cells);
    }
    println!("\n{}", table.render());
    println!("$ ironhull network map CLUSTER -o svg");
    Ok(())
}

fn available<T>(what: &str, found: Result<T>) -> Option<T> {
    found.inspect_err(|error| skips::announce(what, &format!("{error:#}"))).ok()
}

struct Arena {
    corpus: Corpus,
    binary: PathBuf,
    dir: PathBuf,
}

impl Arena {
    fn new(context: &Context, size: Size) -> Result<Self> {
        let dir = corpus::bench_dir(context)?.join("reports");
        fs::create_dir_all(&dir)?;
        Ok(Self { corpus: corpus::connectivity(context, size)?, binary: ours::binary(context), dir })
    }

    fn ours(&self, form: &str) -> Spec {
        self.command("list", form)
    }

    fn command(&self, command: &str, form: &str) -> Spec {
        let path = self.corpus.path.display().to_string();
        let args = ["network", command, &path, "-o", form].map(str::to_owned).into();
        Spec { program: self.binary.clone(), args, stdin: None }
    }

    fn netpol_analyzer(&self, program: &Path) -> Spec {
        let path = self.corpus.path.display().to_string();
        let args = ["list", "--dirpath", &path, "-o", "json", "-q"].map(str::to_owned).into();
        Spec { program: program.to_owned(), args, stdin: None }
    }

    /// Namespaces and pods are named too, so that it reads them before the policies.
    fn nca(&self, bin: &Path) -> Spec {
        let path = self.corpus.path.display().to_string();
        let args = ["-n", &path, "-p", &path, "--connectivity", &path].map(str::to_owned).into();
        Spec { program: bin.join("nca"), args, stdin: None }
    }

    /// Where the list of ours lies while peers are compared with it.
    fn list(&self) -> PathBuf {
        self.dir.join("network-ours.json")
    }

    fn output(&self) -> PathBuf {
        self.dir.join("network.out")
    }

    /// The least of several runs: the machine's other work only ever adds.
    fn times(&self, spec: &Spec, runs: usize) -> Result<Usage> {
        let output = self.output();
        let usages = (0..runs).map(|_| spec.measure_good(&output)).collect::<Result<Vec<_>>>()?;
        measure::least(&usages).context("no run")
    }

    /// Connections in our list, which is written anew.
    fn count(&self) -> Result<usize> {
        self.ours("json").measure_good(&self.list())?;
        let list: Vec<serde_json::Value> = serde_json::from_str(&fs::read_to_string(self.list())?)?;
        if list.is_empty() {
            bail!("no connection was listed");
        }
        Ok(list.len())
    }

    fn same_bytes(&self, peer: &Spec) -> Result<()> {
        peer.measure_good(&self.output())?;
        // Later versions of it mark addresses, as ours does; the released program does not.
        let ours = fs::read_to_string(self.list())?.replace("[External]\"", "\"");
        let theirs = fs::read_to_string(self.output())?;
        if ours.trim_end() != theirs.trim_end() {
            bail!("the lists differ: {} and what `{}` writes", self.list().display(), peer.shown());
        }
        Ok(())
    }

    /// By its Python classes, since the form that it writes cannot be compared.
    fn same_as_nca(&self, context: &Context, bin: &Path) -> Result<()> {
        let script = context.root.join("crates/network/tests/naive/same_list_nca.py");
        let args = [script, self.corpus.path.clone(), self.list()].map(|path| path.display().to_string());
        let spec = Spec { program: bin.join("python"), args: args.into(), stdin: None };
        let usage = spec.measure(&self.output())?;
        let told = fs::read_to_string(self.output())?;
        println!("  {}", told.trim_end());
        if usage.code != Some(0) {
            bail!(
                "{NCA} gives another answer: {}",
                fs::read_to_string(self.output().with_extension("stderr"))?
            );
        }
        Ok(())
    }
}

fn report(
    table: &mut Table,
    size: Size,
    ours: &Usage,
    peer: &str,
    theirs: &Usage,
    connections: usize,
    equal: &str,
) {
    for (own, other) in figures(ours).into_iter().zip(figures(theirs)) {
        let ((figure, (own_text, own_value)), (_, (their_text, their_value))) = (own, other);
        let ratio = format!("{:.1}x", their_value / own_value.max(1e-9));
        let cells = [
            &size.to_string(),
            figure,
            &own_text,
            peer,
            &their_text,
            &ratio,
            &connections.to_string(),
            equal,
        ];
        table.row(cells);
    }
}
