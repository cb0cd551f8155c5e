//! Text to tokens.

use super::token::{Kind, Token};
use crate::Dialect;
use crate::error::{Mistake, SyntaxError};
use crate::go::quote;

/// Cuts the text into tokens; the last one is [`Kind::End`].
///
/// Escapes are left alone, so that a token borrows its text.
pub(crate) fn tokenize(text: &str, dialect: Dialect) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut lexer = Lexer { text, dialect, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let is_end = token.kind == Kind::End;
        tokens.push(token);
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    dialect: Dialect,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<Token<'t>, SyntaxError> {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let offset = self.at;
        let Some(first) = self.peek() else {
            return Ok(Token { kind: Kind::End, text: "", offset });
        };
        self.at = self.at.saturating_add(1);
        let kind = match first {
            b'.' => Kind::Dot,
            b'*' => Kind::Star,
            b',' => Kind::Comma,
            b':' => Kind::Colon,
            b'{' => Kind::LeftBrace,
            b'}' => Kind::RightBrace,
            b']' => Kind::RightBracket,
            b'(' => Kind::LeftParen,
            b')' => Kind::RightParen,
            b'@' => Kind::Current,
            b'[' if self.skip(b'?') => Kind::Filter,
            b'[' if self.skip(b']') => Kind::Flatten,
            b'[' => Kind::LeftBracket,
            b'|' if self.skip(b'|') => Kind::Or,
            b'|' => Kind::Pipe,
            b'&' if self.skip(b'&') => Kind::And,
            b'&' => Kind::Reference,
            b'<' if self.skip(b'=') => Kind::LessEqual,
            b'<' => Kind::Less,
            b'>' if self.skip(b'=') => Kind::GreaterEqual,
            b'>' => Kind::Greater,
            b'!' if self.skip(b'=') => Kind::NotEqual,
            b'!' => Kind::Not,
            b'=' if self.skip(b'=') => Kind::Equal,
            b'=' => Kind::Unknown,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                Kind::Identifier
            }
            b'-' | b'0'..=b'9' => {
                self.take_while(|byte| byte.is_ascii_digit());
                Kind::Number
            }
            b'"' => return self.delimited(Kind::QuotedIdentifier, b'"', offset),
            b'`' => return self.delimited(Kind::Literal, b'`', offset),
            b'\'' => return self.raw_string(offset),
            _ => return Err(self.unknown(offset)),
        };
        Ok(Token { kind, text: self.slice(offset), offset })
    }

    /// Up to the delimiter; a backslash hides the character after it.
    fn delimited(&mut self, kind: Kind, end: u8, offset: usize) -> Result<Token<'t>, SyntaxError> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if byte == end {
                let text = self.slice(start);
                self.at = self.at.saturating_add(1);
                return Ok(Token { kind, text, offset });
            }
            self.at = self.at.saturating_add(if byte == b'\\' { 2 } else { 1 });
        }
        Err(self.unclosed(char::from(end)))
    }

    /// In a raw string a backslash stays, but for one before a quote. Upstream looks at each backslash alone, so
    /// that `'\\\\'` is not closed there.
    fn raw_string(&mut self, offset: usize) -> Result<Token<'t>, SyntaxError> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if byte == b'\'' {
                let text = self.slice(start);
                self.at = self.at.saturating_add(1);
                return Ok(Token { kind: Kind::RawString, text, offset });
            }
            self.at = self.at.saturating_add(1);
            if byte == b'\\' && !self.skip(b'\'') && self.dialect == Dialect::Standard {
                self.skip(b'\\');
            }
        }
        Err(self.unclosed('\''))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&accept) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// From `start` to here. Both are at ASCII characters, so always between characters.
    fn slice(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn unclosed(&self, delimiter: char) -> SyntaxError {
        syntax_error(self.text.len(), &format!("Unclosed delimiter: {delimiter}"))
    }

    fn unknown(&self, offset: usize) -> SyntaxError {
        let found = self.text.get(offset..).and_then(|rest| rest.chars().next()).unwrap_or_default();
        syntax_error(offset, &format!("Unknown char: {}", quote::ascii_character(found)))
    }
}

/// An error with upstream's prefix.
pub(crate) fn syntax_error(offset: usize, message: &str) -> SyntaxError {
    SyntaxError { offset, message: format!("SyntaxError: {message}"), kind: Mistake::Syntax }
}
