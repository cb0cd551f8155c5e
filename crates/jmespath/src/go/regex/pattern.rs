//! A compiled pattern.

use regex::{Captures, Regex, RegexBuilder};

use super::emit::emit;
use super::parse::{fail, parse};

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    names: Vec<String>,
}

impl Pattern {
    /// `regexp.Compile`. The error is Go's text.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let parsed = parse(text, true)?;
        let mut translated = String::new();
        emit(&mut translated, &parsed.node);
        let regex = RegexBuilder::new(&translated)
            .nest_limit(1000)
            .size_limit(4 << 20)
            .build()
            .map_err(|_| fail("expression too large", text))?;
        Ok(Self { regex, names: parsed.names })
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Replaces all matches. What stands for each is written by `replace`, which may refuse to go on.
    pub(crate) fn replace_all<E>(
        &self,
        text: &str,
        mut replace: impl FnMut(&Self, &Captures<'_>, &mut String) -> Result<(), E>,
    ) -> Result<String, E> {
        let mut replaced = String::new();
        let mut last = 0;
        for captures in self.regex.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            replaced.push_str(text.get(last..whole.start()).unwrap_or_default());
            replace(self, &captures, &mut replaced)?;
            last = whole.end();
        }
        replaced.push_str(text.get(last..).unwrap_or_default());
        Ok(replaced)
    }

    /// `Regexp.Expand`: `$1`, `$name` and `${name}` stand for groups, `$$` for a dollar. A name is as long as it
    /// can be, so `$1x` is the group named `1x`. What is no group is empty; a dollar before anything else
    /// stays.
    pub(crate) fn expand(&self, template: &str, captures: &Captures<'_>, into: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            into.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                into.push('$');
                rest = after;
                continue;
            }
            if let Some((name, after)) = name(after) {
                into.push_str(self.group(name, captures));
                rest = after;
            } else {
                into.push('$');
                rest = after;
            }
        }
        into.push_str(rest);
    }

    fn group<'t>(&self, name: &str, captures: &Captures<'t>) -> &'t str {
        let text = |index| captures.get(index).map(|found| found.as_str());
        // `01` is a name, and a number of nine digits is no group.
        if name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0')) {
            return name.parse().ok().and_then(text).unwrap_or_default();
        }
        let mut named = self.names.iter().enumerate().filter(|(_, other)| *other == name);
        named.find_map(|(index, _)| text(index.saturating_add(1))).unwrap_or_default()
    }
}

/// The name after a dollar, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let inner = text.strip_prefix('{');
    let from = inner.unwrap_or(text);
    let end = from.find(|character| !is_part(character)).unwrap_or(from.len());
    let (name, after) = from.split_at_checked(end)?;
    if name.is_empty() {
        return None;
    }
    match inner {
        Some(_) => Some((name, after.strip_prefix('}')?)),
        None => Some((name, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, text: &str, template: &str) -> String {
        let pattern = Pattern::compile(pattern).unwrap();
        let replaced: Result<String, ()> = pattern.replace_all(text, |pattern, captures, into| {
            pattern.expand(template, captures, into);
            Ok(())
        });
        replaced.unwrap()
    }

    #[test]
    fn go_s_syntax_is_translated() {
        for (pattern, text, expected) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "१२", false),
            (r"^\w$", "é", false),
            (r"a{,2}", "a{,2}", true),
            (r"a{,2}", "aa", false),
            (r"^{x}$", "{x}", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^[a&&b]$", "&", true),
            (r"^[[:alpha:]-]+$", "a-b", true),
            (r"(?i)^straSSe$", "STRASSE", true),
            (r"^(?i:k)$", "\u{212a}", true),
            (r"^\x{e9}\351$", "éé", true),
            (r"^[^a]$", "\n", true),
            (r"a$", "a\n", false),
            (r"(?m)a$", "a\n", true),
            (r"\bfoo\b", "éfoo", true),
            (r"^\<$", "<", true),
            (r"^\p{Greek}\PL$", "α1", true),
            (r"^.$", "\n", false),
            (r"(?s)^.$", "\n", true),
            (r"a\Bb", "ab", true),
            (r"[^\x00-\x{10FFFF}]", "a", false),
        ] {
            assert_eq!(Pattern::compile(pattern).unwrap().is_match(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn messages_are_go_s() {
        for (pattern, expected) in [
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("[a", "missing closing ]: `[a`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a|+b", "missing argument to repetition operator: `+`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("(a{100}){100}", "invalid repeat count: `{100}`"),
            ("a{3,2}", "invalid repeat count: `{3,2}`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
            (r"\q", r"invalid escape sequence: `\q`"),
            (r"\1", r"invalid escape sequence: `\1`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("(?P<n", "invalid named capture: `(?P<n`"),
            ("(?P<a-b>c)", "invalid named capture: `(?P<a-b>`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?i-)a", "invalid or unsupported Perl syntax: `(?i-)`"),
        ] {
            assert_eq!(
                Pattern::compile(pattern).unwrap_err(),
                format!("error parsing regexp: {expected}"),
                "{pattern}"
            );
        }
    }

    #[test]
    fn templates_are_expanded_as_in_go() {
        assert_eq!(replaced("(a)(b)?", "ab-a", "[$1|$2]"), "[a|b]-[a|]");
        assert_eq!(replaced("(a)", "a", "$1x"), "");
        assert_eq!(replaced("(a)", "a", "${1}x$$"), "ax$");
        assert_eq!(replaced("(?P<n>a)", "a", "$n-${n}-$0-$9-$"), "a-a-a--$");
        assert_eq!(replaced("a*", "baac", "-"), "-b-c-");
        assert_eq!(replaced("", "éa", "-"), "-é-a-");
    }
}
