//! What a report is made from.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ironhull_finding::{Finding, FrameworkScore, Group, RuleRef, Suppression, Tally, group, scores};
use ironhull_world::{ObjectRef, is_platform_namespace};

/// The formats, by the names that every command uses for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// One line a finding.
    Text,
    /// The source excerpt with the marked span under each finding.
    TextFull,
    /// Counts by severity, framework and rule.
    Table,
    /// Everything, with a published schema.
    Json,
    /// SARIF 2.1.0, as GitHub code scanning takes it.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Markdown.
    Markdown,
    /// One file for a browser.
    Html,
    /// One row a finding.
    Csv,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::TextFull,
        Self::Table,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Markdown,
        Self::Html,
        Self::Csv,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::TextFull => "text-full",
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            format!("`{text}` is no format; use one of {}", names.join(", "))
        })
    }
}

/// How text may look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Escape sequences for colours.
    pub color: bool,
    /// Columns; longer cells of tables are cut, lines of findings never.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

/// What was read, and what was not. Both are always shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Files and streams that were read.
    pub files: usize,
    /// Documents that were understood.
    pub documents: usize,
    /// Kubernetes objects in them.
    pub objects: usize,
    /// Directories that were rendered by a tool.
    pub rendered: usize,
    /// Documents that are something else than Kubernetes objects (values files, workflows of a CI).
    pub foreign: usize,
    /// Things that were seen and could not be judged.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// Something that was seen and not judged. It lowers the coverage and is never counted as compliant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEvaluated {
    /// Its path.
    pub path: String,
    /// What it is and why it was not judged: `Helm chart, not rendered: 12 templates`.
    pub reason: String,
}

/// A rule that could not decide about an object.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The rule.
    pub rule: RuleRef,
    /// The object.
    pub object: ObjectRef,
    /// Whether something went wrong; else something is not in the input.
    pub error: bool,
    /// What.
    pub reason: String,
}

/// Everything that a scan found out.
#[derive(Clone, Debug)]
pub struct Report {
    /// Findings that count, in the order in which they are shown: user namespaces before platform ones,
    /// then by file and line, then by rule.
    pub findings: Vec<Finding>,
    /// Findings of one cause, as positions in `findings`.
    pub groups: Vec<Group>,
    /// Accepted findings with the suppression that covers each.
    pub suppressed: Vec<(Finding, Suppression)>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// The rules that were asked, by id.
    pub rules: Vec<RuleRef>,
    /// Counts per rule; an object counts once.
    pub tally: Tally,
    /// Scores per framework.
    pub scores: Vec<FrameworkScore>,
    /// What was read.
    pub inputs: InputCounts,
    /// The version of Ironhull.
    pub version: Arc<str>,
    /// Every rule and object without fault, for formats that name them; none where nobody asked for them.
    pub passes: Option<Vec<(RuleRef, ObjectRef)>>,
}

impl Report {
    /// Puts findings in order, groups them, and computes the scores. `tally` counts a suppressed finding as
    /// suppressed already.
    pub fn new(
        mut findings: Vec<Finding>,
        suppressed: Vec<(Finding, Suppression)>,
        undecided: Vec<Undecided>,
        rules: Vec<RuleRef>,
        tally: Tally,
        inputs: InputCounts,
        version: Arc<str>,
    ) -> Self {
        findings.sort_by_cached_key(order);
        let groups = group(&findings);
        let scores = scores(rules.iter().map(|rule| &**rule), &tally);
        Self { findings, groups, suppressed, undecided, rules, tally, scores, inputs, version, passes: None }
    }

    /// Adds the rules and objects without fault.
    #[must_use]
    pub fn with_passes(mut self, mut passes: Vec<(RuleRef, ObjectRef)>) -> Self {
        passes.sort_by(|a, b| (&a.0.id, &a.1).cmp(&(&b.0.id, &b.1)));
        self.passes = Some(passes);
        self
    }

    /// Whether a finding is about a namespace of the platform, which is shown apart.
    pub fn is_platform(finding: &Finding) -> bool {
        is_platform_namespace(finding.namespace())
    }

    /// The share of verdicts among all questions that were asked, in percent; none when nothing was asked.
    #[expect(clippy::cast_precision_loss, reason = "counts of objects")]
    pub fn coverage(&self) -> Option<f64> {
        let judged: usize = self.tally.values().map(ironhull_finding::RuleTally::judged).sum();
        let undecided: usize = self.tally.values().map(ironhull_finding::RuleTally::undecided).sum();
        let asked = judged + undecided;
        (asked > 0).then(|| judged as f64 * 100.0 / asked as f64)
    }
}

/// Platform or not, file, line, column. What is equal keeps the order in which it came: by object and rule.
type Order = (bool, Option<Arc<str>>, u32, u32);

fn order(finding: &Finding) -> Order {
    let place = finding.place();
    let (line, column) = place.map_or((0, 0), |place| (place.start.line, place.start.column));
    (Report::is_platform(finding), finding.source_name().cloned(), line, column)
}
