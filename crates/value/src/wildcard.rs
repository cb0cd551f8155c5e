//! Wildcards as Kyverno's patterns have them.

/// Whether the pattern has a wildcard.
pub fn contains_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether the whole text matches the pattern: `*` stands for any characters or none, `?` for exactly one
/// character. There is no escape and no other special character; `/` and `.` are ordinary.
///
/// A character is a Unicode scalar value, as in the `go-wildcard` 1.0 and MinIO matchers. Those recurse at
/// every `*` and take exponential time on hostile patterns. This one only ever goes back to the newest `*`,
/// because what an older one could take more of, the newest can skip as well: at most one pass over the
/// text per character of it.
pub fn wildcard_match(pattern: &str, text: &str) -> bool {
    // Mostly there is no wildcard, and the first bytes tell. A wildcard is one byte, so that both sides are cut
    // between characters.
    let pairs = pattern.bytes().zip(text.bytes());
    let same = pairs.take_while(|(wanted, found)| wanted == found && !matches!(wanted, b'*' | b'?')).count();
    match (pattern.as_bytes().get(same), text.as_bytes().get(same)) {
        (None, None) => return true,
        (Some(b'*' | b'?'), _) => {}
        _ => return false,
    }
    let (Some(pattern), Some(text)) = (pattern.get(same..), text.get(same..)) else { return false };
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    let mut retry = None;
    loop {
        let here = (pattern.clone(), text.clone());
        match pattern.next() {
            Some('*') => {
                if pattern.as_str().is_empty() {
                    return true;
                }
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            Some(wanted) => match text.next() {
                Some(found) if wanted == '?' || wanted == found => continue,
                Some(_) => {}
                // Letting a star take more would leave even less text.
                None => return false,
            },
            None if here.1.as_str().is_empty() => return true,
            None => {}
        }
        let Some((after_star, star_text)) = &mut retry else { return false };
        if star_text.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = star_text.clone();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, without any thought for time.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                naive(rest, text) || matches!(text, [_, shorter @ ..] if naive(pattern, shorter))
            }
            (['?', rest @ ..], [_, shorter @ ..]) => naive(rest, shorter),
            ([wanted, rest @ ..], [found, shorter @ ..]) if wanted == found => naive(rest, shorter),
            _ => false,
        }
    }

    #[test]
    fn table() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "é", true),
            ("a?c", "a.c", true),
            ("*.io/*", "ghcr.io/a/b", true),
            ("a*b*c", "aXbXbYc", true),
            ("a*b*c", "aXbXbY", false),
            ("a*", "ba", false),
            ("[ab]", "a", false),
            (r"\*", r"\anything", true),
        ] {
            assert_eq!(wildcard_match(pattern, text), expected, "{pattern:?} on {text:?}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!wildcard_match(&pattern, &"a".repeat(5_000)));
    }

    proptest! {
        #[test]
        fn equals_the_definition(pattern in "[ab*?é]{0,9}", text in "[abé]{0,12}") {
            let expected =
                naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
            prop_assert_eq!(wildcard_match(&pattern, &text), expected);
        }

        #[test]
        fn without_wildcards_it_is_equality(pattern in "[ab]{0,3}", text in "[ab]{0,3}") {
            prop_assert!(!contains_wildcard(&pattern));
            prop_assert_eq!(wildcard_match(&pattern, &text), pattern == text);
        }
    }
}
