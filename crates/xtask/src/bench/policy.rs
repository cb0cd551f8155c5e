//! Kyverno's policies for the Pod Security Standards over pods: ours beside Kyverno's own command line.
//!
//! The command line must count the same answers before anything is timed.

use super::{
    duel::figures,
    measure::{self, Spec, Usage},
    ours,
};
use crate::{context::Context, corpus, skips, table::Table, tools};
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    fs,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

const KYVERNO: &str = "kyverno 1.19.1";
const KYVERNO_PROGRAM: &str = "github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno";
/// Pods that both sides judge; the peer keeps everything in memory and takes long for more.
const SHARED_PODS: usize = 2_000;
const PODS: usize = 100_000;
const RUNS: usize = 5;
/// It asks for other ports than another policy does, so that nobody has both.
const LEFT_OUT: &str = "disallow-host-ports-range";

pub(crate) fn run(context: &Context) -> Result<()> {
    let dir = corpus::bench_dir(context)?.join("policy");
    fs::create_dir_all(&dir)?;
    index(context, &dir)?;
    let policies = pod_security(&context.fixtures().join("kyverno/policies/pod-security"));
    if policies.is_empty() {
        skips::announce("policies over pods", "Kyverno's policies are not beside the checkout");
        return Ok(());
    }
    let pod = dir.join("pod.json");
    fs::write(&pod, include_str!("../../../policy/benches/pod.json"))?;
    let found = engine(context, &policies, &pod)?;
    println!("{} policies on a pod of {} bytes: {found:.1} us", policies.len(), fs::metadata(&pod)?.len());
    println!("$ ironhull policy bench POLICIES -r pod.json");
    duel(context, &dir, &policies)?;
    large(context, &dir, &policies)
}

/// A thousand policies of which ten are about the pod, beside those ten alone.
fn index(context: &Context, dir: &Path) -> Result<()> {
    let pod = dir.join("one.json");
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "team-0", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "registry.example.com/web:1"}]},
    });
    fs::write(&pod, object.to_string())?;
    let mut times = Vec::new();
    for count in [10, 1_000] {
        let file = dir.join(format!("index-{count}.yaml"));
        fs::write(&file, (0..count).fold(String::new(), |out, number| out + &indexed(number)))?;
        times.push(engine(context, &[file], &pod)?);
    }
    if let [few, many] = times.as_slice() {
        println!("10 policies about a pod: {few:.2} us; with 990 others: {many:.2} us ({:.2}x)", many / few);
        println!("$ ironhull policy bench index-1000.yaml -r one.json");
    }
    Ok(())
}

/// The first ten are about the pod; the others ask for another namespace, label, name, operation or kind.
fn indexed(number: usize) -> String {
    let other = format!("other-{number}");
    let resources = match number {
        0..10 => json!({"kinds": ["Pod"], "namespaces": ["team-0"]}),
        _ => match number % 5 {
            0 => json!({"kinds": ["Pod"], "namespaces": [other]}),
            1 => json!({"kinds": ["Pod"], "selector": {"matchLabels": {"app": other}}}),
            2 => json!({"kinds": ["Pod"], "names": [other]}),
            3 => json!({"kinds": ["Pod"], "operations": ["DELETE"]}),
            _ => json!({"kinds": ["Deployment"]}),
        },
    };
    let pattern = json!({"spec": {"containers": [{"image": "registry.example.com/*"}]}});
    let policy = json!({
        "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": format!("p{number:04}")},
        "spec": {"rules": [{
            "name": "r", "match": {"any": [{"resources": resources}]}, "validate": {"pattern": pattern},
        }]},
    });
    format!("{policy}\n---\n")
}

/// Microseconds that all policies take together for a resource.
fn engine(context: &Context, policies: &[PathBuf], resource: &Path) -> Result<f64> {
    let text = context
        .cmd(ours::binary(context))
        .args(["policy", "bench", "-q", "--seconds", "3", "-o", "json"])
        .args(policies)
        .arg("-r")
        .arg(resource)
        .output_text()?;
    let found: Value = serde_json::from_str(&text)?;
    found["microseconds-a-resource"].as_f64().context("no figure")
}

/// The policies in folders of a folder, one level of the standards each.
pub(crate) fn pod_security(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for level in ["baseline", "restricted"] {
        let Ok(entries) = fs::read_dir(folder.join(level)) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let file = entry.path().join(format!("{name}.yaml"));
            if name != LEFT_OUT && file.is_file() {
                found.push(file);
            }
        }
    }
    found.sort();
    found
}

/// The same pods for both.
fn duel(context: &Context, dir: &Path, policies: &[PathBuf]) -> Result<()> {
    let program =
        tools::go_package(context, "kyverno-cli", &context.root.join("oracles/kyverno/cli"), KYVERNO_PROGRAM);
    let program = match program {
        Ok(program) => program,
        Err(error) => {
            skips::announce(KYVERNO, &format!("{error:#}"));
            return Ok(());
        }
    };
    let pods = dir.join("pods.yaml");
    let text = corpus::pods(SHARED_PODS).iter().fold(String::new(), |mut out, pod| {
        let _ = writeln!(out, "---\n{pod}");
        out
    });
    fs::write(&pods, text)?;
    let own = apply(ours::binary(context), &["policy", "apply", "-q", "--fail-on", "never"], policies, &pods);
    let peer = apply(program, &["apply"], policies, &pods);
    let (own_output, peer_output) = (dir.join("ours.txt"), dir.join("theirs.txt"));
    let ours = times(&own, &own_output, RUNS)?;
    let theirs = times(&peer, &peer_output, 1)?;
    let (own_counts, peer_counts) = (counts(&own_output)?, counts(&peer_output)?);
    if own_counts != peer_counts {
        bail!("not the same answers: ours {own_counts}, {KYVERNO} {peer_counts}");
    }
    let mut table = Table::new(&["figure", ">ours", "peer", ">theirs", ">ratio"]);
    for (own, other) in figures(&ours).into_iter().zip(figures(&theirs)) {
        let ((figure, (own_text, own_value)), (_, (their_text, their_value))) = (own, other);
        let ratio = format!("{:.1}x", their_value / own_value.max(1e-9));
        table.row([figure, &own_text, KYVERNO, &their_text, &ratio]);
    }
    println!("\n{} policies, {SHARED_PODS} pods, both say {own_counts}\n{}", policies.len(), table.render());
    println!("$ ironhull policy apply POLICIES -r pods.yaml --fail-on never");
    println!("$ kubectl-kyverno apply POLICIES --resource pods.yaml");
    Ok(())
}

/// Many pods from a dump, ours alone.
fn large(context: &Context, dir: &Path, policies: &[PathBuf]) -> Result<()> {
    let dump = dir.join(format!("pods-{PODS}.json"));
    let mut out = BufWriter::new(fs::File::create(&dump)?);
    out.write_all(b"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n")?;
    for (number, pod) in corpus::pods(PODS).iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        writeln!(out, "{comma}{pod}")?;
    }
    out.write_all(b"]}\n")?;
    out.flush()?;
    let spec =
        apply(ours::binary(context), &["policy", "apply", "-q", "--fail-on", "never"], policies, &dump);
    let output = dir.join("large.txt");
    let usage = times(&spec, &output, 1)?;
    let shown: Vec<String> =
        figures(&usage).into_iter().map(|(name, (text, _))| format!("{name} {text}")).collect();
    let bytes = fs::metadata(&dump)?.len() / 1_000_000;
    println!("\n{PODS} pods from a dump of {bytes} MB: {}; {}", shown.join(", "), counts(&output)?);
    println!("$ ironhull policy apply POLICIES -r pods-{PODS}.json --fail-on never");
    Ok(())
}

fn apply(program: PathBuf, words: &[&str], policies: &[PathBuf], resources: &Path) -> Spec {
    let mut args: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    args.extend(policies.iter().map(|policy| policy.display().to_string()));
    args.extend(["--resource".to_owned(), resources.display().to_string()]);
    Spec { program, args, stdin: None }
}

fn times(spec: &Spec, output: &Path, runs: usize) -> Result<Usage> {
    let usages = (0..runs).map(|_| spec.measure_good(output)).collect::<Result<Vec<_>>>()?;
    measure::least(&usages).context("no run")
}

/// `pass: 1, fail: 2, …`: how many answers there are of each.
fn counts(output: &Path) -> Result<String> {
    let text = fs::read_to_string(output)?;
    let line = text.lines().rev().find(|line| line.starts_with("pass: "));
    line.map(|line| line.trim().to_owned()).context("no line with counts")
}
