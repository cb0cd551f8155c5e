//! What one run of a program used: wall time, CPU time of it and its children, largest resident set.
//!
//! The operating system reports the children of a process together, so each run gets a process of its own:
//! this program starts itself as `xtask measure`, which starts the one to measure, waits, and writes what
//! the system says. That process is small, so its own size (a few MB) is the floor of the figure for memory.

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// A program to measure.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) stdin: Option<PathBuf>,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) wall_seconds: f64,
    /// User and system time together.
    pub(crate) cpu_seconds: f64,
    pub(crate) max_rss_bytes: u64,
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where the figures go, as JSON.
    #[arg(long)]
    report: PathBuf,
    /// Where the program's standard output goes.
    #[arg(long)]
    stdout: PathBuf,
    /// What the program reads.
    #[arg(long)]
    stdin: Option<PathBuf>,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Spec {
    /// Runs the program once; its standard output is in the file afterwards.
    pub(crate) fn measure(&self, stdout: &Path) -> Result<Usage> {
        let report = stdout.with_extension("usage.json");
        let errors = stdout.with_extension("stderr");
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("measure").arg("--report").arg(&report).arg("--stdout").arg(stdout);
        if let Some(stdin) = &self.stdin {
            command.arg("--stdin").arg(stdin);
        }
        command.arg("--").arg(&self.program).args(&self.args);
        command.stdin(Stdio::null()).stderr(File::create(&errors)?);
        let status = command.status()?;
        if !status.success() {
            bail!("cannot measure `{}`: {}", self.shown(), fs::read_to_string(&errors).unwrap_or_default());
        }
        let usage: Usage = serde_json::from_str(&fs::read_to_string(&report)?)?;
        Ok(usage)
    }

    /// The same, but a failure of the program is an error: 0 and 1 (findings) are not.
    pub(crate) fn measure_good(&self, stdout: &Path) -> Result<Usage> {
        let usage = self.measure(stdout)?;
        if !matches!(usage.code, Some(0 | 1)) {
            let errors = fs::read_to_string(stdout.with_extension("stderr")).unwrap_or_default();
            let code = usage.code.map_or_else(|| "a signal".to_owned(), |code| format!("code {code}"));
            let tail: Vec<&str> = errors.lines().rev().take(5).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            bail!("`{}` ended with {code}\n{}", self.shown(), tail.join("\n"));
        }
        Ok(usage)
    }

    /// The command line, shortened where it lists files.
    pub(crate) fn shown(&self) -> String {
        let name = self.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut words = vec![name];
        let files = self.args.iter().filter(|arg| is_yaml(arg)).count();
        let mut told = false;
        for arg in &self.args {
            if files > 3 && is_yaml(arg) {
                if !told {
                    words.push(format!("<{files} files>"));
                }
                told = true;
            } else {
                words.push(arg.clone());
            }
        }
        words.join(" ")
    }
}

fn is_yaml(arg: &str) -> bool {
    Path::new(arg).extension().is_some_and(|ext| ext == "yaml")
}

/// The measuring process itself.
pub(crate) fn run(args: &Args) -> Result<()> {
    let stdin = match &args.stdin {
        Some(path) => {
            Stdio::from(File::open(path).with_context(|| format!("cannot read {}", path.display()))?)
        }
        None => Stdio::null(),
    };
    let (program, rest) = args.command.split_first().context("no command")?;
    let mut command = Command::new(program);
    command.args(rest).stdin(stdin).stdout(File::create(&args.stdout)?);
    let start = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {program}"))?;
    let wall_seconds = start.elapsed().as_secs_f64();
    let used = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| {
        f64::from(i32::try_from(time.tv_sec()).unwrap_or(i32::MAX))
            + f64::from(i32::try_from(time.tv_usec()).unwrap_or(0)) / 1e6
    };
    // Linux counts kilobytes, macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let usage = Usage {
        wall_seconds,
        cpu_seconds: seconds(used.user_time()) + seconds(used.system_time()),
        max_rss_bytes: u64::try_from(used.max_rss()).unwrap_or(0) * unit,
        code: status.code(),
    };
    fs::write(&args.report, serde_json::to_string(&usage)?)?;
    Ok(())
}

/// The middle run of each figure on its own.
pub(crate) fn median(runs: &[Usage]) -> Option<Usage> {
    let middle = |figure: fn(&Usage) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let mut sizes: Vec<u64> = runs.iter().map(|run| run.max_rss_bytes).collect();
    sizes.sort_unstable();
    Some(Usage {
        wall_seconds: middle(|run| run.wall_seconds)?,
        cpu_seconds: middle(|run| run.cpu_seconds)?,
        max_rss_bytes: *sizes.get(sizes.len() / 2)?,
        code: runs.first()?.code,
    })
}

/// The least run of each figure on its own.
pub(crate) fn least(runs: &[Usage]) -> Option<Usage> {
    let least = |figure: fn(&Usage) -> f64| runs.iter().map(figure).min_by(f64::total_cmp);
    Some(Usage {
        wall_seconds: least(|run| run.wall_seconds)?,
        cpu_seconds: least(|run| run.cpu_seconds)?,
        max_rss_bytes: runs.iter().map(|run| run.max_rss_bytes).min()?,
        code: runs.first()?.code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(wall_seconds: f64, max_rss_bytes: u64) -> Usage {
        Usage { wall_seconds, cpu_seconds: 1.0, max_rss_bytes, code: Some(0) }
    }

    #[test]
    fn the_median_is_of_each_figure() {
        let middle = median(&[usage(3.0, 10), usage(1.0, 30), usage(2.0, 20)]).unwrap();
        assert_eq!((middle.wall_seconds.to_string(), middle.max_rss_bytes), ("2".to_owned(), 20));
        assert!(median(&[]).is_none());
    }

    #[test]
    fn long_lists_of_files_are_shortened() {
        let mut args = vec!["score".to_owned()];
        args.extend((0..5).map(|number| format!("{number}.yaml")));
        args.push("-o".to_owned());
        let spec = Spec { program: "/bin/kube-score".into(), args, stdin: None };
        assert_eq!(spec.shown(), "kube-score score <5 files> -o");
    }
}
