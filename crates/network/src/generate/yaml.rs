//! Policies as YAML.

use std::fmt::Write as _;

use super::Written;
use super::draft::{Draft, DraftPeer, DraftRule};
use crate::algebra::{Conns, Protocol};
use crate::input::{Input, LabelList};

/// More lines of evidence than this are counted, not shown.
const MOST_COMMENTS: usize = 8;

impl Draft {
    /// The text of the policy, with its evidence in comments.
    pub(super) fn written(&self, input: &Input) -> Written {
        let mut out = String::new();
        for line in &self.head {
            comment(&mut out, 0, line);
        }
        out.push_str("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n");
        let _ = writeln!(out, "  name: {}\n  namespace: {}", scalar(&self.name), scalar(&self.namespace));
        out.push_str("  labels:\n    app.kubernetes.io/managed-by: ironhull\nspec:\n");
        out.push_str("  podSelector:");
        labels(&mut out, 4, &self.selector);
        out.push_str("  policyTypes: [Ingress, Egress]\n");
        rules(&mut out, "ingress", "from", &self.ingress);
        rules(&mut out, "egress", "to", &self.egress);
        let workload =
            self.workload.and_then(|index| input.workloads.get(index)).map(|workload| workload.title());
        Written {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            workload: workload.unwrap_or_default(),
            text: out,
        }
    }
}

fn rules(out: &mut String, field: &str, peers: &str, rules: &[DraftRule]) {
    if rules.is_empty() {
        let _ = writeln!(out, "  {field}: []");
        return;
    }
    let _ = writeln!(out, "  {field}:");
    for rule in rules {
        for line in rule.comments.iter().take(MOST_COMMENTS) {
            comment(out, 2, line);
        }
        if let Some(more) = rule.comments.len().checked_sub(MOST_COMMENTS).filter(|more| *more > 0) {
            comment(out, 2, &format!("and {more} more"));
        }
        let _ = writeln!(out, "  - {peers}:");
        for one in &rule.peers {
            peer(out, one);
        }
        ports(out, &rule.conns);
    }
}

fn peer(out: &mut String, peer: &DraftPeer) {
    match peer {
        DraftPeer::Block(cidr) => {
            let _ = writeln!(out, "    - ipBlock:\n        cidr: {}", scalar(&cidr.to_string()));
        }
        DraftPeer::Pods { namespace: None, labels: wanted } => {
            out.push_str("    - podSelector:");
            labels(out, 8, wanted);
        }
        DraftPeer::Pods { namespace: Some(namespace), labels: wanted } => {
            out.push_str("    - namespaceSelector:\n        matchLabels:\n");
            let _ = writeln!(out, "          kubernetes.io/metadata.name: {}", scalar(namespace));
            if !wanted.is_empty() {
                out.push_str("      podSelector:");
                labels(out, 8, wanted);
            }
        }
    }
}

fn labels(out: &mut String, indent: usize, wanted: &LabelList) {
    if wanted.is_empty() {
        out.push_str(" {}\n");
        return;
    }
    let _ = writeln!(out, "\n{:indent$}matchLabels:", "");
    for (key, value) in wanted {
        let _ = writeln!(out, "{:indent$}  {}: {}", "", scalar(key), scalar(value));
    }
}

fn ports(out: &mut String, conns: &Conns) {
    if conns.is_all() {
        return;
    }
    out.push_str("    ports:\n");
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
        let set = conns.ports(protocol);
        if set.is_all() {
            let _ = writeln!(out, "    - protocol: {protocol}");
            continue;
        }
        for &(low, high) in set.ranges() {
            let _ = writeln!(out, "    - protocol: {protocol}\n      port: {low}");
            if high > low {
                let _ = writeln!(out, "      endPort: {high}");
            }
        }
    }
}

/// A comment on a line of its own. What observed data says may hold anything: it cannot end the line here.
fn comment(out: &mut String, indent: usize, text: &str) {
    const LONGEST: usize = 300;
    let kept = |letter: &char| {
        !letter.is_control() && !matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    let text: String = text.chars().filter(kept).take(LONGEST).collect();
    let _ = writeln!(out, "{:indent$}# {text}", "");
}

/// A string that every YAML reader takes for a string.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "nan" | "inf"
        );
    // A block of IPv4 addresses has three dots and a slash: no number is written so.
    let block =
        text.contains('/') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'/');
    if plain || block {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control.is_control() || matches!(control, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
