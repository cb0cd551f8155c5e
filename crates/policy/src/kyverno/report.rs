//! What is said of responses: the text of a refusal, and results as reports hold them.
//!
//! Upstream: `pkg/webhooks/utils/block.go` and `pkg/utils/report/results.go`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::engine::{Response, RuleResponse, RuleType, Status};
use super::model::Policy;
use super::request::group_version;
use ironhull_value::Value;

/// The text with which a request is refused; empty if no rule is in the way.
pub fn refusal(resource: &Value, responses: &[(&Policy, &Response)]) -> String {
    let mut failures: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (policy, response) in responses {
        for rule in response.rules.iter().filter(|rule| !matches!(rule.status, Status::Pass | Status::Skip)) {
            failures.entry(policy.name()).or_default().insert(&rule.name, &rule.message);
        }
    }
    if failures.is_empty() {
        return String::new();
    }
    let text = |keys: &[&str]| resource.dig_str(keys).unwrap_or_default();
    let mut out = format!(
        "\n\nresource {}/{}/{} was blocked due to the following policies \n\n",
        text(&["kind"]),
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"])
    );
    for (policy, rules) in failures {
        let _ = writeln!(out, "{}:", scalar(policy, 0));
        for (rule, message) in rules {
            let _ = writeln!(out, "  {}: {}", scalar(rule, 0), scalar(message, 4));
        }
    }
    out
}

/// A text as `yaml.v3` writes it: plain where that reads back as the same text, as a block where it has
/// several lines, else quoted. `indent` is that of the lines of a block.
fn scalar(text: &str, indent: usize) -> String {
    let is_printable = |letter: char| letter == '\n' || letter == '\t' || !letter.is_control();
    if text.contains('\n') && text.chars().all(is_printable) && !text.starts_with([' ', '\n']) {
        let chomp = match (text.ends_with('\n'), text.ends_with("\n\n")) {
            (false, _) => "|-",
            (true, false) => "|",
            (true, true) => "|+",
        };
        let mut out = chomp.to_owned();
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(&" ".repeat(indent));
                out.push_str(line);
            }
        }
        return out;
    }
    if is_plain(text) {
        return text.to_owned();
    }
    if text.chars().all(|letter| is_printable(letter) && letter != '\n')
        && !text.is_empty()
        && !text.contains('\t')
    {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            letter if letter.is_control() => {
                let _ = write!(out, "\\x{:02X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Whether a text stands for itself without quotes.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let mut after_first = text.chars().skip(1);
    let second = after_first.next();
    let is_indicator = "#,[]{}&*!|>'\"%@`".contains(first)
        || "-?:".contains(first) && second.is_none_or(|second| second == ' ');
    let is_broken = text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.starts_with("---")
        || text.starts_with("...")
        || text.chars().any(char::is_control);
    !is_indicator && !is_broken && !is_another_type(text)
}

/// Whether a plain text would be read as something else than a text.
fn is_another_type(text: &str) -> bool {
    const WORDS: [&str; 14] =
        ["true", "false", "null", "~", "yes", "no", "on", "off", "y", "n", ".nan", ".inf", "-.inf", "+.inf"];
    let lower = text.to_lowercase();
    WORDS.contains(&lower.as_str())
        || text.parse::<f64>().is_ok()
        || lower.starts_with("0x") && lower[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
        || lower.starts_with("0o") && lower[2..].bytes().all(|byte| byte.is_ascii_digit())
        || is_date(text)
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5].is_ascii_digit()
}

/// One result of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportResult {
    /// Always `kyverno`.
    pub source: &'static str,
    /// `name`, or `namespace/name`.
    pub policy: String,
    /// The rule.
    pub rule: String,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// `pass`, `fail`, `warn`, `error` or `skip`.
    pub result: &'static str,
    /// Whether it counts.
    pub scored: bool,
    /// From the policy's annotation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// From the policy's annotation.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub severity: &'static str,
    /// What is known beside.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

/// How many results there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rules that hold.
    pub pass: usize,
    /// Rules that do not.
    pub fail: usize,
    /// Rules that do not and are not scored.
    pub warn: usize,
    /// Rules that could not be evaluated.
    pub error: usize,
    /// Rules that do not apply.
    pub skip: usize,
}

impl Summary {
    /// Of some results.
    pub fn of<'r>(results: impl IntoIterator<Item = &'r ReportResult>) -> Self {
        let mut summary = Self::default();
        for result in results {
            match result.result {
                "pass" => summary.pass += 1,
                "fail" => summary.fail += 1,
                "warn" => summary.warn += 1,
                "error" => summary.error += 1,
                _ => summary.skip += 1,
            }
        }
        summary
    }
}

/// The results of a policy's rules for one resource.
pub fn results(policy: &Policy, response: &Response) -> Vec<ReportResult> {
    response.rules.iter().map(|rule| result(policy, rule)).collect()
}

fn result(policy: &Policy, rule: &RuleResponse) -> ReportResult {
    let annotation = |name: &str| policy.annotation(name).unwrap_or_default();
    let scored = annotation("policies.kyverno.io/scored") != "false";
    let word = match rule.status {
        Status::Pass => "pass",
        Status::Fail if scored => "fail",
        Status::Fail | Status::Warn => "warn",
        Status::Error => "error",
        Status::Skip => "skip",
    };
    let mut properties: BTreeMap<String, String> =
        rule.properties.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    // The message of a status goes by the status before scoring; one for all goes before it.
    let own = match rule.status {
        Status::Pass => "passMessage",
        Status::Fail => "failMessage",
        Status::Warn => "warnMessage",
        Status::Error => "errorMessage",
        Status::Skip => "skipMessage",
    };
    let said = ["message", own].iter().filter_map(|key| properties.get(*key)).find(|text| !text.is_empty());
    let message = said.cloned().unwrap_or_else(|| rule.message.clone());
    let process = if policy.background {
        "background scan"
    } else if policy.admission {
        "admission review"
    } else {
        ""
    };
    properties.insert("process".to_owned(), process.to_owned());
    if !rule.exceptions.is_empty() {
        let names: Vec<&str> =
            rule.exceptions.iter().map(|key| key.rsplit('/').next().unwrap_or(key)).collect();
        properties.insert("exceptions".to_owned(), names.join(","));
    }
    if let Some(target) = &rule.patched_target {
        properties.insert("patched-target".to_owned(), shown(target));
    }
    if rule.rule_type == RuleType::Generation && !rule.generated.is_empty() {
        let made: Vec<String> = rule.generated.iter().map(shown).collect();
        properties.insert("generated-resources".to_owned(), made.join("; "));
    }
    let severity = ["critical", "high", "medium", "low", "info"]
        .into_iter()
        .find(|word| *word == annotation("policies.kyverno.io/severity"));
    let policy_name = match policy.namespace() {
        "" => policy.name().to_owned(),
        namespace => format!("{namespace}/{}", policy.name()),
    };
    ReportResult {
        source: "kyverno",
        policy: policy_name,
        rule: rule.name.to_string(),
        message,
        result: word,
        scored,
        category: annotation("policies.kyverno.io/category").to_owned(),
        severity: severity.unwrap_or_default(),
        properties,
    }
}

/// `/v1, Kind=Namespace Name=a`, as upstream names objects in properties.
fn shown(object: &Value) -> String {
    let (group, version) = group_version(object);
    let text = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
    let mut out = format!("{group}/{version}, Kind={} Name={}", text(&["kind"]), text(&["metadata", "name"]));
    let namespace = text(&["metadata", "namespace"]);
    if !namespace.is_empty() {
        let _ = write!(out, " Namespace={namespace}");
    }
    out
}

/// The API group of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `wgpolicyk8s.io/v1alpha2`: `PolicyReport` and `ClusterPolicyReport`.
    PolicyReport,
    /// `openreports.io/v1alpha1`: `Report` and `ClusterReport`.
    OpenReports,
}

/// The report about one object, named by its UID, or by its kind and name where it has none yet. `now` is in
/// seconds since 1970.
///
/// Upstream: `pkg/utils/report/new.go`.
pub fn report(object: &Value, results: &[ReportResult], group: Group, now: i64) -> Json {
    let text = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
    let (namespace, kind, name) =
        (text(&["metadata", "namespace"]), text(&["kind"]), text(&["metadata", "name"]));
    let uid = text(&["metadata", "uid"]);
    let own = if uid.is_empty() { format!("{}-{name}", kind.to_lowercase()) } else { uid.to_owned() };
    let (api_version, plain) = match group {
        Group::PolicyReport => ("wgpolicyk8s.io/v1alpha2", "PolicyReport"),
        Group::OpenReports => ("openreports.io/v1alpha1", "Report"),
    };
    let kind_of_report = if namespace.is_empty() { format!("Cluster{plain}") } else { plain.to_owned() };
    let mut scope = json!({"apiVersion": text(&["apiVersion"]), "kind": kind, "name": name});
    let mut metadata = json!({"name": own, "labels": {"app.kubernetes.io/managed-by": "ironhull"}});
    if !namespace.is_empty() {
        scope["namespace"] = namespace.into();
        metadata["namespace"] = namespace.into();
    }
    if !uid.is_empty() {
        scope["uid"] = uid.into();
    }
    let mut sorted: Vec<&ReportResult> = results.iter().collect();
    sorted.sort_by(|a, b| (&a.policy, &a.rule).cmp(&(&b.policy, &b.rule)));
    let entries = sorted.iter().map(|result| {
        let mut entry = serde_json::to_value(result).unwrap_or_default();
        entry["timestamp"] = json!({"seconds": now, "nanos": 0});
        entry
    });
    json!({
        "apiVersion": api_version,
        "kind": kind_of_report,
        "metadata": metadata,
        "scope": scope,
        "results": entries.collect::<Vec<_>>(),
        "summary": Summary::of(results),
    })
}
