//! Wildcards.

/// Whether the pattern has a wildcard.
pub fn contains_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether the text matches.
pub fn wildcard_match(pattern: &str, text: &str) -> bool {
    pattern == text
}
