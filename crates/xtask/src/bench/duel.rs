//! Ours and each peer on one input: first what they find, then, for the checks on which they agree, what
//! they use.

use super::{
    compare,
    compare::{Found, Verdict},
    measure::{self, Spec, Usage},
    ours,
    ours::Rule,
    peers::{Kind, Peer},
};
use crate::{
    context::Context,
    corpus::{self, Corpus},
    run::is_on_path,
    skips,
    table::Table,
};
use anyhow::{Context as _, Result};
use std::{collections::BTreeSet, fs, path::PathBuf};

/// How often each side runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runs {
    /// Ours alone, with all rules.
    pub(crate) own: usize,
    /// Ours and a fast peer in turn.
    pub(crate) fast: usize,
    /// For peers that take minutes.
    pub(crate) slow: usize,
}

/// A peer that has not finished after this many seconds is stopped and left out.
const LIMIT: &str = "900";

/// Prints one table: a row for each peer and figure, then the commands.
pub(crate) fn run(context: &Context, corpus: &Corpus, peers: &[Kind], runs: Runs) -> Result<()> {
    println!("input: {corpus}");
    let dir = corpus::bench_dir(context)?.join("reports");
    fs::create_dir_all(&dir)?;
    let arena = Arena { context, corpus, dir, runs };
    let mut table =
        Table::new(&["figure", ">ours", "peer", ">theirs", ">ratio", ">our results", ">their results"]);
    let mut commands = Vec::new();

    let own = arena.own();
    if let Err(error) = &own {
        skips::announce("our side", &format!("{error:#}"));
    }
    if let Ok(own) = &own {
        let usage = arena.repeat(std::slice::from_ref(&own.all), runs.own)?.remove(0);
        for (figure, value) in figures(&usage) {
            table.row([figure, &value.0, "none (all rules)", "", "", &own.found_count().to_string(), ""]);
        }
        commands.push(own.all.shown());
    }
    for kind in peers {
        let label = format!("{} {}", kind.name(), kind.version());
        let outcome = kind.install(context).and_then(|peer| match &own {
            Ok(own) => arena.duel(own, *kind, peer.as_ref()).map(Some),
            // Without our side the peer is still run, so that it is known to work.
            Err(_) => arena.alone(*kind, peer.as_ref()).map(|()| None),
        });
        match outcome {
            Ok(Some(duel)) => duel.report(&label, &mut table, &mut commands),
            Ok(None) => {}
            Err(error) => skips::announce(&label, &format!("{error:#}")),
        }
    }
    own?;
    println!("\n{}", table.render());
    for command in commands {
        println!("$ {command}");
    }
    Ok(())
}

struct Arena<'a> {
    context: &'a Context,
    corpus: &'a Corpus,
    dir: PathBuf,
    runs: Runs,
}

/// Our side with all rules: what it found, and the command.
struct Own {
    rules: Vec<Rule>,
    found: Found,
    all: Spec,
}

impl Own {
    fn found_count(&self) -> usize {
        self.found.count(&self.rules.iter().map(|rule| rule.id.clone()).collect())
    }
}

/// A finished comparison.
struct Duel {
    checks: usize,
    ours: (Spec, Usage, usize),
    theirs: (Spec, Usage, usize),
}

impl Arena<'_> {
    fn own(&self) -> Result<Own> {
        let all = ours::scan(self.context, &self.corpus.path, None);
        let stdout = self.dir.join("ours.json");
        all.measure_good(&stdout)?;
        let found = ours::parse_findings(&fs::read_to_string(&stdout)?)?;
        Ok(Own { rules: ours::rules(self.context)?, found, all })
    }

    fn duel(&self, own: &Own, kind: Kind, peer: &dyn Peer) -> Result<Duel> {
        let pairs = compare::pairs(&own.rules, kind.name());
        let checks: BTreeSet<String> = pairs.iter().map(|(_, check)| check.clone()).collect();
        if checks.is_empty() {
            anyhow::bail!("our table of aliases has none for it");
        }
        let (found, _) = self.peer_once(peer, kind, &checks)?;
        let verdict = compare::judge(&pairs, &own.found, &found);
        tell(kind, &verdict);
        let (our_checks, their_checks) = (verdict.our_checks(), verdict.their_checks());
        if our_checks.is_empty() {
            anyhow::bail!("no check with equal results");
        }
        let rules: Vec<String> = our_checks.iter().cloned().collect();
        let ours = ours::scan(self.context, &self.corpus.path, Some(&rules));
        let theirs = limited(peer.command(&self.corpus.path, &their_checks)?);
        let times = if kind.is_slow() { self.runs.slow } else { self.runs.fast };
        let mut usages = self.repeat(&[ours.clone(), theirs.clone()], times)?;
        let (their_usage, our_usage) = (usages.pop().context("no run")?, usages.pop().context("no run")?);
        // What was timed must have found what was compared.
        let timed_ours = ours::parse_findings(&fs::read_to_string(self.timed(0))?)?;
        let timed_theirs = peer.parse(&fs::read_to_string(self.timed(1))?)?;
        let again: Vec<_> = pairs
            .into_iter()
            .filter(|(rule, check)| our_checks.contains(rule) && their_checks.contains(check))
            .collect();
        if let Some(line) = compare::judge(&again, &timed_ours, &timed_theirs).differ.first() {
            anyhow::bail!("the timed runs do not agree: {line}");
        }
        let counts = (timed_ours.count(&our_checks), timed_theirs.count(&their_checks));
        Ok(Duel {
            checks: verdict.agreed.len(),
            ours: (ours, our_usage, counts.0),
            theirs: (theirs, their_usage, counts.1),
        })
    }

    /// The peer without us: shows that it runs and what it finds by a few common checks.
    fn alone(&self, kind: Kind, peer: &dyn Peer) -> Result<()> {
        let checks: &[&str] = match kind {
            Kind::Checkov => &["CKV_K8S_16", "CKV_K8S_17", "CKV_K8S_49"],
            Kind::KubeLinter => &["privileged-container", "host-pid", "wildcard-in-rules"],
            Kind::KubeScore => {
                &["container-security-context-privileged", "container-image-tag", "service-type"]
            }
        };
        let checks: BTreeSet<String> = checks.iter().map(|check| (*check).to_owned()).collect();
        let (found, usage) = self.peer_once(peer, kind, &checks)?;
        let each: Vec<String> =
            checks.iter().map(|check| format!("{check} {}", found.subjects(check).len())).collect();
        let used: Vec<String> =
            figures(&usage).into_iter().map(|(name, value)| format!("{name} {}", value.0)).collect();
        println!("{} {} alone: {}; found {}", kind.name(), kind.version(), used.join(", "), each.join(", "));
        Ok(())
    }

    fn peer_once(&self, peer: &dyn Peer, kind: Kind, checks: &BTreeSet<String>) -> Result<(Found, Usage)> {
        let stdout = self.dir.join(format!("{}.json", kind.name()));
        let usage = limited(peer.command(&self.corpus.path, checks)?).measure_good(&stdout)?;
        Ok((peer.parse(&fs::read_to_string(&stdout)?)?, usage))
    }

    /// Where the output of the timed runs of one side lies.
    fn timed(&self, place: usize) -> PathBuf {
        self.dir.join(format!("timed-{place}.json"))
    }

    /// Runs the commands in turn, so that a disturbance meets all of them, and takes the median of each.
    fn repeat(&self, specs: &[Spec], times: usize) -> Result<Vec<Usage>> {
        let mut runs = vec![Vec::new(); specs.len()];
        for _ in 0..times {
            for (place, (spec, runs)) in specs.iter().zip(&mut runs).enumerate() {
                runs.push(spec.measure_good(&self.timed(place))?);
            }
        }
        runs.iter().map(|runs| measure::median(runs).context("no run")).collect()
    }
}

impl Duel {
    fn report(&self, label: &str, table: &mut Table, commands: &mut Vec<String>) {
        let label = format!("{label} ({} checks)", self.checks);
        for (ours, theirs) in figures(&self.ours.1).into_iter().zip(figures(&self.theirs.1)) {
            let (figure, (our_text, our_value)) = ours;
            let (_, (their_text, their_value)) = theirs;
            let ratio = format!("{:.1}x", their_value / our_value.max(1e-9));
            let counts = (self.ours.2.to_string(), self.theirs.2.to_string());
            table.row([figure, &our_text, &label, &their_text, &ratio, &counts.0, &counts.1]);
        }
        commands.extend([self.ours.0.shown(), self.theirs.0.shown()]);
    }
}

fn tell(kind: Kind, verdict: &Verdict) {
    let name = kind.name();
    for group in &verdict.agreed {
        println!("{name}: {group}: same results");
    }
    for group in &verdict.silent {
        println!("{name}: {group}: no result on either side, not timed");
    }
    for line in &verdict.differ {
        println!("{name}: {line}");
    }
}

/// Name, text and number of each figure.
pub(super) fn figures(usage: &Usage) -> Vec<(&'static str, (String, f64))> {
    let seconds = |value: f64| {
        (if value < 1.0 { format!("{:.1} ms", value * 1e3) } else { format!("{value:.2} s") }, value)
    };
    #[expect(clippy::cast_precision_loss, reason = "a size in megabytes with one digit")]
    let megabytes = usage.max_rss_bytes as f64 / 1e6;
    vec![
        ("wall", seconds(usage.wall_seconds)),
        ("user+sys", seconds(usage.cpu_seconds)),
        ("max RSS", (format!("{megabytes:.1} MB"), megabytes)),
    ]
}

/// Under coreutils' `timeout` where it exists: a peer may never finish.
fn limited(spec: Spec) -> Spec {
    if !is_on_path("timeout") {
        return spec;
    }
    let mut args = vec!["--kill-after=5".to_owned(), LIMIT.to_owned(), spec.program.display().to_string()];
    args.extend(spec.args);
    Spec { program: "timeout".into(), args, stdin: spec.stdin }
}
