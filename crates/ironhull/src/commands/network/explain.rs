//! `ironhull network explain`.

use clap::Args;
use ironhull_network::algebra::Protocol;
use ironhull_network::explain::{Question, explain, picture, write};
use ironhull_network::picture::Options as Drawing;
use ironhull_network::policy::Context;

use super::output::{To, write_all};
use super::pair::{Ends, conns, protocol};
use super::source::{Source, open};
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Args, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    ends: Ends,
    /// Only this port, range of ports, or port by its name; without it everything.
    #[arg(short, long, visible_alias = "destination-port", value_name = "PORT")]
    port: Option<String>,
    /// The protocol of --port: tcp, udp or sctp.
    #[arg(long, value_name = "PROTOCOL", default_value = "tcp", value_parser = protocol)]
    protocol: Protocol,
    /// How many changes to propose at most; 0 for none.
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    changes: usize,
    /// How to show it, and where: text, md, csv, json, dot, svg or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
}

pub(super) fn run(args: &Explain, global: &Global) -> anyhow::Result<Exit> {
    let opened = open(&args.source, global)?;
    let (from, to) = args.ends.resolve(&opened.network)?;
    let asked =
        args.port.as_deref().map(|port| conns(&opened.network, &to, port, args.protocol)).transpose()?;
    let question = Question { from, to, conns: asked, plans: args.changes };
    let context = Context::of(opened.world());
    let explained = explain(&opened.network, &opened.input, &context, &question);
    write_all(&args.output, &Drawing::default(), |form| write(&explained, form), || picture(&explained))?;
    Ok(Exit::Clean)
}
