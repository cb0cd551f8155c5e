//! `ironhull uninstall`: taking us out again, in an order in which the cluster is never held up.
//!
//! - `plan`: what goes, in which order, as data and as lines for kubectl
//! - `apply`: doing it, with a look at each object first
//!
//! Lives here: the removal of what carries our own label. Never lives here: the removal of a policy, of an exception,
//! or of a kind that is not ours.

mod apply;
mod plan;

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::install::check_namespace;
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::{notice, print};

#[derive(Args, Debug)]
pub(crate) struct Uninstall {
    /// The namespace that was made for us.
    #[arg(short, long, value_name = "NAMESPACE", default_value = "ironhull-system")]
    namespace: String,
    /// Do it, instead of printing the lines for kubectl that do it.
    #[arg(long)]
    apply: bool,
    /// Remove our own kind exceptions.ironhull.dev as well, and every exception of the cluster with it.
    #[arg(long)]
    with_crds: bool,
    /// The context of the kubeconfig.
    #[arg(long, value_name = "NAME", requires = "apply")]
    context: Option<String>,
    /// The kubeconfig.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "apply")]
    kubeconfig: Option<PathBuf>,
}

pub(crate) fn run(uninstall: &Uninstall, global: &Global) -> anyhow::Result<Exit> {
    check_namespace(&uninstall.namespace)?;
    if uninstall.with_crds {
        notice(global.quiet, "every Exception of ironhull.dev in the cluster goes with its kind");
    }
    let steps = plan::steps(&uninstall.namespace, uninstall.with_crds);
    if uninstall.apply {
        return apply::run(uninstall, &steps, global.quiet);
    }
    print(&plan::lines(&steps, &uninstall.namespace))?;
    Ok(Exit::Clean)
}
