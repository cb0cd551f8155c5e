//! `ironhull network diff`.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use ironhull_network::Format;
use ironhull_network::diff::{Headings, Kind, Side, diff, picture, write};
use ironhull_network::picture::Options as Drawing;

use super::output::{Form, To, write_all};
use super::source::{Opened, Source, open};
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::notice;

#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// The old and the new manifests: two files or directories.
    #[command(flatten)]
    source: Source,
    /// The old manifests, as netpol-analyzer names them.
    #[arg(long, value_name = "PATH", requires = "dir2")]
    dir1: Option<PathBuf>,
    /// The new manifests, as netpol-analyzer names them.
    #[arg(long, value_name = "PATH", requires = "dir1")]
    dir2: Option<PathBuf>,
    /// How to show it, and where: text, md, csv, json, dot, svg or html; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
    /// Name for each change the edits behind it, and the rules that decide. JSON and pictures always have them.
    #[arg(long)]
    why: bool,
    /// What to call the two sides in the output: OLD,NEW.
    #[arg(long, value_name = "OLD,NEW", default_value = "dir1,dir2", value_parser = headings)]
    headings: (String, String),
    /// End with exit code 1 if any connection changed.
    #[arg(long)]
    exit_code: bool,
}

fn headings(text: &str) -> Result<(String, String), String> {
    let named = text.split_once(',').filter(|(old, new)| !old.is_empty() && !new.is_empty());
    let (old, new) = named.ok_or_else(|| "write two names, such as main,branch".to_owned())?;
    Ok((old.to_owned(), new.to_owned()))
}

pub(super) fn run(args: &Diff, global: &Global) -> anyhow::Result<Exit> {
    let mut paths: Vec<PathBuf> =
        args.source.inputs.paths.iter().chain(&args.source.inputs.filename).cloned().collect();
    paths.extend(args.dir1.iter().chain(&args.dir2).cloned());
    let [old, new] = paths.as_slice() else {
        bail!(
            "two paths are compared, the old and the new manifests; found {}: ironhull network diff OLD NEW",
            paths.len()
        );
    };
    let side = |path: &PathBuf| open(&args.source.of_path(path), global);
    let (mut old, mut new) = (side(old)?, side(new)?);
    let (mut old_solver, mut new_solver) = (std::mem::take(&mut old.solver), std::mem::take(&mut new.solver));
    let (before, after) = (of(&old), of(&new));
    let mut found = diff(&before, &mut old_solver, &after, &mut new_solver);
    let causes = |to: &To| matches!(to.form, Form::Written(Format::Json) | Form::Drawn(_));
    if args.why || args.output.iter().any(causes) {
        found.explain(&before, &after);
    }
    let unsure = found.changes.iter().filter(|change| change.kind == Kind::Unsure).count();
    if unsure > 0 {
        notice(
            global.quiet,
            &format!(
                "of {unsure} pairs it is unknown whether they changed; `-o json` has them, and what is invalid or not modelled is named above"
            ),
        );
    }
    if found.is_empty() {
        notice(global.quiet, "no connection changed");
    }
    let headings = Headings { old: &args.headings.0, new: &args.headings.1 };
    write_all(
        &args.output,
        &Drawing::default(),
        |form| write(&found, headings, form, args.why),
        || picture(&found, headings),
    )?;
    Ok(if args.exit_code && !found.is_empty() { Exit::Tripped } else { Exit::Clean })
}

fn of(opened: &Opened) -> Side<'_> {
    Side { world: opened.world(), input: &opened.input, network: &opened.network, entries: &opened.entries }
}
