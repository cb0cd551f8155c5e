//! Sets of characters: brackets, `\d`, `[:alpha:]`, `\p{Greek}`.

use super::ast::{Class, complement, normal};
use super::parse::{Parser, fail};

impl Parser<'_> {
    /// `[…]`, from the bracket on.
    pub(super) fn class(&mut self) -> Result<Class, String> {
        let whole = self.rest();
        self.advance(1);
        let mut class = Class { fold: self.flags.fold, ..Class::default() };
        if self.skip("^") {
            class.negated = true;
            if !self.is_perl {
                // There a negated set has no newline.
                class.ranges.push((u32::from('\n'), u32::from('\n')));
            }
        }
        let mut first = true;
        loop {
            let rest = self.rest();
            if rest.starts_with(']') && !first {
                self.advance(1);
                return Ok(class);
            }
            if rest.starts_with('-') && !self.is_perl && !first && !rest.starts_with("-]") {
                let length = rest.chars().take(2).map(char::len_utf8).sum();
                return Err(fail("invalid character class range", rest.get(..length).unwrap_or(rest)));
            }
            first = false;
            if self.named(&mut class)? || self.property(&mut class)? || self.perl(&mut class) {
                continue;
            }
            let start = self.rest();
            let low = self.class_character(whole)?;
            let mut high = low;
            let rest = self.rest();
            if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
                self.advance(1);
                high = self.class_character(whole)?;
                if high < low {
                    let length = start.len().saturating_sub(self.rest().len());
                    return Err(fail("invalid character class range", start.get(..length).unwrap_or(start)));
                }
            }
            class.ranges.push((low, high));
        }
    }

    fn class_character(&mut self, whole: &str) -> Result<u32, String> {
        match self.rest().chars().next() {
            None => Err(fail("missing closing ]", whole)),
            Some('\\') => self.escape(),
            Some(character) => {
                self.advance(character.len_utf8());
                Ok(character.into())
            }
        }
    }

    /// `[:alpha:]`, inside of brackets.
    fn named(&mut self, class: &mut Class) -> Result<bool, String> {
        let rest = self.rest();
        let Some(after) = rest.strip_prefix("[:") else { return Ok(false) };
        let Some(length) = after.find(":]") else { return Ok(false) };
        let whole = rest.get(..length.saturating_add(4)).unwrap_or(rest);
        let name = after.get(..length).unwrap_or_default();
        let (negated, plain) = name.strip_prefix('^').map_or((false, name), |plain| (true, plain));
        let Some(ranges) = posix(plain) else { return Err(fail("invalid character class range", whole)) };
        add(class, ranges, negated);
        self.advance(whole.len());
        Ok(true)
    }

    /// `\d` and its kin, in brackets or outside.
    pub(super) fn perl(&mut self, class: &mut Class) -> bool {
        if !self.is_perl {
            return false;
        }
        let (ranges, negated) = match self.rest().get(..2) {
            Some(r"\d") => (posix("digit"), false),
            Some(r"\D") => (posix("digit"), true),
            Some(r"\s") => (Some(SPACE), false),
            Some(r"\S") => (Some(SPACE), true),
            Some(r"\w") => (posix("word"), false),
            Some(r"\W") => (posix("word"), true),
            _ => return false,
        };
        add(class, ranges.unwrap_or_default(), negated);
        self.advance(2);
        true
    }

    /// `\p{Greek}`, `\pL`, in brackets or outside.
    pub(super) fn property(&mut self, class: &mut Class) -> Result<bool, String> {
        let rest = self.rest();
        if !self.is_perl || !(rest.starts_with(r"\p") || rest.starts_with(r"\P")) {
            return Ok(false);
        }
        let after = rest.get(2..).unwrap_or_default();
        let (whole, name) = match after.chars().next() {
            None => return Ok(false),
            Some('{') => {
                let Some(length) = after.find('}') else {
                    return Err(fail("invalid character class range", rest));
                };
                let whole = rest.get(..length.saturating_add(3)).unwrap_or(rest);
                (whole, after.get(1..length).unwrap_or_default())
            }
            Some(letter) => {
                let length = letter.len_utf8();
                (
                    rest.get(..length.saturating_add(2)).unwrap_or(rest),
                    after.get(..length).unwrap_or_default(),
                )
            }
        };
        let (flipped, plain) = name.strip_prefix('^').map_or((false, name), |plain| (true, plain));
        let is_known = !plain.is_empty()
            && plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && regex::Regex::new(&format!(r"\p{{{plain}}}")).is_ok();
        if !is_known {
            return Err(fail("invalid character class range", whole));
        }
        let letter = if rest.starts_with(r"\P") == flipped { 'p' } else { 'P' };
        class.properties.push(format!(r"\{letter}{{{plain}}}"));
        self.advance(whole.len());
        Ok(true)
    }
}

fn add(class: &mut Class, ranges: &[(u32, u32)], negated: bool) {
    if negated {
        class.ranges.extend(complement(&normal(ranges.to_vec())));
    } else {
        class.ranges.extend(ranges);
    }
}

/// Without the vertical tab, which `[:space:]` has.
const SPACE: &[(u32, u32)] = &[(9, 10), (12, 13), (32, 32)];

fn posix(name: &str) -> Option<&'static [(u32, u32)]> {
    Some(match name {
        "alnum" => &[(0x30, 0x39), (0x41, 0x5a), (0x61, 0x7a)],
        "alpha" => &[(0x41, 0x5a), (0x61, 0x7a)],
        "ascii" => &[(0, 0x7f)],
        "blank" => &[(9, 9), (0x20, 0x20)],
        "cntrl" => &[(0, 0x1f), (0x7f, 0x7f)],
        "digit" => &[(0x30, 0x39)],
        "graph" => &[(0x21, 0x7e)],
        "lower" => &[(0x61, 0x7a)],
        "print" => &[(0x20, 0x7e)],
        "punct" => &[(0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x7e)],
        "space" => &[(9, 13), (0x20, 0x20)],
        "upper" => &[(0x41, 0x5a)],
        "word" => &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)],
        "xdigit" => &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
        _ => return None,
    })
}
