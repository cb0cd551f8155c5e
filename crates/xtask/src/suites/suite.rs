//! What a suite is, how it ends, and the suites that are tasks of their own.

use crate::{conformance, context::Context, oracle, run::is_on_path, skips, skips::Skips};
use anyhow::Result;

/// One step of `cargo xtask test`.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    /// Needs no network, no Go and no release build.
    pub(crate) fast: bool,
    pub(crate) run: fn(&mut Session) -> Result<Outcome>,
}

/// What the suites share.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) context: Context,
    pub(crate) skips: Skips,
}

/// How a suite ended, with a word on it.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Passed(String),
    Failed(String),
    Skipped(String),
}

impl Outcome {
    /// Passed or failed, with a note for the failure.
    pub(crate) fn of(passed: bool, failure: &str) -> Self {
        if passed { Self::Passed(String::new()) } else { Self::Failed(failure.to_owned()) }
    }

    pub(crate) fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    pub(crate) fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped(_))
    }

    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed(_) => "ok",
            Self::Failed(_) => "FAILED",
            Self::Skipped(_) => "SKIPPED",
        }
    }

    pub(crate) fn note(&self) -> &str {
        match self {
            Self::Passed(note) | Self::Failed(note) | Self::Skipped(note) => note,
        }
    }

    pub(crate) fn shown(&self) -> String {
        if self.note().is_empty() {
            self.word().to_owned()
        } else {
            format!("{} ({})", self.word(), self.note())
        }
    }
}

impl Session {
    /// A tool that could not be installed leaves its suite out, loudly; not in CI, where it must install.
    pub(crate) fn without(&self, what: &str, error: &anyhow::Error) -> Outcome {
        let why = format!("{error:#}");
        if self.context.ci {
            return Outcome::Failed(why);
        }
        skips::announce(what, &why);
        Outcome::Skipped(why)
    }
}

pub(crate) fn conformance(session: &mut Session) -> Result<Outcome> {
    let summary = conformance::run_suites(&session.context, None, &mut session.skips)?;
    Ok(summarise(&summary.ran, &summary.failed, &summary.skipped))
}

pub(crate) fn oracles(session: &mut Session) -> Result<Outcome> {
    if !is_on_path("go") {
        skips::announce("oracles", "there is no Go toolchain");
        return Ok(Outcome::Skipped("there is no Go toolchain".to_owned()));
    }
    let summary = oracle::run_oracles(&session.context, None, oracle::CASES, &mut session.skips)?;
    Ok(summarise(&summary.ran, &summary.failed, &summary.skipped))
}

/// Failed when one part failed, skipped when one part was left out.
fn summarise(ran: &[String], failed: &[String], skipped: &[String]) -> Outcome {
    if !failed.is_empty() {
        Outcome::Failed(failed.join(", "))
    } else if !skipped.is_empty() {
        Outcome::Skipped(skipped.join(", "))
    } else if ran.is_empty() {
        Outcome::Failed("there is nothing to run".to_owned())
    } else {
        Outcome::Passed(ran.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_part_decides() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(summarise(&list(&["a"]), &list(&["b"]), &list(&["c"])).word(), "FAILED");
        assert_eq!(summarise(&list(&["a"]), &[], &list(&["c"])).word(), "SKIPPED");
        assert_eq!(summarise(&list(&["a"]), &[], &[]).word(), "ok");
        assert_eq!(summarise(&[], &[], &[]).word(), "FAILED");
    }
}
