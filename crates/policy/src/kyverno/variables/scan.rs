//! Variables and references in a text.
//!
//! Upstream finds them with regular expressions (`pkg/engine/variables/regex`); the functions here find
//! exactly what these find.

/// A variable in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found<'t> {
    /// From `{{` to `}}`.
    pub(crate) text: &'t str,
    /// The character before it, which is part of the match; none at the start of the text.
    pub(crate) before: Option<char>,
}

impl Found<'_> {
    /// What is between the braces, and whether what comes out is not to be looked through again (`{{- }}`).
    pub(crate) fn expression(&self) -> (String, bool) {
        let inner = self.text.replace("{{", "").replace("}}", "");
        let inner = inner.trim_matches(is_space);
        match inner.strip_prefix('-') {
            Some(rest) => (rest.trim_matches(is_space).to_owned(), true),
            None => (inner.to_owned(), false),
        }
    }
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace()
}

/// All variables: `(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})`, from left to right, none over another.
pub(crate) fn variables(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    // Behind a match the next one needs a character of its own before it.
    let (mut at, mut limit) = (0, 0);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("{{")).map(|offset| at + offset) {
        let before = text.get(limit..start).and_then(|gap| gap.chars().next_back());
        let is_free = start == 0 || before.is_some_and(|letter| letter != '\\');
        if let Some(end) = end_of(text, start).filter(|_| is_free) {
            found.push(Found { text: &text[start..end], before });
            (at, limit) = (end, end);
        } else {
            at = start + 1;
        }
    }
    found
}

/// Whether there is a variable.
pub(crate) fn has_variable(text: &str) -> bool {
    text.contains("{{") && !variables(text).is_empty()
}

/// The end of the variable that starts here with `{{`: inside of it are characters that are no braces, and
/// pairs of single braces without braces between them.
fn end_of(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start + 2;
    loop {
        match bytes.get(at)? {
            b'}' => return (bytes.get(at + 1) == Some(&b'}')).then_some(at + 2),
            b'{' => {
                let inner = text.get(at + 1..)?;
                let close = inner.find(['{', '}'])?;
                if inner.as_bytes().get(close) != Some(&b'}') {
                    return None;
                }
                at += close + 2;
            }
            _ => at += 1,
        }
    }
}

/// References: `^\$\(.[^\ ]*\)|[^\\]\$\(.[^\ ]*\)`. The first field is the match with the character before
/// it, the second the reference alone.
pub(crate) fn references(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let (mut at, mut limit) = (0, 0);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("$(")).map(|offset| at + offset) {
        let before = text.get(limit..start).and_then(|gap| gap.char_indices().next_back());
        let is_free = start == 0 || before.is_some_and(|(_, letter)| letter != '\\');
        if let Some(end) = end_of_reference(text, start).filter(|_| is_free) {
            let from = before.map_or(start, |(offset, _)| limit + offset);
            found.push((&text[from..end], &text[start..end]));
            (at, limit) = (end, end);
        } else {
            at = start + 1;
        }
    }
    found
}

/// `$(`, any character, then as many as there are that are no spaces, up to the last `)` among them.
fn end_of_reference(text: &str, start: usize) -> Option<usize> {
    let inner = text.get(start + 2..)?;
    let first = inner.chars().next().filter(|letter| *letter != '\n')?;
    let rest = &inner[first.len_utf8()..];
    let run = rest.find(' ').map_or(rest, |space| &rest[..space]);
    let close = run.rfind(')')?;
    Some(start + 2 + first.len_utf8() + close + 1)
}

/// Whether there is a reference, escaped or not.
pub(crate) fn has_reference(text: &str) -> bool {
    text.contains("$(")
}

/// Takes the backslash from escaped references: `\\\$\(.[^\ \)]*\)`.
pub(super) fn unescape_references(text: String) -> String {
    let mut out = text;
    let mut from = 0;
    while let Some(start) = out.get(from..).and_then(|rest| rest.find("\\$(")).map(|offset| from + offset) {
        let inner = &out[start + 3..];
        let closed = inner.chars().next().filter(|letter| *letter != '\n').and_then(|first| {
            let rest = &inner[first.len_utf8()..];
            let end = rest.find([' ', ')'])?;
            rest[end..].starts_with(')').then_some(())
        });
        if closed.is_some() {
            out.remove(start);
        }
        from = start + 2;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by the regular expressions of upstream.
    fn by_regex(text: &str) -> Vec<(String, Option<char>)> {
        let regex = regex::Regex::new(r"(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})").expect("a regex");
        let own = |found: regex::Captures<'_>| (found[2].to_owned(), found[1].chars().next());
        regex.captures_iter(text).map(own).collect()
    }

    fn references_by_regex(text: &str) -> Vec<String> {
        let regex = regex::Regex::new(r"^\$\(.[^\ ]*\)|[^\\]\$\(.[^\ ]*\)").expect("a regex");
        regex.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    }

    fn unescaped_by_regex(text: &str) -> String {
        let regex = regex::Regex::new(r"\\\$\(.[^\ \)]*\)").expect("a regex");
        let mut out = text.to_owned();
        for found in regex.find_iter(text) {
            out = out.replace(found.as_str(), &found.as_str()[1..]);
        }
        out
    }

    #[test]
    fn an_expression_is_what_is_between_the_braces() {
        let of = |text: &str| variables(text)[0].expression();
        assert_eq!(of("{{ a.b }}"), ("a.b".to_owned(), false));
        assert_eq!(of("{{- a }}"), ("a".to_owned(), true));
        assert_eq!(of("{{ {a: b} }}"), ("{a: b}".to_owned(), false));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]

        #[test]
        fn variables_are_those_of_the_regular_expression(text in r"[{}a\\\n é]{0,24}") {
            let own: Vec<_> = variables(&text).iter().map(|one| (one.text.to_owned(), one.before)).collect();
            proptest::prop_assert_eq!(own, by_regex(&text));
        }

        #[test]
        fn references_are_those_of_the_regular_expression(text in r"[$()a\\\n ./]{0,24}") {
            let own: Vec<_> = references(&text).iter().map(|(whole, _)| (*whole).to_owned()).collect();
            proptest::prop_assert_eq!(own, references_by_regex(&text));
        }

        #[test]
        fn escapes_are_those_of_the_regular_expression(text in r"[$()a\\ ./]{0,16}") {
            proptest::prop_assert_eq!(unescape_references(text.clone()), unescaped_by_regex(&text));
        }
    }
}
