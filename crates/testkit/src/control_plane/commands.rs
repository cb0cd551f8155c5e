//! The command lines of the three programs.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::error::ControlPlaneError;
use super::{ControlPlane, Options, audit, kubeconfig, pki};

/// The store. Its own data is thrown away with the folder, so nothing is synced to disk.
pub(super) fn etcd(programs: &Path, address: SocketAddr) -> Command {
    let mut command = Command::new(programs.join("etcd"));
    command.args(["--data-dir=etcd", "--unsafe-no-fsync", "--log-level=warn"]);
    command.args([
        format!("--listen-client-urls=http://{address}"),
        format!("--advertise-client-urls=http://{address}"),
        // Nobody is told of this port: there is one member.
        "--listen-peer-urls=http://127.0.0.1:0".to_owned(),
    ]);
    command
}

/// The API server with authentication, authorization and admission as a cluster has them, and an audit log.
pub(super) fn api_server(plane: &ControlPlane) -> Command {
    api_server_at(&plane.options, &plane.programs, plane.etcd, plane.address)
}

pub(super) fn api_server_at(
    options: &Options,
    programs: &Path,
    etcd: SocketAddr,
    address: SocketAddr,
) -> Command {
    let mut command = Command::new(programs.join("kube-apiserver"));
    command.args([
        format!("--etcd-servers=http://{etcd}"),
        format!("--secure-port={}", address.port()),
        format!("--bind-address={}", address.ip()),
        format!("--advertise-address={}", address.ip()),
    ]);
    command.args([
        "--cert-dir=certificates",
        "--tls-cert-file=api-server.crt",
        "--tls-private-key-file=api-server.key",
        "--client-ca-file=authority.crt",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=service-accounts.pub",
        "--service-account-signing-key-file=service-accounts.key",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        // An Endpoints object must not name a loopback address.
        "--endpoint-reconciler-type=none",
        // An event is written before its request ends, and never dropped.
        "--audit-log-mode=blocking-strict",
        // Megabytes; a log that is moved away would lose events to a reader.
        "--audit-log-maxsize=4000",
    ]);
    command.arg(format!("--audit-log-path={}", audit::LOG));
    command.arg(format!("--audit-policy-file={}", audit::POLICY));
    let mut enabled = vec!["NodeRestriction".to_owned()];
    enabled.extend(options.enable_admission_plugins.iter().cloned());
    command.arg(format!("--enable-admission-plugins={}", enabled.join(",")));
    let mut disabled = options.disable_admission_plugins.clone();
    if !options.controllers {
        disabled.push("ServiceAccount".to_owned());
    }
    if !disabled.is_empty() {
        command.arg(format!("--disable-admission-plugins={}", disabled.join(",")));
    }
    if options.admission_configuration.is_some() {
        command.arg(format!("--admission-control-config-file={ADMISSION}"));
    }
    if !options.runtime_config.is_empty() {
        command.arg(format!("--runtime-config={}", options.runtime_config.join(",")));
    }
    command.args(options.watch_cache.map(|on| format!("--watch-cache={on}")));
    command.args(options.event_ttl.as_ref().map(Duration::as_secs).map(|ttl| format!("--event-ttl={ttl}s")));
    command.args(feature_gates(options));
    command.args(&options.api_server_flags);
    command
}

/// The controllers, each under its own service account, so that admission sees who really asks.
pub(super) fn controller_manager(plane: &ControlPlane) -> Result<Command, ControlPlaneError> {
    let kubeconfig = kubeconfig::client(plane, "system:kube-controller-manager", &[])?;
    let mut command = Command::new(plane.programs.join("kube-controller-manager"));
    command.arg(format!("--kubeconfig={}", kubeconfig.display()));
    command.args([
        "--secure-port=0",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        "--service-account-private-key-file=service-accounts.key",
        "--root-ca-file=authority.crt",
        "--cluster-signing-cert-file=authority.crt",
        "--cluster-signing-key-file=authority.key",
        // Limits of requests a second that suit a cluster would make tests wait.
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
    ]);
    command.args(feature_gates(&plane.options));
    command.args(&plane.options.controller_manager_flags);
    Ok(command)
}

const ADMISSION: &str = "admission.yaml";

/// Writes the files that the API server's flags name.
pub(super) fn write_files(options: &Options, dir: &Path) -> Result<(), ControlPlaneError> {
    pki::write(dir, audit::POLICY, options.audit_policy.as_deref().unwrap_or(audit::DEFAULT_POLICY))?;
    if let Some(text) = &options.admission_configuration {
        pki::write(dir, ADMISSION, text)?;
    }
    Ok(())
}

fn feature_gates(options: &Options) -> Option<String> {
    let gates: Vec<String> = options.feature_gates.iter().map(|(gate, on)| format!("{gate}={on}")).collect();
    (!gates.is_empty()).then(|| format!("--feature-gates={}", gates.join(",")))
}
