//! Go's syntax of regular expressions: `syntax.Perl`, which `regexp.Compile` reads, and the plain syntax
//! without Perl's extensions, which the generator of random strings reads.

use super::ast::{Class, LAST, Look, Node};

/// Levels of groups and repetitions. Go allows 1,000.
const DEPTH: usize = 200;

/// A pattern that was read.
pub(super) struct Parsed {
    pub(super) node: Node,
    /// Of each capture, in order; empty for one without.
    pub(super) names: Vec<String>,
}

/// Reads a pattern. The error is Go's text.
pub(super) fn parse(text: &str, is_perl: bool) -> Result<Parsed, String> {
    let mut parser = Parser {
        text,
        at: 0,
        is_perl,
        flags: Flags { one_line: is_perl, ..Flags::default() },
        open: Vec::new(),
        parts: Vec::new(),
        alternatives: Vec::new(),
        names: Vec::new(),
        // Where the repetition just read began, and whether it was just read.
        last_repeat: None,
    };
    while !parser.rest().is_empty() {
        parser.part()?;
    }
    if !parser.open.is_empty() {
        return Err(fail("missing closing )", text));
    }
    let node = parser.group();
    Ok(Parsed { node, names: parser.names })
}

/// An error as `regexp` says it.
pub(super) fn fail(what: &str, part: &str) -> String {
    format!("error parsing regexp: {what}: `{part}`")
}

#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) fold: bool,
    /// `^` and `$` are the ends of the text, not of lines.
    one_line: bool,
    /// `.` takes a newline.
    newline: bool,
    /// `*` takes as little as it can, `*?` as much.
    swap_greed: bool,
}

pub(super) struct Parser<'p> {
    text: &'p str,
    at: usize,
    pub(super) is_perl: bool,
    pub(super) flags: Flags,
    /// Groups that have not been closed, with what stood before them.
    open: Vec<Open>,
    /// The alternative that is being read.
    parts: Vec<Node>,
    alternatives: Vec<Node>,
    names: Vec<String>,
    last_repeat: Option<usize>,
}

struct Open {
    captures: bool,
    flags: Flags,
    parts: Vec<Node>,
    alternatives: Vec<Node>,
}

impl<'p> Parser<'p> {
    fn part(&mut self) -> Result<(), String> {
        let last_repeat = self.last_repeat.take();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(()) };
        match first {
            '(' if self.is_perl && rest.starts_with("(?") => return self.perl_group(),
            '(' => {
                self.names.push(String::new());
                self.open(true)?;
            }
            '|' => {
                let alternative = self.alternative();
                self.alternatives.push(alternative);
            }
            ')' => return self.close(),
            '^' => self.parts.push(Node::Look(if self.flags.one_line {
                Look::TextStart
            } else {
                Look::LineStart
            })),
            '$' => {
                self.parts.push(Node::Look(if self.flags.one_line { Look::TextEnd } else { Look::LineEnd }));
            }
            '.' => self.parts.push(Node::Any { newline: self.flags.newline }),
            '[' => {
                let class = self.class()?;
                self.parts.push(Node::Class(class));
                return Ok(());
            }
            '*' | '+' | '?' => {
                let start = self.at;
                self.advance(1);
                let bounds = match first {
                    '*' => (0, None),
                    '+' => (1, None),
                    _ => (0, Some(1)),
                };
                return self.repeat(bounds, start, last_repeat);
            }
            '{' => return self.counted(last_repeat),
            '\\' => return self.backslash(),
            _ => self.literal(first.into()),
        }
        self.advance(first.len_utf8());
        Ok(())
    }

    fn literal(&mut self, character: u32) {
        self.parts.push(Node::Literal { character, fold: self.flags.fold });
    }

    /// A group begins; its text is taken by the caller.
    fn open(&mut self, captures: bool) -> Result<(), String> {
        if self.open.len() >= DEPTH {
            return Err(fail("expression nests too deeply", self.text));
        }
        self.open.push(Open {
            captures,
            flags: self.flags,
            parts: std::mem::take(&mut self.parts),
            alternatives: std::mem::take(&mut self.alternatives),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let inner = self.group();
        let Some(open) = self.open.pop() else { return Err(fail("unexpected )", self.text)) };
        self.flags = open.flags;
        self.parts = open.parts;
        self.alternatives = open.alternatives;
        self.parts.push(if open.captures { Node::Capture(inner.into()) } else { inner });
        self.advance(1);
        Ok(())
    }

    /// What was read since the last open group.
    fn group(&mut self) -> Node {
        let last = self.alternative();
        let mut alternatives = std::mem::take(&mut self.alternatives);
        if alternatives.is_empty() {
            return last;
        }
        alternatives.push(last);
        Node::Alternate(alternatives)
    }

    fn alternative(&mut self) -> Node {
        let mut parts = std::mem::take(&mut self.parts);
        match parts.len() {
            0 => Node::Empty,
            1 => parts.pop().unwrap_or(Node::Empty),
            _ => Node::Concat(parts),
        }
    }

    /// `{2,3}`, or a brace that stands for itself.
    fn counted(&mut self, last_repeat: Option<usize>) -> Result<(), String> {
        let start = self.at;
        let Some((length, least, most)) = bounds(self.rest()) else {
            self.literal('{'.into());
            self.advance(1);
            return Ok(());
        };
        self.advance(length);
        let is_valid = least.is_some_and(|least| {
            least <= 1000 && most.is_none_or(|most| most.is_some_and(|most| most <= 1000 && least <= most))
        });
        if !is_valid {
            return Err(fail("invalid repeat count", self.since(start)));
        }
        self.repeat((least.unwrap_or_default(), most.flatten()), start, last_repeat)
    }

    /// Applies a repetition to the last part.
    fn repeat(
        &mut self,
        (least, most): (u32, Option<u32>),
        start: usize,
        last_repeat: Option<usize>,
    ) -> Result<(), String> {
        let mut greedy = !self.flags.swap_greed;
        if self.is_perl {
            if self.skip("?") {
                greedy = !greedy;
            }
            if let Some(before) = last_repeat {
                return Err(fail("invalid nested repetition operator", self.since(before)));
            }
        }
        let Some(node) = self.parts.pop() else {
            return Err(fail("missing argument to repetition operator", self.since(start)));
        };
        let node = Node::Repeat { node: node.into(), least, most, greedy };
        if !is_repeat_valid(&node, 1000) {
            return Err(fail("invalid repeat count", self.since(start)));
        }
        if levels(&node) > DEPTH {
            return Err(fail("expression nests too deeply", self.text));
        }
        self.parts.push(node);
        self.last_repeat = Some(start);
        Ok(())
    }

    /// `(?P<name>`, `(?i)`, `(?i:`
    fn perl_group(&mut self) -> Result<(), String> {
        let rest = self.rest();
        for prefix in ["(?P<", "(?<"] {
            let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) else { continue };
            let Some(length) = after.find('>') else { return Err(fail("invalid named capture", rest)) };
            let whole = prefix.len().saturating_add(length).saturating_add(1);
            let name = after.get(..length).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(fail("invalid named capture", rest.get(..whole).unwrap_or(rest)));
            }
            self.names.push(name.to_owned());
            self.open(true)?;
            self.advance(whole);
            return Ok(());
        }
        let mut flags = self.flags;
        let mut is_negative = false;
        let mut saw_flag = false;
        for (offset, character) in rest.char_indices().skip(2) {
            match character {
                'i' => flags.fold = !is_negative,
                'm' => flags.one_line = is_negative,
                's' => flags.newline = !is_negative,
                'U' => flags.swap_greed = !is_negative,
                '-' if !is_negative => {
                    is_negative = true;
                    saw_flag = false;
                    continue;
                }
                ':' | ')' if !is_negative || saw_flag => {
                    if character == ':' {
                        self.open(false)?;
                    }
                    self.flags = flags;
                    self.advance(offset.saturating_add(1));
                    return Ok(());
                }
                _ => {
                    let end = offset.saturating_add(character.len_utf8());
                    let part = rest.get(..end).unwrap_or(rest);
                    return Err(fail("invalid or unsupported Perl syntax", part));
                }
            }
            saw_flag = true;
        }
        Err(fail("invalid or unsupported Perl syntax", rest))
    }

    fn backslash(&mut self) -> Result<(), String> {
        let rest = self.rest();
        if self.is_perl {
            let look = match rest.get(..2) {
                Some(r"\A") => Some(Look::TextStart),
                Some(r"\b") => Some(Look::Word),
                Some(r"\B") => Some(Look::NotWord),
                Some(r"\z") => Some(Look::TextEnd),
                Some(r"\C") => return Err(fail("invalid escape sequence", r"\C")),
                Some(r"\Q") => {
                    let after = rest.get(2..).unwrap_or_default();
                    let quoted = after.split_once(r"\E").map_or(after, |(quoted, _)| quoted);
                    for character in quoted.chars() {
                        self.literal(character.into());
                    }
                    let end = if quoted.len() == after.len() { 2 } else { 4 };
                    self.advance(quoted.len().saturating_add(end));
                    return Ok(());
                }
                _ => None,
            };
            if let Some(look) = look {
                self.parts.push(Node::Look(look));
                self.advance(2);
                return Ok(());
            }
        }
        let mut class = Class { fold: self.flags.fold, ..Class::default() };
        if self.property(&mut class)? || self.perl(&mut class) {
            // Outside of brackets case does not matter to `\d`.
            class.fold &= !class.properties.is_empty();
            self.parts.push(Node::Class(class));
            return Ok(());
        }
        let character = self.escape()?;
        self.literal(character);
        Ok(())
    }

    /// `\n`, `\x41`, `\.`: one character, from the backslash on.
    pub(super) fn escape(&mut self) -> Result<u32, String> {
        let start = self.at;
        self.advance(1);
        let Some(first) = self.rest().chars().next() else {
            return Err(fail("trailing backslash at end of expression", ""));
        };
        self.advance(first.len_utf8());
        let found = match first {
            '0'..='7' => self.octal(first),
            'x' => self.hexadecimal(),
            'a' => Some(7),
            'f' => Some(0xc),
            'n' => Some(0xa),
            'r' => Some(0xd),
            't' => Some(9),
            'v' => Some(0xb),
            _ if first.is_ascii() && !first.is_ascii_alphanumeric() => Some(first.into()),
            _ => None,
        };
        found.ok_or_else(|| fail("invalid escape sequence", self.since(start)))
    }

    /// Up to three digits. One that is not zero would be a reference to a group.
    fn octal(&mut self, first: char) -> Option<u32> {
        let next = |parser: &Self| parser.rest().chars().next().and_then(|digit| digit.to_digit(8));
        if first != '0' && next(self).is_none() {
            return None;
        }
        let mut number = first.to_digit(8)?;
        for _ in 0..2 {
            let Some(digit) = next(self) else { break };
            number = number.checked_mul(8)?.checked_add(digit)?;
            self.advance(1);
        }
        Some(number)
    }

    /// Two digits, or any number of them in braces. What was looked at counts to the part that an error names.
    fn hexadecimal(&mut self) -> Option<u32> {
        let mut take = || {
            let next = self.rest().chars().next();
            self.advance(next.map_or(0, char::len_utf8));
            next
        };
        let first = take()?;
        if first != '{' {
            let second = take()?;
            return first.to_digit(16)?.checked_mul(16)?.checked_add(second.to_digit(16)?);
        }
        let mut number: Option<u32> = None;
        loop {
            match take()? {
                '}' => return number,
                digit => {
                    let digit = digit.to_digit(16)?;
                    number = number
                        .unwrap_or_default()
                        .checked_mul(16)?
                        .checked_add(digit)
                        .filter(|number| *number <= LAST);
                    number?;
                }
            }
        }
    }

    pub(super) fn rest(&self) -> &'p str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> &'p str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    pub(super) fn skip(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        self.advance(if found { wanted.len() } else { 0 });
        found
    }
}

/// The length of a counted repetition, the least, and the most: nothing for no limit. What is too large to
/// matter is nothing inside.
#[expect(clippy::option_option, reason = "no limit and a limit beyond all are told apart")]
fn bounds(text: &str) -> Option<(usize, Option<u32>, Option<Option<u32>>)> {
    let inner = text.strip_prefix('{')?.split_once('}')?.0;
    let length = inner.len().saturating_add(2);
    let number = |digits: &str| {
        let is_number = !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.len() == 1 || !digits.starts_with('0'));
        is_number.then(|| digits.parse::<u32>().ok())
    };
    match inner.split_once(',') {
        None => number(inner).map(|exact| (length, exact, Some(exact))),
        Some((least, "")) => Some((length, number(least)?, None)),
        Some((least, most)) => Some((length, number(least)?, Some(number(most)?))),
    }
}

/// Whether the repetitions in each other are at most so many.
fn is_repeat_valid(node: &Node, limit: u32) -> bool {
    match node {
        Node::Repeat { node, least, most, .. } => {
            let limit = match most.unwrap_or(*least) {
                // `*`, `+` and `?` do not count.
                _ if matches!((least, most), (0 | 1, None) | (0, Some(1))) => limit,
                0 => return true,
                count if count > limit => return false,
                count => limit.checked_div(count).unwrap_or(limit),
            };
            is_repeat_valid(node, limit)
        }
        Node::Capture(inner) => is_repeat_valid(inner, limit),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().all(|part| is_repeat_valid(part, limit)),
        _ => true,
    }
}

/// Levels of the tree, up to a few more than the limit.
fn levels(node: &Node) -> usize {
    let below = match node {
        Node::Repeat { node, .. } | Node::Capture(node) => levels(node),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().map(levels).max().unwrap_or_default(),
        _ => 0,
    };
    below.saturating_add(1)
}
