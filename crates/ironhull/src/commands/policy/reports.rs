//! Answers as the reports that a cluster has: PolicyReport and ClusterPolicyReport, or their successors.

use ironhull_network::explain::yaml;
use ironhull_policy::kyverno::report::{Group, ReportResult, report};
use ironhull_value::Value;
use ironhull_world::Object;
use std::sync::Arc;

/// The reports of all objects that a policy said something of, as YAML.
pub(super) fn reports(answers: &[(Arc<Object>, Vec<ReportResult>)], group: Group, now: i64) -> String {
    let texts = answers.iter().filter(|(_, results)| !results.is_empty()).map(|(object, results)| {
        let report = report(&object.value, results, group, now);
        yaml(&serde_json::from_value::<Value>(report).unwrap_or_default())
    });
    texts.collect::<Vec<_>>().join("---\n")
}
