//! The texts of `kubectl -l`. Scanner and parser take the same liberties as upstream's, and the messages
//! are the ones that kubectl shows.

use std::fmt::Write as _;

use compact_str::CompactString;

use super::names::{label_key_problems, label_value_problems};
use super::{Operator, Requirement};
use crate::Key;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    End,
    Close,
    Comma,
    Not,
    DoubleEquals,
    Equals,
    Greater,
    Identifier,
    In,
    Less,
    NotEquals,
    NotIn,
    Open,
}

impl Token {
    /// Among values, `in` and `notin` are ordinary words.
    fn as_value(self) -> Self {
        if matches!(self, Self::In | Self::NotIn) { Self::Identifier } else { self }
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { scanner: Scanner { text, position: 0 }, ahead: None };
    let mut requirements = Vec::new();
    loop {
        let (token, literal) = parser.peek();
        match token.as_value() {
            Token::Identifier | Token::Not => {}
            Token::End => return Ok(requirements),
            _ => return Err(format!("found '{literal}', expected: !, identifier, or 'end of string'")),
        }
        let requirement =
            parser.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?;
        requirements.push(requirement);
        match parser.next() {
            (Token::End, _) => return Ok(requirements),
            (Token::Comma, _) => {
                let (token, literal) = parser.peek();
                if !matches!(token.as_value(), Token::Identifier | Token::Not) {
                    return Err(format!("found '{literal}', expected: identifier after ','"));
                }
            }
            (_, literal) => {
                return Err(format!("found '{literal}', expected: ',' or 'end of string'"));
            }
        }
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    ahead: Option<(Token, &'a str)>,
}

impl<'a> Parser<'a> {
    fn peek(&mut self) -> (Token, &'a str) {
        *self.ahead.get_or_insert_with(|| self.scanner.next())
    }

    fn next(&mut self) -> (Token, &'a str) {
        self.ahead.take().unwrap_or_else(|| self.scanner.next())
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut literal) = self.next();
        let negated = token == Token::Not;
        if negated {
            (token, literal) = self.next();
        }
        if token.as_value() != Token::Identifier {
            return Err(format!("found '{literal}', expected: identifier"));
        }
        let problems = label_key_problems(literal);
        if !problems.is_empty() {
            return Err(format!("<nil>: {}", invalid(literal, &problems.join("; "))));
        }
        let key = Key::new(literal);
        if negated {
            return Ok(Requirement::new(key, Operator::DoesNotExist, Vec::new()));
        }
        if matches!(self.peek().0, Token::End | Token::Comma) {
            return Ok(Requirement::new(key, Operator::Exists, Vec::new()));
        }
        let operator = self.operator()?;
        let mut values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => vec![self.exact_value()?],
        };
        values.sort();
        values.dedup();
        check_values(&key, operator, &values)?;
        Ok(Requirement::new(key, operator, values))
    }

    fn operator(&mut self) -> Result<Operator, String> {
        Ok(match self.next() {
            (Token::In, _) => Operator::In,
            (Token::NotIn, _) => Operator::NotIn,
            (Token::Equals, _) => Operator::Equals,
            (Token::DoubleEquals, _) => Operator::DoubleEquals,
            (Token::NotEquals, _) => Operator::NotEquals,
            (Token::Greater, _) => Operator::GreaterThan,
            (Token::Less, _) => Operator::LessThan,
            (_, literal) => {
                return Err(format!("found '{literal}', expected: in, notin, =, ==, !=, gt, lt"));
            }
        })
    }

    /// The list in parentheses. Every gap between commas is the empty value.
    fn values(&mut self) -> Result<Vec<CompactString>, String> {
        let (token, literal) = self.next();
        if token != Token::Open {
            return Err(format!("found '{literal}' expected: '('"));
        }
        let (token, literal) = self.peek();
        match token.as_value() {
            Token::Identifier | Token::Comma => {}
            Token::Close => {
                self.next();
                return Ok(vec![CompactString::default()]);
            }
            _ => return Err(format!("found '{literal}', expected: ',', ')' or identifier")),
        }
        let mut values = Vec::new();
        loop {
            let (token, literal) = self.next();
            match token.as_value() {
                Token::Identifier => {
                    values.push(literal.into());
                    match self.peek() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => break,
                        (_, literal) => return Err(format!("found '{literal}', expected: ',' or ')'")),
                    }
                }
                Token::Comma => {
                    if values.is_empty() {
                        values.push(CompactString::default());
                    }
                    match self.peek().0 {
                        Token::Close => {
                            values.push(CompactString::default());
                            break;
                        }
                        Token::Comma => values.push(CompactString::default()),
                        _ => {}
                    }
                }
                _ => return Err(format!("found '{literal}', expected: ',', or identifier")),
            }
        }
        self.next();
        Ok(values)
    }

    fn exact_value(&mut self) -> Result<CompactString, String> {
        if matches!(self.peek().0, Token::End | Token::Comma) {
            return Ok(CompactString::default());
        }
        let (token, literal) = self.next();
        if token.as_value() == Token::Identifier {
            return Ok(literal.into());
        }
        Err(format!("found '{literal}', expected: identifier"))
    }
}

fn check_values(key: &str, operator: Operator, values: &[CompactString]) -> Result<(), String> {
    let mut errors = Vec::new();
    if matches!(operator, Operator::GreaterThan | Operator::LessThan) {
        for (index, value) in values.iter().enumerate() {
            if value.parse::<i64>().is_err() {
                let problem = "for 'Gt', 'Lt' operators, the value must be an integer";
                errors.push(format!("values[{index}]: {}", invalid(value, problem)));
            }
        }
    }
    for (index, value) in values.iter().enumerate() {
        let problems = label_value_problems(value);
        if !problems.is_empty() {
            errors.push(format!("values[{index}][{key}]: {}", invalid(value, &problems.join("; "))));
        }
    }
    match &*errors {
        [] => Ok(()),
        [error] => Err(error.clone()),
        _ => Err(format!("[{}]", errors.join(", "))),
    }
}

/// A field error as the API server words it, without the field.
pub(super) fn invalid(value: &str, problem: &str) -> String {
    format!("Invalid value: {}: {problem}", go_quote(value))
}

/// Go's `%q`.
fn go_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        let code = u32::from(character);
        let short = match character {
            '"' | '\\' => Some(character),
            '\u{7}' => Some('a'),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            '\u{b}' => Some('v'),
            _ => None,
        };
        let _ = match short {
            Some(letter) => write!(quoted, "\\{letter}"),
            None if code < 0x20 || code == 0x7f => write!(quoted, "\\x{code:02x}"),
            None if is_printable(character) => write!(quoted, "{character}"),
            None if code < 0x1_0000 => write!(quoted, "\\u{code:04x}"),
            None => write!(quoted, "\\U{code:08x}"),
        };
    }
    quoted.push('"');
    quoted
}

/// Rust and Go agree on what is printable but for the newest characters. The letter in front is there
/// because at the start of a text Rust escapes combining marks as well.
fn is_printable(character: char) -> bool {
    character.is_ascii() || format!("a{character}").escape_debug().count() == 2
}

struct Scanner<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Scanner<'a> {
    /// A NUL ends a token like the end of the text does, and at the start of one it ends the text.
    fn next(&mut self) -> (Token, &'a str) {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.position = self.text.len() - rest.len();
        let special: Option<(Token, usize)> = match rest.as_bytes() {
            [] | [0, ..] => {
                self.position = self.text.len();
                return (Token::End, "");
            }
            [b'=', b'=', ..] => Some((Token::DoubleEquals, 2)),
            [b'!', b'=', ..] => Some((Token::NotEquals, 2)),
            [b'=', ..] => Some((Token::Equals, 1)),
            [b'!', ..] => Some((Token::Not, 1)),
            [b'(', ..] => Some((Token::Open, 1)),
            [b')', ..] => Some((Token::Close, 1)),
            [b',', ..] => Some((Token::Comma, 1)),
            [b'>', ..] => Some((Token::Greater, 1)),
            [b'<', ..] => Some((Token::Less, 1)),
            _ => None,
        };
        let length = special.map_or_else(|| word_length(rest), |(_, length)| length);
        let literal = rest.get(..length).unwrap_or_default();
        self.position += length;
        if self.text.as_bytes().get(self.position) == Some(&0) {
            self.position += 1;
        }
        match (special, literal) {
            (Some((token, _)), _) => (token, literal),
            (None, "in") => (Token::In, literal),
            (None, "notin") => (Token::NotIn, literal),
            (None, _) => (Token::Identifier, literal),
        }
    }
}

fn word_length(text: &str) -> usize {
    text.find([' ', '\t', '\r', '\n', '=', '!', '(', ')', ',', '>', '<', '\0']).unwrap_or(text.len())
}
