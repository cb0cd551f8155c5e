//! What reports say of controls that a pod does not keep.
//!
//! Upstream: `addImages` in `pkg/engine/handlers/validation/validate_pss.go`, and `addPodSecurityProperties` in
//! `pkg/utils/report/results.go`.

use compact_str::CompactString;
use serde_json::{Value as Json, json};

use super::Violation;
use super::exclude::control_of;
use crate::kyverno::images::Images;

/// `standard`, `version`, `controls` and `controlsJSON`.
pub(crate) fn properties(
    level: &str,
    version: &str,
    violations: &[Violation],
    images: &Images,
) -> [(CompactString, CompactString); 4] {
    let ids: Vec<&str> = violations.iter().map(|violation| violation.check.as_str()).collect();
    let controls = violations.iter().map(|violation| {
        let named: Option<Vec<String>> = containers(&violation.detail).map(|names| {
            names.iter().map(|name| images.of_container(name).unwrap_or_else(|| name.clone())).collect()
        });
        // In the order in which upstream writes them.
        format!(
            r#"{{"ID":{},"Name":{},"Images":{}}}"#,
            json!(violation.check.as_str()),
            json!(control_of(violation.check)),
            named.map_or(Json::Null, Json::from)
        )
    });
    let controls: Vec<String> = controls.collect();
    [
        ("standard".into(), level.into()),
        ("version".into(), version.into()),
        ("controls".into(), ids.join(",").into()),
        ("controlsJSON".into(), format!("[{}]", controls.join(",")).into()),
    ]
}

/// The containers that a text names, as in `containers "a", "b" must set …`: what stands between the first
/// `container` or `containers` and `must`.
fn containers(detail: &str) -> Option<Vec<String>> {
    let (_, rest) = detail.split_once("container")?;
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    let (names, _) = rest.split_once("must")?;
    Some(names.replace(['"', ' '], "").split(',').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::containers;

    #[test]
    fn containers_are_found_in_details() {
        let of = |text: &str| containers(text).map(|names| names.join("|"));
        assert_eq!(of(r#"containers "a", "b" must set x=false"#).as_deref(), Some("a|b"));
        assert_eq!(of(r#"pod or container "a" must set x"#).as_deref(), Some("a"));
        assert_eq!(of("hostNetwork=true"), None);
        assert_eq!(of(r#"container "a" has hostPort 80"#), None);
    }
}
