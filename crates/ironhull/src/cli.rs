//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use ironhull_finding::Severity;

use crate::commands::network::Network;
use crate::commands::policy::Policy;
use crate::output::Output;

/// Kubernetes security in one binary: what is wrong with your manifests, why, and how to mend it.
#[derive(Debug, Parser)]
#[command(name = "ironhull", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Say nothing on standard error but errors.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
    /// The configuration file; without it `.ironhull.yaml` is looked for from here upward.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// When standard output is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge manifests, or a live cluster, by the built-in checks.
    Scan(Box<Scan>),
    /// Judge pods by the Pod Security Standards, as the API server does.
    #[command(subcommand)]
    PodSecurity(PodSecurity),
    /// Answer who can talk to whom under the network policies, why, and what to change.
    #[command(subcommand)]
    Network(Network),
    /// Run the policies that people write for Kyverno.
    #[command(subcommand)]
    Policy(Policy),
    /// Answer the API server's admission reviews: enforce policies and Pod Security in a cluster.
    #[cfg(feature = "cluster")]
    Serve(Box<crate::commands::serve::Serve>),
    /// Print what a cluster needs to run `serve`: `ironhull install | kubectl apply -f -`.
    Install(crate::commands::install::Install),
    /// Take it out again, registrations first, and leave what others own.
    #[cfg(feature = "cluster")]
    Uninstall(crate::commands::uninstall::Uninstall),
    /// Say why something was refused, by what, and what would let it pass.
    #[cfg(feature = "cluster")]
    Why(Box<crate::commands::decisions::why::Why>),
    /// Make the narrowest exception that lets something through that was refused, for a while.
    #[cfg(feature = "cluster")]
    Except(Box<crate::commands::decisions::except::Except>),
    /// Say how a server is doing: policies, exceptions, what it knows of the cluster.
    #[cfg(feature = "cluster")]
    Status(Box<crate::commands::decisions::status::Status>),
    /// Say which recorded requests other policies would have decided otherwise.
    #[cfg(feature = "cluster")]
    Replay(Box<crate::commands::decisions::replay::Replay>),
    /// Say whether a policy refuses or only tells.
    #[cfg(feature = "cluster")]
    Mode(Box<crate::commands::decisions::mode::Mode>),
    /// Explain a rule, or list them all.
    #[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
    Rule(Rule),
    /// Print a completion script for a shell.
    Completion {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page, or write one for every command to a directory.
    Man {
        /// The directory.
        #[arg(value_hint = ValueHint::DirPath)]
        directory: Option<PathBuf>,
    },
    /// Serve and probe in a network namespace: what `network verify` starts in each.
    #[command(name = "__network-probe", hide = true)]
    NetworkProbe,
    /// Remove network namespaces when standard input ends: what `network verify` starts first.
    #[command(name = "__network-janitor", hide = true)]
    NetworkJanitor {
        /// The beginning of their names.
        prefix: String,
    },
    /// Write the generated documents and schemas below a directory.
    #[command(hide = true)]
    GenerateDocs {
        /// The directory.
        directory: PathBuf,
    },
}

/// What to read.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// Files and directories; `-` for standard input.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// A further file or directory, as kubectl writes it.
    #[arg(short, long = "filename", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) filename: Vec<PathBuf>,
    /// Accepted for kubectl's sake: directories are always read with all below them.
    #[arg(short = 'R', long, hide = true)]
    pub(crate) recursive: bool,
    /// Read only files that match this glob, relative to the directory that is named.
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Do not read files that match this glob.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Read what .gitignore names as well.
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Do not render Kustomize directories; judge their resources as files.
    #[arg(long)]
    pub(crate) no_render: bool,
    /// The namespace of objects that name none; with --cluster the namespace to list.
    #[arg(short, long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Only objects with these labels: `app=web,tier!=test`.
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(crate) selector: Option<String>,
    /// The most bytes that one input may have.
    #[arg(long, value_name = "BYTES", default_value_t = 512 << 20)]
    pub(crate) max_input: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// How to show the result, and where: `-o text -o sarif=report.sarif`. Formats: text, text-full,
    /// table, json, sarif, junit, md, html, csv.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,
    /// Only these rules, by id, name, or id of another tool.
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    pub(crate) rules: Vec<String>,
    /// Not these rules.
    #[arg(long = "skip-rule", value_name = "ID", value_delimiter = ',')]
    pub(crate) skip_rules: Vec<String>,
    /// Only rules of this framework: cis-1.12, nsa-1.2, attack, pss-baseline, pss-restricted.
    #[arg(long, value_name = "ID")]
    pub(crate) framework: Option<String>,
    /// Only rules of this severity and above; low without it.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) severity: Option<Severity>,
    /// Kyverno policies that judge what is read as well: files and directories; may be repeated.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) policy: Vec<PathBuf>,
    /// PolicyExceptions from these policies.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, requires = "policy")]
    pub(crate) exception: Vec<PathBuf>,
    /// End with exit code 1 at findings, and rules that ended in an error, of this severity and above, or
    /// `never`; medium without it.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) fail_on: Option<FailOn>,
    /// End with exit code 0 whatever is found.
    #[arg(long)]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
}

/// A live cluster.
#[derive(Args, Debug, Default)]
pub(crate) struct Cluster {
    /// Judge the cluster that kubectl talks to.
    #[arg(id = "cluster", long, conflicts_with_all = ["paths", "filename"])]
    pub(crate) live: bool,
    /// The context of the kubeconfig; implies --cluster.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["paths", "filename"])]
    pub(crate) context: Option<String>,
    /// The kubeconfig; implies --cluster.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["paths", "filename"])]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// All namespaces, which is the default of --cluster.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub(crate) all_namespaces: bool,
}

impl Cluster {
    pub(crate) fn is_wanted(&self) -> bool {
        self.live || self.context.is_some() || self.kubeconfig.is_some()
    }
}

/// The severity that trips the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    Severity(Severity),
    Never,
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        text.parse().map(Self::Severity).map_err(|error: String| format!("{error}, or never"))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum PodSecurity {
    /// Say for every pod and pod template whether a level allows it, in the API server's own words.
    Check(PodSecurityCheck),
    /// Say for every namespace which level it can enforce today, and what is in the way of the next one.
    Advise(PodSecurityAdvise),
}

#[derive(Args, Debug)]
pub(crate) struct PodSecurityCheck {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// privileged, baseline or restricted.
    #[arg(long, value_name = "LEVEL", default_value = "restricted")]
    pub(crate) level: String,
    /// The version of the standards: latest, or v1.0 and up.
    #[arg(long, value_name = "VERSION", default_value = "latest")]
    pub(crate) version: String,
    /// text or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Plain,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
}

#[derive(Args, Debug)]
pub(crate) struct PodSecurityAdvise {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// The version of the standards: latest, or v1.0 and up.
    #[arg(long, value_name = "VERSION", default_value = "latest")]
    pub(crate) version: String,
    /// text or json.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Plain,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Plain {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Rule {
    /// The rule, by id, name, or id of another tool.
    pub(crate) id: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<RuleCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// List all rules.
    List {
        /// text or json.
        #[arg(short, long, value_name = "FORMAT", default_value = "text")]
        output: Plain,
    },
}
