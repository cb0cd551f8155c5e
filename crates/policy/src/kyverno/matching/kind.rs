//! `group/version/kind/subresource`, with wildcards. Upstream: `pkg/utils/kube/kind.go`.

use compact_str::CompactString;
use ironhull_value::wildcard_match;

/// A kind as a policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindSelector {
    /// The group; `*` for any.
    pub group: CompactString,
    /// The version; `*` for any.
    pub version: CompactString,
    /// The kind.
    pub kind: CompactString,
    /// The subresource; empty for the object itself.
    pub subresource: CompactString,
}

impl KindSelector {
    /// Reads `Pod`, `v1/Pod`, `apps/v1/Deployment`, `Pod/exec`, `Pod.status`, `*/*`.
    pub fn parse(text: &str) -> Self {
        let mut parts: Vec<&str> = text.split('/').collect();
        if let Some(last) = parts.pop() {
            parts.extend(last.split('.'));
        }
        let of = |group: &str, version: &str, kind: &str, subresource: &str| Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            subresource: subresource.into(),
        };
        match parts.as_slice() {
            [kind] => of("*", "*", kind, ""),
            ["*", "*"] => of("*", "*", "*", "*"),
            ["*", second] if second.to_lowercase() == *second => of("*", "*", "*", second),
            [first, second] if is_version(first) => of("*", first, second, ""),
            [first, second] => of("*", "*", first, second),
            [first, second, third] if is_version(first) => of("*", first, second, third),
            [first, second, third] => of(first, second, third, ""),
            [first, second, third, fourth] => of(first, second, third, fourth),
            _ => of("", "", "", ""),
        }
    }

    /// Whether it means this kind.
    pub fn matches(&self, group: &str, version: &str, kind: &str, subresource: &str) -> bool {
        // The kind first, as it is what mostly differs.
        let is_kind = wildcard_match(&self.kind, kind)
            && wildcard_match(&self.group, group)
            && wildcard_match(&self.version, version);
        let is_debug = (group, version, kind, subresource) == ("", "v1", "Pod", "ephemeralcontainers");
        is_kind && (wildcard_match(&self.subresource, subresource) || is_debug)
    }
}

/// `^(v\d((alpha|beta)\d)?|\*)$`
pub(crate) fn is_version(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let Some(rest) = text.strip_prefix('v') else { return false };
    let digit = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((first, rest)) = rest.split_at_checked(1) else { return false };
    let stage = rest.strip_prefix("alpha").or_else(|| rest.strip_prefix("beta"));
    digit(first) && (rest.is_empty() || stage.is_some_and(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_in_every_form() {
        let of = |text: &str| {
            let one = KindSelector::parse(text);
            [one.group, one.version, one.kind, one.subresource].map(|part| part.to_string()).join(",")
        };
        for (text, parts) in [
            ("Pod", "*,*,Pod,"),
            ("v1/Pod", "*,v1,Pod,"),
            ("*/Pod", "*,*,Pod,"),
            ("Pod/exec", "*,*,Pod,exec"),
            ("Pod.status", "*,*,Pod,status"),
            ("apps/v1/Deployment", "apps,v1,Deployment,"),
            ("v1/Pod/log", "*,v1,Pod,log"),
            ("v1/Pod.log", "*,v1,Pod,log"),
            ("apps/v1/Deployment/scale", "apps,v1,Deployment,scale"),
            ("*/*", "*,*,*,*"),
            ("*", "*,*,*,"),
            ("*/scale", "*,*,*,scale"),
            ("v1beta1/CronJob", "*,v1beta1,CronJob,"),
            ("networking.k8s.io/v1/NetworkPolicy", "networking.k8s.io,v1,NetworkPolicy,"),
            ("a/b/c/d/e", ",,,"),
        ] {
            assert_eq!(of(text), parts, "{text}");
        }
    }

    #[test]
    fn a_pod_includes_its_debug_containers() {
        let pod = KindSelector::parse("Pod");
        assert!(pod.matches("", "v1", "Pod", "") && pod.matches("", "v1", "Pod", "ephemeralcontainers"));
        assert!(!pod.matches("", "v1", "Pod", "exec"));
        assert!(KindSelector::parse("*").matches("apps", "v1", "Deployment", ""));
    }
}
