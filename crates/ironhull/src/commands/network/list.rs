//! `ironhull network list`.

use anyhow::bail;
use clap::{Args, ValueEnum};
use ironhull_network::algebra::Protocol;
use ironhull_network::exposure::{self, exposure};
use ironhull_network::list::{Format, Options, list, write};
use ironhull_network::place;
use ironhull_network::policy::Direction;

use super::output::{Form, To, write_all};
use super::source::{Source, open};
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::notice;

#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    source: Source,
    /// How to show it, and where: text, md, csv, json, dot, svg or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
    #[command(flatten)]
    focus: Focus,
    /// List connections between the pods of one workload too.
    #[arg(long)]
    own: bool,
    /// Show what workloads are exposed to beyond what is there: pods and namespaces that do not exist yet.
    #[arg(long, conflicts_with = "with")]
    exposure: bool,
}

/// What to narrow an answer to.
#[derive(Args, Debug)]
pub(super) struct Focus {
    /// Only connections of these workloads: NAME, NAMESPACE/NAME, or ingress-controller.
    #[arg(long = "focus", visible_alias = "focusworkload", value_name = "WORKLOAD", value_delimiter = ',')]
    focus: Vec<String>,
    /// Only those with these workloads at the other end; with --focus.
    #[arg(
        long = "with",
        visible_alias = "focusworkload-peer",
        value_name = "WORKLOAD",
        value_delimiter = ',',
        requires = "focus"
    )]
    with: Vec<String>,
    /// Only this direction, seen from the workloads in focus.
    #[arg(
        long = "direction",
        visible_alias = "focus-direction",
        value_name = "DIRECTION",
        requires = "focus"
    )]
    direction: Option<DirectionArg>,
    /// Only ends that allow this connection, such as tcp-443.
    #[arg(long = "connection", visible_alias = "focus-conn", value_name = "PROTOCOL-PORT", value_parser = connection)]
    connection: Option<(Protocol, u16)>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DirectionArg {
    Ingress,
    Egress,
}

fn connection(text: &str) -> Result<(Protocol, u16), String> {
    let wanted = || "write a protocol and a port, such as tcp-443 or udp-53".to_owned();
    let (protocol, port) = text.split_once(['-', '/']).ok_or_else(wanted)?;
    let protocol = Protocol::of(&protocol.to_uppercase()).ok_or_else(wanted)?;
    let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wanted)?;
    Ok((protocol, port))
}

impl Focus {
    pub(super) fn options(&self) -> Options {
        Options {
            focus: self.focus.clone(),
            with: self.with.clone(),
            direction: self.direction.map(|direction| match direction {
                DirectionArg::Ingress => Direction::Ingress,
                DirectionArg::Egress => Direction::Egress,
            }),
            connection: self.connection,
            own: false,
        }
    }
}

pub(super) fn run(args: &List, global: &Global) -> anyhow::Result<Exit> {
    let mut opened = open(&args.source, global)?;
    let options = Options { own: args.own, ..args.focus.options() };
    let exposed =
        args.exposure.then(|| exposure(&opened.network, &mut opened.solver, &opened.entries, &options));
    let listed = match &exposed {
        Some(exposed) => exposed.list.clone(),
        None => list(&opened.network, &mut opened.solver, &opened.entries, &options),
    };
    for note in opened.entries.blocked(&opened.network, &mut opened.solver) {
        notice(global.quiet, &format!("{}: {}", place(&note.object, &note.path), note.message));
    }
    for name in &listed.missing {
        notice(false, &format!("no workload is called {name}"));
    }
    if !options.focus.is_empty() && options.focus.iter().all(|name| listed.missing.contains(name)) {
        bail!(
            "none of the workloads in focus exists; `ironhull network list` without --focus shows the names"
        );
    }
    let unknown = listed
        .connections
        .iter()
        .filter(|one| !opened.solver.verdict(one.verdict).unknown.is_empty())
        .count();
    if unknown > 0 {
        notice(
            false,
            &format!(
                "{unknown} pairs have connections that could not be decided; they are not listed as allowed"
            ),
        );
    }
    write_all(&args.output, |form| {
        let format = match form {
            Form::Text => Format::Text,
            Form::Md => Format::Markdown,
            Form::Csv => Format::Csv,
            Form::Json => Format::Json,
            Form::Dot | Form::Svg | Form::Html => {
                bail!("`network list` has no pictures yet; use `network map`")
            }
        };
        Ok(match &exposed {
            Some(exposed) => exposure::write(exposed, &opened.solver, format),
            None => write(&listed, &opened.solver, format),
        })
    })?;
    Ok(Exit::Clean)
}
