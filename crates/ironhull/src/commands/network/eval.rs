//! `ironhull network eval`.

use anyhow::{Context, bail};
use clap::Args;
use ironhull_network::algebra::Protocol;
use ironhull_network::eval::{Port, Query, evaluate, picture, write};
use ironhull_network::explain::Answer;
use ironhull_network::picture::Options as Drawing;

use super::output::{To, write_all};
use super::pair::{Ends, protocol};
use super::source::{Source, open};
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Args, Debug)]
pub(crate) struct Eval {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    ends: Ends,
    /// The destination port, by number or by the name that the destination gives it.
    #[arg(short, long, visible_alias = "destination-port", value_name = "PORT")]
    port: String,
    /// The protocol: tcp, udp or sctp.
    #[arg(long, value_name = "PROTOCOL", default_value = "tcp", value_parser = protocol)]
    protocol: Protocol,
    /// How to show it, and where: text, md, csv, json, dot, svg or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
}

pub(super) fn run(args: &Eval, global: &Global) -> anyhow::Result<Exit> {
    let port = match args.port.parse::<u16>() {
        Ok(0) => bail!("--port: there is no port 0; ports go from 1 to 65535"),
        Ok(number) => Port::Number(number),
        Err(_) if args.port.bytes().all(|byte| byte.is_ascii_digit()) => {
            bail!("--port: {} is no port; ports go from 1 to 65535", args.port)
        }
        Err(_) => Port::Name(args.port.clone()),
    };
    let opened = open(&args.source, global)?;
    let (from, to) = args.ends.resolve(&opened.network)?;
    let query = Query { from, to, protocol: args.protocol, port };
    let reply = evaluate(opened.world(), &opened.network, &opened.entries, &query).context("network eval")?;
    write_all(&args.output, &Drawing::default(), |form| write(&reply, form), || picture(&reply))?;
    Ok(if reply.answer == Answer::Allowed { Exit::Clean } else { Exit::Tripped })
}
