//! The selector language of Calico.
//!
//! The grammar is that of `libcalico-go/lib/selector`: `||` binds weaker than `&&`, that weaker than `!`;
//! atoms are `k == 'v'`, `k != 'v'`, `k in {'a', 'b'}`, `k not in {…}`, `k contains 'v'`,
//! `k starts with 'v'`, `k ends with 'v'`, `has(k)`, `all()`, `global()` and parentheses. A label that is
//! absent satisfies `!=` and `not in`. Space and tab separate; a line break does not.

use std::fmt::{self, Write};

use compact_str::CompactString;

use crate::policy::LabelMatch;

/// Longer selectors are refused. The API allows 1,024 characters in its newest versions and had no limit
/// before.
pub const LONGEST: usize = 16_384;

/// Deeper parentheses are refused.
pub const DEEPEST: usize = 64;

/// The label under which the namespace of an endpoint stands.
pub(super) const NAMESPACE: &str = "projectcalico.org/namespace";

/// What a selector is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selects {
    /// Endpoints and network sets. `global()` has no place here.
    Endpoints,
    /// Namespaces: `all()` are those that are in one, `global()` those that are in none, and every key stands
    /// behind `pcns.`.
    Namespaces,
    /// Service accounts: every key stands behind `pcsa.`.
    Accounts,
}

impl Selects {
    fn key(self, key: &str) -> CompactString {
        let front = match self {
            Self::Endpoints => "",
            Self::Namespaces => "pcns.",
            Self::Accounts => "pcsa.",
        };
        [front, key].concat().into()
    }
}

/// Why a text is no selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {problem}")]
pub struct SelectorError {
    /// The place, counted from 1.
    pub at: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

/// Reads a selector. An empty one selects everything.
pub fn parse(text: &str, selects: Selects) -> Result<LabelMatch, SelectorError> {
    let mut parser = Parser { text, at: 0, depth: 0, selects };
    if text.len() > LONGEST {
        parser.at = LONGEST;
        return Err(parser.error("the selector is longer than 16384 bytes"));
    }
    parser.space();
    if parser.rest().is_empty() {
        return Ok(LabelMatch::everything());
    }
    let found = parser.either()?;
    if parser.rest().is_empty() { Ok(found) } else { Err(parser.error("expected `&&`, `||` or the end")) }
}

struct Parser<'t> {
    text: &'t str,
    /// In bytes; always the start of a character.
    at: usize,
    depth: usize,
    selects: Selects,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, problem: &'static str) -> SelectorError {
        let before = self.text.char_indices().take_while(|(place, _)| *place < self.at).count();
        SelectorError { at: before + 1, problem }
    }

    fn space(&mut self) {
        self.at += self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    /// Goes past a word and the space behind it, if the word is next.
    fn skip(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
            self.space();
        }
        found
    }

    /// Parts joined by `||`.
    fn either(&mut self) -> Result<LabelMatch, SelectorError> {
        let first = self.both()?;
        let mut parts = vec![first];
        while self.skip("||") {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { LabelMatch::Any(parts) })
    }

    /// Parts joined by `&&`.
    fn both(&mut self) -> Result<LabelMatch, SelectorError> {
        let first = self.operation()?;
        let mut parts = vec![first];
        while self.skip("&&") {
            parts.push(self.operation()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { LabelMatch::All(parts) })
    }

    fn operation(&mut self) -> Result<LabelMatch, SelectorError> {
        let mut negated = false;
        while !self.rest().starts_with("!=") && self.skip("!") {
            negated = !negated;
        }
        let found = self.plain()?;
        Ok(if negated { LabelMatch::Not(Box::new(found)) } else { found })
    }

    fn plain(&mut self) -> Result<LabelMatch, SelectorError> {
        let start = self.at;
        if self.skip("(") {
            self.depth += 1;
            if self.depth > DEEPEST {
                self.at = start;
                return Err(self.error("there are more than 64 parentheses around this"));
            }
            let inner = self.either()?;
            self.depth -= 1;
            return self.closed(inner, "expected `)`");
        }
        if self.skip("has(") {
            let key = self.key()?;
            return self.closed(LabelMatch::Has(key), "expected `)` behind the label's name");
        }
        if self.skip("all(") {
            let all = if self.selects == Selects::Namespaces {
                LabelMatch::Has(NAMESPACE.into())
            } else {
                LabelMatch::everything()
            };
            return self.closed(all, "expected `)` behind `all(`");
        }
        if self.skip("global(") {
            if self.selects != Selects::Namespaces {
                self.at = start;
                return Err(self.error("`global()` stands only in a namespaceSelector of a rule"));
            }
            let global = LabelMatch::Not(Box::new(LabelMatch::Has(NAMESPACE.into())));
            return self.closed(global, "expected `)` behind `global(`");
        }
        let key = self.key()?;
        self.comparison(key)
    }

    fn closed(&mut self, found: LabelMatch, problem: &'static str) -> Result<LabelMatch, SelectorError> {
        if self.skip(")") { Ok(found) } else { Err(self.error(problem)) }
    }

    /// What stands behind a label's name.
    fn comparison(&mut self, key: CompactString) -> Result<LabelMatch, SelectorError> {
        let one = |value| vec![value];
        if self.skip("==") {
            return Ok(LabelMatch::In(key, one(self.literal()?)));
        }
        if self.skip("!=") {
            return Ok(LabelMatch::Not(Box::new(LabelMatch::In(key, one(self.literal()?)))));
        }
        if self.skip("contains") {
            return Ok(LabelMatch::Contains(key, self.literal()?));
        }
        if self.skip("starts") {
            self.with()?;
            return Ok(LabelMatch::StartsWith(key, self.literal()?));
        }
        if self.skip("ends") {
            self.with()?;
            return Ok(LabelMatch::EndsWith(key, self.literal()?));
        }
        if self.skip("not") {
            if !self.skip("in") {
                return Err(self.error("expected `in` behind `not`"));
            }
            return Ok(LabelMatch::Not(Box::new(LabelMatch::In(key, self.values()?))));
        }
        if self.skip("in") {
            return Ok(LabelMatch::In(key, self.values()?));
        }
        Err(self
            .error("expected ==, !=, in, not in, contains, starts with or ends with behind the label's name"))
    }

    fn with(&mut self) -> Result<(), SelectorError> {
        if self.skip("with") { Ok(()) } else { Err(self.error("expected `with`")) }
    }

    /// The name of a label.
    fn key(&mut self) -> Result<CompactString, SelectorError> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| is_part(byte)).count();
        let Some(name) = rest.get(..length).filter(|name| !name.is_empty()) else {
            return Err(self.error("expected a label's name, has(…), all(), `!` or `(`"));
        };
        if length > 512 {
            return Err(self.error("the label's name is longer than 512 characters"));
        }
        self.at += length;
        self.space();
        Ok(self.selects.key(name))
    }

    /// A text between quotes. There is no way to write the quote itself.
    fn literal(&mut self) -> Result<CompactString, SelectorError> {
        let quote = self.rest().chars().next().filter(|quote| matches!(quote, '\'' | '"'));
        let Some(quote) = quote else {
            return Err(self.error("expected a value between quotes"));
        };
        let inner = self.rest().get(1..).unwrap_or_default();
        let Some(length) = inner.find(quote) else {
            return Err(self.error("this value has no quote at its end"));
        };
        let found = inner.get(..length).unwrap_or_default();
        self.at += length + 2;
        self.space();
        Ok(found.into())
    }

    /// Values between braces, sorted.
    fn values(&mut self) -> Result<Vec<CompactString>, SelectorError> {
        if !self.skip("{") {
            return Err(self.error("expected values between `{` and `}`"));
        }
        let mut found = Vec::new();
        while self.rest().starts_with(['\'', '"']) {
            found.push(self.literal()?);
            if !self.skip(",") {
                break;
            }
        }
        if !self.skip("}") {
            return Err(self.error("expected `,` or `}`"));
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

/// A condition in the selector language. Reading it again gives the same condition, if it was read from a
/// selector for endpoints.
#[derive(Clone, Copy, Debug)]
pub struct Written<'m>(pub &'m LabelMatch);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            LabelMatch::All(parts) if parts.is_empty() => f.write_str("all()"),
            LabelMatch::Any(parts) if parts.is_empty() => f.write_str("!all()"),
            LabelMatch::All(parts) => join(f, parts, " && "),
            LabelMatch::Any(parts) => join(f, parts, " || "),
            LabelMatch::Not(part) => match &**part {
                LabelMatch::In(key, values) => match values.as_slice() {
                    [value] => write!(f, "{key} != {}", Quoted(value)),
                    values => write!(f, "{key} not in {}", Set(values)),
                },
                part => write!(f, "!({})", Written(part)),
            },
            LabelMatch::Has(key) => write!(f, "has({key})"),
            LabelMatch::In(key, values) => match values.as_slice() {
                [value] => write!(f, "{key} == {}", Quoted(value)),
                values => write!(f, "{key} in {}", Set(values)),
            },
            LabelMatch::Contains(key, text) => write!(f, "{key} contains {}", Quoted(text)),
            LabelMatch::StartsWith(key, text) => write!(f, "{key} starts with {}", Quoted(text)),
            LabelMatch::EndsWith(key, text) => write!(f, "{key} ends with {}", Quoted(text)),
            LabelMatch::Nothing | LabelMatch::Above(..) | LabelMatch::Below(..) => f.write_str("!all()"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[LabelMatch], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(between)?;
        }
        match part {
            LabelMatch::All(parts) | LabelMatch::Any(parts) if !parts.is_empty() => {
                write!(f, "({})", Written(part))?;
            }
            part => write!(f, "{}", Written(part))?,
        }
    }
    Ok(())
}

struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains('\'') { '"' } else { '\'' };
        f.write_char(quote)?;
        f.write_str(self.0)?;
        f.write_char(quote)
    }
}

struct Set<'v>(&'v [CompactString]);

impl fmt::Display for Set<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (place, value) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", Quoted(value))?;
        }
        f.write_char('}')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        match parse(text, Selects::Endpoints) {
            Ok(found) => Written(&found).to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn selectors_are_read() {
        let cases = [
            ("", "all()"),
            (" \t", "all()"),
            ("all()", "all()"),
            ("all( )", "all()"),
            ("a == 'b'", "a == 'b'"),
            ("a=='b'", "a == 'b'"),
            ("a == \"it's\"", "a == \"it's\""),
            ("a != 'b' && c in {'y','x'} || !has(d)", "(a != 'b' && c in {'x', 'y'}) || !(has(d))"),
            ("a not in {'b'}", "a != 'b'"),
            ("a notin{'b','c'}", "a not in {'b', 'c'}"),
            ("a in {}", "a in {}"),
            ("a in {'b',}", "a == 'b'"),
            ("!!has(a)", "has(a)"),
            ("!!!has(a)", "!(has(a))"),
            ("(a == '' || has( b )) && all()", "(a == '' || has(b)) && all()"),
            (
                "a contains 'b' && c starts with 'd' && e ends  with 'f'",
                "a contains 'b' && c starts with 'd' && e ends with 'f'",
            ),
            ("has(x.y/z-a_b)", "has(x.y/z-a_b)"),
            ("in in {'in'}", "in == 'in'"),
            ("has == 'x'", "has == 'x'"),
        ];
        for (text, expected) in cases {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_tell_the_place() {
        let cases = [
            ("a", 2),
            ("a = 'b'", 3),
            ("a == b", 6),
            ("a == 'b", 6),
            ("a == 'é' x", 10),
            ("a == 'b' &&", 12),
            ("a == 'b' & c == 'd'", 10),
            ("(a == 'b'", 10),
            ("has(a", 6),
            ("has()", 5),
            ("a in 'b'", 6),
            ("a in {'b' 'c'}", 11),
            ("a starts 'b'", 10),
            ("global()", 1),
            ("a == 'b'\n&& c == 'd'", 9),
            ("!= 'b'", 1),
        ];
        for (text, at) in cases {
            let error = parse(text, Selects::Endpoints).expect_err(text);
            assert_eq!(error.at, at, "{text}: {error}");
        }
    }

    #[test]
    fn limits_hold() {
        let deep = |depth: usize| format!("{}has(a){}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&deep(DEEPEST), Selects::Endpoints).is_ok());
        assert_eq!(parse(&deep(DEEPEST + 1), Selects::Endpoints).expect_err("too deep").at, DEEPEST + 1);
        assert!(parse(&" ".repeat(LONGEST + 1), Selects::Endpoints).is_err());
        assert!(parse(&format!("{}has(a)", "!".repeat(LONGEST - 6)), Selects::Endpoints).is_ok());
    }

    #[test]
    fn keys_stand_behind_prefixes() {
        let written = |text, selects| Written(&parse(text, selects).expect("a selector")).to_string();
        assert_eq!(
            written("all() && !global()", Selects::Namespaces),
            "has(projectcalico.org/namespace) && !(!(has(projectcalico.org/namespace)))"
        );
        assert_eq!(written("a == 'b'", Selects::Namespaces), "pcns.a == 'b'");
        assert_eq!(written("has(a)", Selects::Accounts), "has(pcsa.a)");
    }

    fn condition() -> impl Strategy<Value = LabelMatch> {
        let key = || "[a-z]{1,3}(/[a-z.]{1,2})?".prop_map(CompactString::from);
        let value = || prop_oneof!["[^'\"]{0,3}", "[^']{0,3}"].prop_map(CompactString::from);
        let values =
            prop::collection::btree_set(value(), 0..3).prop_map(|values| values.into_iter().collect());
        let atom = prop_oneof![
            key().prop_map(LabelMatch::Has),
            (key(), values).prop_map(|(key, values)| LabelMatch::In(key, values)),
            (key(), value()).prop_map(|(key, text)| LabelMatch::Contains(key, text)),
            (key(), value()).prop_map(|(key, text)| LabelMatch::StartsWith(key, text)),
            (key(), value()).prop_map(|(key, text)| LabelMatch::EndsWith(key, text)),
            Just(LabelMatch::everything()),
        ];
        atom.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(LabelMatch::All),
                prop::collection::vec(inner.clone(), 2..4).prop_map(LabelMatch::Any),
                inner.prop_map(|part| LabelMatch::Not(Box::new(part))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(condition in condition()) {
            let text = Written(&condition).to_string();
            prop_assert_eq!(parse(&text, Selects::Endpoints), Ok(condition), "{}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = parse(&text, Selects::Endpoints);
        }

        #[test]
        fn no_words_make_it_panic(words in prop::collection::vec(prop::sample::select(vec![
            "(", ")", "!", "&&", "||", "has(", "all(", "global(", "a", "==", "!=", "in", "not", "{", "}", ",",
            "'x'", "\"y\"", "'", "contains", "starts", "with", "ends", " ", "é", "&", "=",
        ]), 0..40)) {
            let text = words.concat();
            for selects in [Selects::Endpoints, Selects::Namespaces, Selects::Accounts] {
                if let Err(error) = parse(&text, selects) {
                    prop_assert!(error.at <= text.chars().count() + 1);
                }
            }
        }
    }
}
