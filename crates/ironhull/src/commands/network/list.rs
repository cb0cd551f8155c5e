//! `ironhull network list`.

use anyhow::bail;
use clap::{Args, ValueEnum};
use ironhull_network::algebra::Protocol;
use ironhull_network::exposure::{self, exposure};
use ironhull_network::list::{List as Listed, Options, list, merge, write, write_merged};
use ironhull_network::map::map;
use ironhull_network::picture::Options as Drawing;
use ironhull_network::policy::Direction;
use ironhull_network::{Format, place};

use super::output::{Form, To, write_all};
use super::source::{Opened, Source, open};
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::notice;

/// More rows of text than this are put together.
const MOST_ROWS: usize = 10_000;

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
    /// Put workloads with the same connections into one row; done without being asked for text of more than
    /// 10,000 rows on standard output.
    #[arg(long, conflicts_with_all = ["exposure", "no_merge"])]
    merge: bool,
    /// Never put rows together.
    #[arg(long)]
    no_merge: bool,
    /// Show what workloads are exposed to beyond what is there: pods and namespaces that do not exist yet.
    #[arg(long, conflicts_with = "with")]
    exposure: bool,
}

/// What to narrow an answer to.
#[derive(Args, Debug)]
#[expect(clippy::struct_field_names, reason = "the field is named as its flag")]
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
    /// Names the workloads in focus that do not exist.
    ///
    /// # Errors
    /// When none of them does.
    pub(super) fn check(&self, listed: &Listed) -> anyhow::Result<()> {
        for name in &listed.missing {
            notice(false, &format!("no workload is called {name}"));
        }
        if !self.focus.is_empty() && self.focus.iter().all(|name| listed.missing.contains(name)) {
            bail!(
                "none of the workloads in focus exists; `ironhull network list` without --focus shows the names"
            );
        }
        Ok(())
    }

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
    args.focus.check(&listed)?;
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
    let rows = listed.connections.len();
    let many = rows > MOST_ROWS && !args.no_merge && exposed.is_none();
    let drawn = args.output.iter().any(|to| matches!(to.form, Form::Drawn(_)));
    let picture = drawn.then(|| {
        let Opened { network, solver, entries, .. } = &mut opened;
        map(network, solver, entries, &listed, &options)
    });
    let answer = |format: Format| {
        if let Some(exposed) = &exposed {
            return exposure::write(exposed, &opened.solver, format);
        }
        if !(args.merge || many && format == Format::Text) {
            return write(&listed, &opened.solver, format);
        }
        let merged = merge(&opened.network, &opened.solver, &listed);
        if !args.merge && merged.len() < rows {
            notice(
                global.quiet,
                &format!(
                    "{rows} rows are put together into {}; `--no-merge` or `-o csv` has each of them",
                    merged.len()
                ),
            );
        }
        write_merged(&merged, format)
    };
    write_all(&args.output, &Drawing::default(), answer, || picture.unwrap_or_default())?;
    Ok(Exit::Clean)
}
