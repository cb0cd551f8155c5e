//! `ironhull network blast-radius`.

use anyhow::{Context, bail};
use clap::Args;
use ironhull_network::blast::{Options, blast, picture, write};
use ironhull_network::picture::Options as Drawing;
use ironhull_network::who;

use super::output::{To, write_all};
use super::source::{Source, open};
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Args, Debug)]
pub(crate) struct BlastRadius {
    #[command(flatten)]
    source: Source,
    /// The workload or pod that somebody has taken over: NAMESPACE/NAME.
    #[arg(long, value_name = "WORKLOAD")]
    of: String,
    /// At most so many hops.
    #[arg(long, value_name = "COUNT")]
    hops: Option<u32>,
    /// How to show it, and where: text, md, csv, json, dot, svg or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
}

pub(super) fn run(args: &BlastRadius, global: &Global) -> anyhow::Result<Exit> {
    let mut opened = open(&args.source, global)?;
    let start = who(&opened.network, &args.of).context("--of")?;
    let options = Options { hops: args.hops };
    let found = blast(&opened.network, &mut opened.solver, &opened.entries, &start, options);
    let Some(found) = found else {
        bail!("--of: {} runs no pods; name a workload or a pod: NAMESPACE/NAME", start.title);
    };
    write_all(&args.output, &Drawing::default(), |form| write(&found, form), || picture(&found))?;
    Ok(Exit::Clean)
}
