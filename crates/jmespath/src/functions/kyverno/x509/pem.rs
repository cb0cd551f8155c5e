//! `encoding/pem`.

use crate::go::base64;

/// The first block that can be read: its label and its bytes.
pub(super) fn first(text: &str) -> Option<(String, Vec<u8>)> {
    let mut rest = text;
    loop {
        let at =
            if rest.starts_with(BEGIN) { 0 } else { rest.find(&format!("\n{BEGIN}"))?.checked_add(1)? };
        rest = rest.get(at..)?.strip_prefix(BEGIN)?;
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Some(block) = line.trim_end().strip_suffix("-----").and_then(|label| block(label, after)) {
            return Some(block);
        }
    }
}

const BEGIN: &str = "-----BEGIN ";

fn block(label: &str, after: &str) -> Option<(String, Vec<u8>)> {
    let mut body = after;
    // Headers are skipped.
    while let Some((line, next)) = body.split_once('\n') {
        if !line.contains(':') {
            break;
        }
        body = next;
    }
    let end = format!("-----END {label}-----");
    let (encoded, rest) = body.split_once(&end)?;
    let ends_a_line = rest.lines().next().is_none_or(|line| line.trim().is_empty());
    if !ends_a_line || !(encoded.is_empty() || encoded.ends_with('\n')) {
        return None;
    }
    let plain: String = encoded.chars().filter(|character| !matches!(character, ' ' | '\t')).collect();
    Some((label.to_owned(), base64::decode(plain.as_bytes()).ok()?))
}
