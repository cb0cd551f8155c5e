//! What a cluster would know and files do not say: variables, who asks, what services answer.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, ValueHint};
use ironhull_manifest::{Level, Limits, read};
use ironhull_policy::kyverno::offline::{Answers, Values, read_user};
use ironhull_policy::kyverno::request::User;
use ironhull_value::{Interner, Value};

#[derive(Args, Clone, Debug, Default)]
pub(super) struct Given {
    /// Variables, labels of namespaces and subresources, in the format of Kyverno's command line (kind Values).
    #[arg(short = 'f', long, visible_alias = "values-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    values: Option<PathBuf>,
    /// A variable, such as `request.operation=UPDATE`; may be repeated.
    #[arg(short, long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Who asks, in the format of Kyverno's command line (kind UserInfo).
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    userinfo: Option<PathBuf>,
    /// What services, the API server and global context entries answer: a file with `apiCallResponses` and
    /// `globalContextEntries`, as kyverno-test.yaml has them.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    answers: Option<PathBuf>,
    /// The resources are all that the cluster has: answer calls of the API server from them.
    #[arg(long)]
    complete: bool,
}

/// The same, read.
#[derive(Default)]
pub(super) struct Known {
    pub(super) values: Values,
    pub(super) user: Option<User>,
    pub(super) answers: Answers,
    pub(super) complete: bool,
}

impl Given {
    pub(super) fn read(&self) -> anyhow::Result<Known> {
        let mut known = Known { complete: self.complete, ..Known::default() };
        if let Some(file) = &self.values {
            let name = file.display().to_string();
            known.values = Values::read(&document(file)?, &name).map_err(anyhow::Error::msg)?;
        }
        for one in &self.set {
            let (name, value) =
                one.split_once('=').with_context(|| format!("--set {one}: write NAME=VALUE"))?;
            known.values.set(name, Value::from(value)).map_err(anyhow::Error::msg).context("--set")?;
        }
        if let Some(file) = &self.userinfo {
            let name = file.display().to_string();
            known.user = Some(read_user(&document(file)?, &name).map_err(anyhow::Error::msg)?);
        }
        if let Some(file) = &self.answers {
            let answers = Answers::read(&document(file)?).map_err(anyhow::Error::msg);
            known.answers = answers.with_context(|| file.display().to_string())?;
        }
        Ok(known)
    }
}

/// The only document of a file.
fn document(file: &Path) -> anyhow::Result<Value> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let parsed = read(name.as_str(), &bytes, &Limits::default(), &mut Interner::new());
    if let Some(wrong) = parsed.diagnostics.iter().find(|one| one.level == Level::Error) {
        let place = parsed.source.position(wrong.span.start);
        anyhow::bail!("{name}:{}:{}: {}", place.line, place.column, wrong.message);
    }
    let mut documents = parsed.documents.into_iter();
    let first = documents.next().with_context(|| format!("{name} is empty"))?;
    ensure!(documents.next().is_none(), "{name} must have one document, has more");
    Ok(first.value)
}
