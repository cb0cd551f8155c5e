//! Suites over the source: format, shape, lints, tests, documents, dependencies.

use super::suite::{Outcome, Session};
use crate::{cargo_tests::Tests, generate, tidy as tidy_task, tools};
use anyhow::Result;

pub(crate) fn format(session: &mut Session) -> Result<Outcome> {
    session.context.cargo().args(["fmt", "--all", "--check"]).run()?;
    Ok(Outcome::Passed(String::new()))
}

pub(crate) fn tidy(session: &mut Session) -> Result<Outcome> {
    Ok(Outcome::of(tidy_task::run(&session.context)?, "see the problems above"))
}

pub(crate) fn generated(session: &mut Session) -> Result<Outcome> {
    let fresh = generate::run(&session.context, &generate::Args::check())?;
    Ok(Outcome::of(fresh, "run `cargo xtask generate`"))
}

pub(crate) fn clippy(session: &mut Session) -> Result<Outcome> {
    let args = ["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    session.context.cargo().args(args).run()?;
    Ok(Outcome::Passed(String::new()))
}

/// Unit, literate, snapshot and documentation tests of every crate.
pub(crate) fn tests(session: &mut Session) -> Result<Outcome> {
    if let Err(error) = tools::for_namespaces(&session.context) {
        if session.context.ci {
            return Ok(Outcome::Failed(format!("{error:#}")));
        }
        println!("{error:#}: the tests that need it are left out");
    }
    let tests = Tests { cargo: ["--workspace", "--locked"].map(str::to_owned).to_vec(), ..Tests::default() };
    let counts = tests.run(&session.context, &mut session.skips, |_| ())?;
    Ok(Outcome::Passed(format!("{} tests, {} ignored", counts.passed, counts.ignored)))
}

pub(crate) fn rustdoc(session: &mut Session) -> Result<Outcome> {
    let cmd = session.context.cargo().args(["doc", "--quiet", "--workspace", "--no-deps", "--locked"]);
    cmd.env("RUSTDOCFLAGS", "-D warnings").run()?;
    Ok(Outcome::Passed(String::new()))
}

/// Licences, bans and sources. Advisories need a database that not every network reaches.
pub(crate) fn dependencies(session: &mut Session) -> Result<Outcome> {
    if !session.context.root.join("deny.toml").is_file() {
        return Ok(Outcome::Failed("there is no deny.toml".to_owned()));
    }
    let binary = match tools::cargo_deny(&session.context) {
        Ok(binary) => binary,
        Err(error) => return Ok(session.without("cargo-deny", &error)),
    };
    let args = ["--workspace", "--all-features", "check", "bans", "licenses", "sources"];
    session.context.cmd(binary).args(args).run()?;
    Ok(Outcome::Passed(String::new()))
}
