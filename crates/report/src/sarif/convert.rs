//! From the model to SARIF.

use std::collections::BTreeMap;

use ironhull_finding::{Evidence, Finding, Place, RuleMeta, Severity, Suppression};
use ironhull_world::ObjectRef;

use super::uri;
use super::wire::{
    ArtifactLocation, Configuration, Descriptor, Driver, Fingerprints, Help, Invocation, Location, Log,
    LogicalLocation, Message, Notification, PhysicalLocation, Reference, Region, Rule, RuleProperties, Run,
    RunProperties, SarifResult, Suppression as WireSuppression, Tool, Until,
};
use crate::Report;
use crate::cause::subject;
use crate::plain::{clean, count, number};

const UNDECIDED: Reference = Reference { id: "undecided", index: 0 };
const NOT_EVALUATED: Reference = Reference { id: "not-evaluated", index: 1 };
const LEFT_OUT: Reference = Reference { id: "left-out", index: 2 };
/// Notifications of one kind; reasons beyond are summed up.
const MOST_NOTIFICATIONS: usize = 1000;

pub(super) fn log(report: &Report, most: usize) -> Log {
    let rules = rules_of(report);
    let index: BTreeMap<&str, usize> =
        rules.iter().enumerate().map(|(index, rule)| (rule.id, index)).collect();
    let (findings, suppressed) = chosen(report, most);
    let all = report.findings.len() + report.suppressed.len();
    let omitted = all - findings.len() - suppressed.len();
    let mut results: Vec<SarifResult> =
        findings.into_iter().map(|finding| result(finding, None, &index)).collect();
    results.extend(suppressed.iter().map(|(finding, by)| result(finding, Some(by), &index)));
    let run = Run {
        tool: Tool { driver: driver(report, &rules) },
        invocations: [Invocation {
            execution_successful: true,
            tool_execution_notifications: notifications(report, &index, omitted, most),
        }],
        column_kind: "unicodeCodePoints",
        results,
        properties: RunProperties {
            findings: report.findings.len(),
            suppressed: report.suppressed.len(),
            omitted,
            undecided: report.undecided.len(),
            coverage: report.coverage(),
        },
    };
    Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }
}

/// The rules that were asked, and those of findings that no rule was asked for.
fn rules_of(report: &Report) -> Vec<&'static RuleMeta> {
    let mut rules: BTreeMap<&str, &'static RuleMeta> = BTreeMap::new();
    let found = report.findings.iter().chain(report.suppressed.iter().map(|(finding, _)| finding));
    let all = report.rules.iter().copied().chain(found.map(|finding| finding.rule));
    for rule in all.chain(report.undecided.iter().map(|entry| entry.rule)) {
        rules.entry(rule.id).or_insert(rule);
    }
    rules.into_values().collect()
}

/// What fits: the worst findings, in the order of the report, then suppressed ones.
fn chosen(report: &Report, most: usize) -> (Vec<&Finding>, &[(Finding, Suppression)]) {
    let findings = &report.findings;
    let mut positions: Vec<usize> = (0..findings.len()).collect();
    if positions.len() > most {
        positions
            .sort_by_key(|index| (std::cmp::Reverse(findings.get(*index).map(Finding::severity)), *index));
        positions.truncate(most);
        positions.sort_unstable();
    }
    let room = most - positions.len();
    let suppressed = report.suppressed.get(..room).unwrap_or(&report.suppressed);
    (positions.into_iter().filter_map(|index| findings.get(index)).collect(), suppressed)
}

fn driver(report: &Report, rules: &[&'static RuleMeta]) -> Driver {
    let descriptor = |reference: Reference, name, text: &str| Descriptor {
        id: reference.id,
        name,
        short_description: Message { text: text.to_owned() },
    };
    Driver {
        name: "Ironhull",
        full_name: format!("Ironhull {}", report.version),
        version: report.version.to_string(),
        semantic_version: report.version.to_string(),
        information_uri: "https://ironhull.dev",
        rules: rules.iter().map(|rule| wire_rule(rule)).collect(),
        notifications: vec![
            descriptor(UNDECIDED, "Undecided", "A rule came to no verdict on an object."),
            descriptor(NOT_EVALUATED, "NotEvaluated", "Something was seen and not judged."),
            descriptor(LEFT_OUT, "LeftOut", "There are more results than this file may hold."),
        ],
    }
}

fn wire_rule(rule: &RuleMeta) -> Rule {
    let section = |heading: &str| rule.section(heading).filter(|text| !text.is_empty());
    let does = section("What it does").unwrap_or_else(|| sentence(rule.title));
    let docs = rule.docs();
    let docs = if docs.trim().is_empty() { sentence(rule.title) } else { docs };
    let mut tags = vec!["security".to_owned(), "kubernetes".to_owned()];
    tags.extend(rule.controls.iter().map(|control| format!("{}/{}", control.framework.id(), control.id)));
    Rule {
        id: rule.id,
        name: pascal(rule.name),
        short_description: Message { text: sentence(rule.title) },
        full_description: Message { text: first_characters(&does.replace('\n', " "), 1000) },
        help: Help { text: docs.clone(), markdown: docs },
        help_uri: rule_uri(rule.id),
        default_configuration: Configuration { level: level(rule.severity) },
        properties: RuleProperties {
            tags,
            security_severity: security_severity(rule.severity),
            precision: "high",
        },
    }
}

/// Where a rule is documented.
pub(crate) fn rule_uri(id: &str) -> String {
    format!("https://ironhull.dev/rules/{id}")
}

fn result(finding: &Finding, by: Option<&Suppression>, rules: &BTreeMap<&str, usize>) -> SarifResult {
    let text = match finding.object() {
        Some(_) => format!("{} ({})", finding.message, subject(finding)),
        None => finding.message.clone(),
    };
    let further = finding.evidence.iter().skip(1).enumerate();
    SarifResult {
        rule_id: finding.rule.id,
        rule_index: rules.get(finding.rule.id).copied().unwrap_or_default(),
        level: level(finding.severity()),
        message: message(&text),
        locations: vec![location(finding)],
        related_locations: further.map(|(index, evidence)| related(index + 1, evidence)).collect(),
        partial_fingerprints: Fingerprints { v1: finding.fingerprint() },
        suppressions: by.map(suppression).into_iter().collect(),
    }
}

fn suppression(by: &Suppression) -> WireSuppression {
    WireSuppression {
        kind: "inSource",
        status: "accepted",
        justification: by.reason.clone(),
        properties: by.until.map(|date| Until { until: date.to_string() }),
    }
}

fn location(finding: &Finding) -> Location {
    let physical_location = match finding.place() {
        Some(place) => physical(&place),
        None => {
            finding.object().map_or_else(|| pseudo("input".to_owned()), |o| pseudo(uri::of_object(&o.key)))
        }
    };
    let object = finding.object().map(|object| &object.key);
    let logical_locations = object.map(|key| logical(key, finding.container())).into_iter().collect();
    Location { id: None, physical_location, logical_locations, message: None }
}

fn related(id: usize, evidence: &Evidence) -> Location {
    let physical_location = match evidence.place() {
        Some(place) => physical(&place),
        None => pseudo(uri::of_object(&evidence.object.key)),
    };
    let note = evidence.note.as_deref().unwrap_or("see");
    let text = format!("{note}: {} of {}", evidence.path, clean(&evidence.object.key.to_string()));
    let logical_locations = vec![logical(&evidence.object.key, None)];
    Location { id: Some(id), physical_location, logical_locations, message: Some(message(&text)) }
}

fn physical(place: &Place) -> PhysicalLocation {
    let uri = uri::of_path(place.source.name());
    let base = (!uri.starts_with("file:")).then_some("%SRCROOT%");
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri, uri_base_id: base },
        region: Some(Region {
            start_line: place.start.line.max(1),
            start_column: place.start.column.max(1),
            end_line: place.end.line.max(place.start.line).max(1),
            end_column: place.end.column.max(1),
        }),
    }
}

fn pseudo(uri: String) -> PhysicalLocation {
    let region = Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1 };
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri, uri_base_id: Some("%SRCROOT%") },
        region: Some(region),
    }
}

fn logical(key: &ObjectRef, container: Option<&str>) -> LogicalLocation {
    let parts = [&key.group, &key.kind, &key.namespace, &key.name];
    let mut name: String =
        parts.iter().filter(|part| !part.is_empty()).map(|part| part.as_str()).collect::<Vec<_>>().join("/");
    if let Some(container) = container {
        name.push_str("/containers/");
        name.push_str(container);
    }
    LogicalLocation {
        name: container.unwrap_or(&key.name).to_owned(),
        fully_qualified_name: name,
        kind: "resource",
    }
}

fn notifications(
    report: &Report,
    rules: &BTreeMap<&str, usize>,
    omitted: usize,
    most: usize,
) -> Vec<Notification> {
    let mut all = Vec::new();
    let mut open: BTreeMap<(bool, &'static str, &str), Vec<&ObjectRef>> = BTreeMap::new();
    for entry in &report.undecided {
        open.entry((!entry.error, entry.rule.id, &entry.reason)).or_default().push(&entry.object);
    }
    let left = open.values().skip(MOST_NOTIFICATIONS).map(Vec::len).sum::<usize>();
    for ((known_gap, rule, reason), objects) in open.into_iter().take(MOST_NOTIFICATIONS) {
        let word = if known_gap { "unknown" } else { "error" };
        let named = match objects.as_slice() {
            [first] => first.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", number(rest.len())),
            [] => String::new(),
        };
        all.push(Notification {
            descriptor: UNDECIDED,
            associated_rule: Some(Reference {
                id: rule,
                index: rules.get(rule).copied().unwrap_or_default(),
            }),
            level: if known_gap { "warning" } else { "error" },
            message: message(&format!("{word}: {reason} ({named})")),
            locations: Vec::new(),
        });
    }
    if left > 0 {
        let text = format!("{} are undecided for further reasons", count(left, "question"));
        all.push(notification(UNDECIDED, "error", &text));
    }
    for entry in report.inputs.not_evaluated.iter().take(MOST_NOTIFICATIONS) {
        let mut one = notification(NOT_EVALUATED, "warning", &format!("{}: {}", entry.path, entry.reason));
        let location = ArtifactLocation { uri: uri::of_path(&entry.path), uri_base_id: Some("%SRCROOT%") };
        let location = PhysicalLocation { artifact_location: location, region: None };
        let location =
            Location { id: None, physical_location: location, logical_locations: Vec::new(), message: None };
        one.locations.push(location);
        all.push(one);
    }
    let left = report.inputs.not_evaluated.len().saturating_sub(MOST_NOTIFICATIONS);
    if left > 0 {
        all.push(notification(NOT_EVALUATED, "warning", &format!("{} more were not judged", number(left))));
    }
    if omitted > 0 {
        let text = format!(
            "{} left out: a file holds at most {}. The worst findings are in it",
            count(omitted, "result"),
            number(most)
        );
        all.push(notification(LEFT_OUT, "warning", &text));
    }
    all
}

fn notification(descriptor: Reference, level: &'static str, text: &str) -> Notification {
    Notification { descriptor, associated_rule: None, level, message: message(text), locations: Vec::new() }
}

/// Text in brackets before parentheses would be read as a link.
fn message(text: &str) -> Message {
    let text =
        if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() };
    Message { text }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number in the range that GitHub shows as the same word.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

fn sentence(title: &str) -> String {
    format!("{}.", title.trim_end_matches('.'))
}

/// `PrivilegedContainer`, as SARIF wants names.
fn pascal(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

fn first_characters(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(std::iter::once('…')).collect()
}
