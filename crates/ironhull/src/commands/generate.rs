//! `ironhull generate-docs`: everything in `docs/`, `schemas/` and `deploy/` that comes from the code.

use std::fmt::Write;
use std::path::Path;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::commands::install::chart_files;
use crate::commands::network::assertion_schema;
use crate::commands::rule::explain;
use crate::config;
use crate::exit::Exit;
use crate::output::write_file;
use crate::rules::all;

pub(crate) fn run(directory: &Path) -> anyhow::Result<Exit> {
    let file = |path: &str| directory.join(path);
    let mut index = String::from(
        "# Rules\n\nGenerated from the rules' own files. An id is never used again for something else.\n\n| id | severity | name | what is wrong |\n|---|---|---|---|\n",
    );
    for rule in all() {
        let meta = rule.meta();
        let _ = writeln!(
            index,
            "| [{0}]({0}.md) | {1} | {2} | {3} |",
            meta.id, meta.severity, meta.name, meta.title
        );
        write_file(&file(&format!("docs/rules/{}.md", meta.id)), &explain(meta))?;
    }
    write_file(&file("docs/rules/README.md"), &index)?;
    write_file(&file("docs/cli/README.md"), &reference())?;
    let pretty = |schema: &serde_json::Value| format!("{schema:#}\n");
    write_file(&file("schemas/report.json"), &pretty(&ironhull_report::schema()))?;
    write_file(&file("schemas/config.json"), &pretty(&config::schema()))?;
    #[cfg(feature = "cluster")]
    write_file(&file("schemas/openapi.json"), &crate::serve::api::openapi::text())?;
    write_file(&file("schemas/network-assertion.json"), &pretty(&assertion_schema()))?;
    for (path, text) in chart_files() {
        write_file(&file(&format!("deploy/helm/ironhull/{path}")), &text)?;
    }
    Ok(Exit::Clean)
}

/// The help of every command, one after the other.
fn reference() -> String {
    let mut text = String::from("# Command line\n\nGenerated from `--help`.\n");
    let mut command = Cli::command().term_width(100);
    command.build();
    describe(&mut command, &mut text);
    text
}

fn describe(command: &mut clap::Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    // clap pads some lines; trailing blanks have no place in a document.
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for sub in command.get_subcommands_mut() {
        if !sub.is_hide_set() && sub.get_name() != "help" {
            describe(sub, text);
        }
    }
}
