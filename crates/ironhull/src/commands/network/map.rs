//! `ironhull network map`.

use clap::{Args, ValueEnum};
use ironhull_network::list::{list, write};
use ironhull_network::map::map;
use ironhull_network::picture::{Fold, Options as Drawing, Theme};

use super::list::Focus;
use super::output::{Drawing as Picture, Form, To, write_all};
use super::source::{Opened, Source, open};
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Args, Debug)]
pub(crate) struct Map {
    #[command(flatten)]
    source: Source,
    /// How to draw it, and where: svg, html (to click through) or dot; svg without it. text, md, csv and json
    /// are those of `network list`. May be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To>,
    #[command(flatten)]
    focus: Focus,
    /// The widest the picture may be, in pixels.
    #[arg(long, value_name = "PIXELS", default_value_t = 1600)]
    width: u32,
    /// The colours; auto follows the reader's settings.
    #[arg(long, value_name = "THEME", default_value = "auto")]
    theme: ThemeArg,
    /// How far workloads and lines are put together.
    #[arg(long, value_name = "HOW", default_value = "auto")]
    fold: FoldArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ThemeArg {
    Auto,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FoldArg {
    Auto,
    Never,
    Always,
}

pub(super) fn run(args: &Map, global: &Global) -> anyhow::Result<Exit> {
    let mut opened = open(&args.source, global)?;
    let options = args.focus.options();
    let Opened { network, solver, entries, .. } = &mut opened;
    let listed = list(network, solver, entries, &options);
    args.focus.check(&listed)?;
    let drawing = Drawing {
        max_width: args.width,
        theme: match args.theme {
            ThemeArg::Auto => Theme::Auto,
            ThemeArg::Light => Theme::Light,
            ThemeArg::Dark => Theme::Dark,
        },
        fold: match args.fold {
            FoldArg::Auto => Fold::Auto,
            FoldArg::Never => Fold::Never,
            FoldArg::Always => Fold::Always,
        },
    };
    let svg = [To::standard(Form::Drawn(Picture::Svg))];
    let wanted = if args.output.is_empty() { svg.as_slice() } else { &args.output };
    let picture = map(network, solver, entries, &listed, &options);
    write_all(wanted, &drawing, |form| write(&listed, solver, form), || picture)?;
    Ok(Exit::Clean)
}
