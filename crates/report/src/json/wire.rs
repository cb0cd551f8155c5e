//! The types of the JSON output. Their doc comments become descriptions in the schema.

use std::borrow::Cow;

use ironhull_value::Value;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::convert;

/// What one scan found out.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report<'r> {
    /// The address of this schema.
    pub(crate) schema: &'static str,
    /// The version of Ironhull that wrote the report.
    pub(crate) version: &'r str,
    /// Counts over the whole report.
    pub(crate) summary: Summary,
    /// What is wrong and not accepted.
    pub(crate) findings: Findings<'r>,
    /// What is wrong and accepted.
    pub(crate) suppressed: Vec<Suppressed<'r>>,
    /// Questions (a rule and an object) without verdict. They are not passes.
    pub(crate) undecided: Vec<Undecided<'r>>,
    /// The rules that were asked, with counts of objects.
    pub(crate) rules: Vec<Rule<'r>>,
    /// Scores by framework.
    pub(crate) scores: Vec<Score>,
    /// How many of the questions got a verdict.
    pub(crate) coverage: Coverage,
    /// What was read.
    pub(crate) inputs: Inputs<'r>,
}

/// Counts over the whole report.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// Findings that are not suppressed.
    pub(crate) findings: usize,
    /// Groups of findings with one cause.
    pub(crate) groups: usize,
    /// Findings by severity.
    pub(crate) by_severity: BySeverity,
    /// Findings in namespaces of the platform; they are part of the other counts.
    pub(crate) platform: usize,
    /// Suppressed findings.
    pub(crate) suppressed: usize,
    /// Questions without verdict because something is not in the input.
    pub(crate) unknown: usize,
    /// Questions without verdict because something went wrong.
    pub(crate) errors: usize,
}

/// Counts by severity.
#[derive(Default, Serialize, JsonSchema)]
pub(crate) struct BySeverity {
    pub(crate) critical: usize,
    pub(crate) high: usize,
    pub(crate) medium: usize,
    pub(crate) low: usize,
    pub(crate) info: usize,
}

/// Findings that are written one after another, without a list of all of them in memory.
pub(crate) struct Findings<'r>(pub(crate) &'r crate::Report);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(convert::findings(self.0))
    }
}

impl JsonSchema for Findings<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Findings".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<Finding<'static>>::json_schema(generator)
    }
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding<'r> {
    /// 32 hexadecimal digits that survive re-applying, re-indenting and moving files.
    pub(crate) fingerprint: String,
    /// The number of its group, from 1; suppressed findings have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<usize>,
    /// The rule that found it.
    pub(crate) rule: RuleName,
    /// One sentence without a full stop.
    pub(crate) message: &'r str,
    /// The object it is about; absent for a part of an input that is no object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Subject<'r>>,
    /// Whether it stands in a namespace of the platform.
    pub(crate) platform: bool,
    /// Where to look first; absent for objects without text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place<'r>>,
    /// The fields that prove it, the deciding one first.
    pub(crate) evidence: Vec<Evidence<'r>>,
    /// What would make it go away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<Fix<'r>>,
    /// Controls of frameworks that it is a fault in.
    pub(crate) controls: Vec<Control>,
}

/// A rule, in short.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RuleName {
    /// Two letters and a number.
    pub(crate) id: &'static str,
    /// What is wrong, as a word to type.
    pub(crate) name: &'static str,
    /// What is wrong, in a line.
    pub(crate) title: &'static str,
    pub(crate) severity: Severity,
}

/// How bad it is.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

/// An object, or a container of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Subject<'r> {
    /// The API group; empty for the core group.
    pub(crate) group: &'r str,
    pub(crate) kind: &'r str,
    /// Empty for objects without namespace.
    pub(crate) namespace: &'r str,
    pub(crate) name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<&'r str>,
}

/// A part of a text.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place<'r> {
    /// The path as it was given, or `<stdin>`.
    pub(crate) file: &'r str,
    /// What the text was rendered from, when it was not read as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rendered_from: Option<&'r str>,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A place as editors count it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: u32,
    /// In characters, from 1.
    pub(crate) column: u32,
}

/// A field that proves a finding.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Evidence<'r> {
    pub(crate) object: Subject<'r>,
    /// The field: `spec.containers[0].image`.
    pub(crate) path: String,
    /// The same as an RFC 6901 pointer.
    pub(crate) pointer: String,
    /// Whether the field is written. Else its absence is the proof.
    pub(crate) present: bool,
    /// What is written, with secrets as `•••`. Absent for large values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Value")]
    pub(crate) value: Option<Cow<'r, Value>>,
    /// What to know about the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place<'r>>,
}

/// A remedy.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Fix<'r> {
    /// One sentence in the imperative.
    pub(crate) summary: &'r str,
    pub(crate) safety: Safety,
    /// Empty for a manual fix.
    pub(crate) edits: Vec<Edit<'r>>,
}

/// Whether a fix can be applied without looking.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Safety {
    /// It cannot change how the workload behaves.
    Safe,
    /// It may change how the workload behaves.
    Unsafe,
    /// Only a person can do it.
    Manual,
}

/// A change to an object.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Edit<'r> {
    pub(crate) op: Op,
    pub(crate) path: String,
    pub(crate) pointer: String,
    /// What the field is set to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "serde_json::Value")]
    pub(crate) value: Option<Cow<'r, Value>>,
}

/// What happens to a field.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Op {
    /// It gets a value; parents are made as needed.
    Set,
    /// It goes away.
    Remove,
}

/// A control of a framework.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Control {
    pub(crate) framework: &'static str,
    pub(crate) id: &'static str,
}

/// An accepted finding.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Suppressed<'r> {
    pub(crate) finding: Finding<'r>,
    /// Why it is accepted.
    pub(crate) reason: &'r str,
    /// The last day on which it is: `2027-06-30`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// Where that is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place<'r>>,
}

/// A question without verdict.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Undecided<'r> {
    /// The rule's id.
    pub(crate) rule: &'static str,
    pub(crate) object: Subject<'r>,
    pub(crate) outcome: Open,
    pub(crate) reason: &'r str,
}

/// Why there is no verdict.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Open {
    /// Something that decides is not in the input.
    Unknown,
    /// Something went wrong.
    Error,
}

/// A rule with counts; an object counts once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Rule<'r> {
    #[serde(flatten)]
    pub(crate) rule: RuleName,
    /// Objects without fault.
    pub(crate) passed: usize,
    /// Objects with findings that are not suppressed.
    pub(crate) failed: usize,
    /// Objects whose findings are all suppressed.
    pub(crate) suppressed: usize,
    /// Objects that the rule does not apply to.
    pub(crate) skipped: usize,
    /// Objects without verdict, because something is not in the input.
    pub(crate) unknown: usize,
    /// Objects without verdict, because something went wrong.
    pub(crate) errors: usize,
    pub(crate) controls: Vec<Control>,
    /// The same check in other tools.
    pub(crate) aliases: Vec<Alias<'r>>,
}

/// The name of a check in another tool.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Alias<'r> {
    pub(crate) tool: &'r str,
    pub(crate) id: &'r str,
}

/// The score of a framework.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Score {
    pub(crate) framework: &'static str,
    pub(crate) title: &'static str,
    /// The mean over the controls that were judged; null when none was.
    pub(crate) percent: Option<f64>,
    /// The share of questions that got a verdict; null when none was asked.
    pub(crate) coverage: Option<f64>,
    pub(crate) controls: Vec<ControlScore>,
}

/// The score of a control.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ControlScore {
    pub(crate) id: &'static str,
    /// passed / (passed + failed); null when nothing was judged.
    pub(crate) percent: Option<f64>,
    pub(crate) passed: usize,
    /// Suppressed findings are faults here.
    pub(crate) failed: usize,
    pub(crate) undecided: usize,
}

/// How many questions (a rule and an object) got a verdict.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Coverage {
    /// judged / (judged + undecided); null when nothing was asked.
    pub(crate) percent: Option<f64>,
    pub(crate) judged: usize,
    pub(crate) undecided: usize,
}

/// What was read, and what was not.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inputs<'r> {
    /// Files and streams.
    pub(crate) files: usize,
    /// Documents that were understood.
    pub(crate) documents: usize,
    /// Kubernetes objects in them.
    pub(crate) objects: usize,
    /// Directories that a tool rendered.
    pub(crate) rendered: usize,
    /// Documents that are something else than Kubernetes objects.
    pub(crate) foreign: usize,
    /// What was seen and not judged.
    pub(crate) not_evaluated: Vec<NotEvaluated<'r>>,
}

/// Something that was seen and not judged.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NotEvaluated<'r> {
    pub(crate) path: &'r str,
    pub(crate) reason: &'r str,
}
