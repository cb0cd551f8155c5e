//! Who judges the Pods: a process outside of the cluster that registers its webhooks itself.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::Result;
use crate::cluster::{Cluster, wait_for};
use crate::pods;

/// An engine that can be started.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: fn(&mut Command, &Cluster) -> Result<()>,
}

impl Engine {
    pub(crate) fn ironhull(program: PathBuf) -> Self {
        Self { name: "ironhull", program, arguments: ironhull }
    }

    pub(crate) fn kyverno(program: PathBuf) -> Self {
        Self { name: "kyverno", program, arguments: kyverno }
    }

    /// Starts it; it ends with what this returns, and its registration too.
    pub(crate) fn start<'a>(&self, cluster: &'a Cluster) -> Result<Running<'a>> {
        let log = cluster.plane.dir().join(format!("{}.log", self.name));
        let mut command = Command::new(&self.program);
        (self.arguments)(&mut command, cluster)?;
        command.current_dir(cluster.plane.dir()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(fs::File::create(&log)?).spawn()?;
        Ok(Running { child, log, cluster })
    }
}

fn ironhull(command: &mut Command, cluster: &Cluster) -> Result<()> {
    let (port, probes) = (free_port()?, free_port()?);
    command.args(["serve", "--quiet", "--mode", "enforce", "--kubeconfig"]);
    command.arg(cluster.plane.kubeconfig_admin()?);
    command.args(["--address", &format!("127.0.0.1:{port}")]);
    command.args(["--probe-address", &format!("127.0.0.1:{probes}")]);
    command.args(["--url", &format!("https://127.0.0.1:{port}")]);
    Ok(())
}

/// What its chart sets, as far as it concerns admission; without admission reports, which ours does not write
/// either.
fn kyverno(command: &mut Command, cluster: &Cluster) -> Result<()> {
    let (port, metrics) = (free_port()?, free_port()?);
    cluster.plane.apply(
        "{apiVersion: v1, kind: List, items: [\
         {apiVersion: v1, kind: ConfigMap, metadata: {name: kyverno, namespace: kyverno}, data: {webhooks: \
         '{\"namespaceSelector\": {\"matchExpressions\": [{\"key\": \"kubernetes.io/metadata.name\", \
         \"operator\": \"NotIn\", \"values\": [\"kube-system\", \"kyverno\"]}]}}'}}, \
         {apiVersion: v1, kind: ConfigMap, metadata: {name: kyverno-metrics, namespace: kyverno}}]}",
    )?;
    // The lease of the process of the round before would have to run out.
    cluster.kubectl(&["delete", "leases", "--all", "-n", "kyverno"])?;
    command.arg(format!("--kubeconfig={}", cluster.plane.kubeconfig_admin()?.display()));
    command.args([format!("--serverIP=127.0.0.1:{port}"), format!("--webhookServerPort={port}")]);
    command.args([format!("--metricsPort={metrics}")]);
    command.args([
        "--webhookServerHost=127.0.0.1",
        "--metricsHost=127.0.0.1",
        "--controllerRuntimeMetricsAddress=0",
        "--caSecretName=kyverno-ca",
        "--tlsSecretName=kyverno-tls",
        "--admissionReports=false",
        "--omitEvents=PolicyApplied,PolicySkipped",
        "--backgroundServiceAccountName=system:serviceaccount:kyverno:background",
        "--reportsServiceAccountName=system:serviceaccount:kyverno:reports",
    ]);
    for (name, value) in [
        ("KYVERNO_NAMESPACE", "kyverno"),
        ("KYVERNO_SERVICEACCOUNT_NAME", "kyverno"),
        ("KYVERNO_DEPLOYMENT", "kyverno"),
        ("KYVERNO_POD_NAME", "kyverno-0"),
        ("INIT_CONFIG", "kyverno"),
        ("METRICS_CONFIG", "kyverno-metrics"),
    ] {
        command.env(name, value);
    }
    Ok(())
}

/// A process that judges.
pub(crate) struct Running<'a> {
    child: Child,
    log: PathBuf,
    cluster: &'a Cluster,
}

impl Running<'_> {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it and what it registered, which would refuse what comes next.
    pub(crate) fn end(self) -> Result<()> {
        let cluster = self.cluster;
        drop(self);
        cluster.clear_webhooks()
    }

    /// Waits until a bad Pod is refused by as many policies for two seconds; by which ones.
    pub(crate) fn wait_until_it_refuses(&self, cluster: &Cluster) -> Result<Vec<String>> {
        let (mut last, mut times) = (Vec::new(), 0);
        let found = wait_for("a bad Pod is refused", || {
            let answer = cluster.admin.post(&format!("{}?dryRun=All", pods::PATH), &pods::bad())?;
            let message = answer.body["message"].as_str().unwrap_or_default();
            let names = |name: &&String| answer.status != 201 && message.contains(name.as_str());
            let refusing: Vec<String> = cluster.policies.iter().filter(names).cloned().collect();
            times = if refusing == last { times + 1 } else { 0 };
            last = refusing;
            Ok((times >= 20 && !last.is_empty()).then(|| last.clone()))
        });
        found.map_err(|error| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            format!("{error}\n{}", tail.join("\n")).into()
        })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
