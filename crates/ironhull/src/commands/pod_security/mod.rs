//! `ironhull pod-security`.

mod advise;
mod check;
mod subject;

use anyhow::anyhow;
use ironhull_podsecurity::Version;

use crate::cli::{Global, PodSecurity};
use crate::exit::Exit;

pub(crate) fn run(command: &PodSecurity, global: &Global) -> anyhow::Result<Exit> {
    match command {
        PodSecurity::Check(check) => check::run(check, global),
        PodSecurity::Advise(advise) => advise::run(advise, global),
    }
}

fn version(text: &str) -> anyhow::Result<Version> {
    text.parse().map_err(|_| {
        anyhow!("`{text}` is no version of the Pod Security Standards; use latest, or v1.0 and up")
    })
}
