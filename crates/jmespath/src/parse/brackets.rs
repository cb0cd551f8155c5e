//! Brackets and braces: indices, slices, filters, lists, hashes.

use super::ast::{Ast, Tree};
use super::literal;
use super::parser::Parser;
use super::token::{Kind, Token};
use crate::Dialect;
use crate::error::{Mistake, SyntaxError};
use crate::go::quote;

impl Parser<'_> {
    /// `[` at the start of an expression; it has been taken.
    pub(super) fn bracket(&mut self, offset: usize) -> Result<Tree, SyntaxError> {
        match self.kind() {
            Kind::Number | Kind::Colon => match self.index(offset) {
                Ok(right) => self.project_slice(Tree::leaf(Ast::Current, offset), right),
                // Upstream forgets the error and goes on with an empty node.
                Err(_) if self.dialect == Dialect::Kyverno => Ok(Tree::leaf(Ast::Broken, offset)),
                Err(error) => Err(error),
            },
            Kind::Star if self.next_kind() == Kind::RightBracket => {
                self.take();
                self.take();
                self.star(Tree::leaf(Ast::Current, offset))
            }
            _ => self.list(offset),
        }
    }

    /// `[` after an expression; it has been taken.
    pub(super) fn bracket_after(&mut self, left: Tree) -> Result<Tree, SyntaxError> {
        if matches!(self.kind(), Kind::Number | Kind::Colon) {
            let right = self.index(self.token().offset)?;
            return self.project_slice(left, right);
        }
        self.expect(Kind::Star)?;
        self.expect(Kind::RightBracket)?;
        self.star(left)
    }

    fn star(&mut self, left: Tree) -> Result<Tree, SyntaxError> {
        let offset = left.offset;
        let right = self.projected(Kind::Star.binding_power())?;
        Tree::over(Ast::Projection(left.into(), right.into()), offset)
    }

    /// `[]`; it has been taken.
    pub(super) fn flatten(&mut self, left: Tree) -> Result<Tree, SyntaxError> {
        let offset = left.offset;
        let flat = Tree::over(Ast::Flatten(left.into()), offset)?;
        let right = self.projected(Kind::Flatten.binding_power())?;
        Tree::over(Ast::Projection(flat.into(), right.into()), offset)
    }

    /// `[?` has been taken.
    pub(super) fn filter(&mut self, left: Tree) -> Result<Tree, SyntaxError> {
        let offset = left.offset;
        let condition = self.expression(0)?.into();
        self.expect(Kind::RightBracket)?;
        let right = if self.kind() == Kind::Flatten {
            Tree::leaf(Ast::Current, self.token().offset)
        } else {
            self.projected(Kind::Filter.binding_power())?
        };
        Tree::over(Ast::FilterProjection { left: left.into(), right: right.into(), condition }, offset)
    }

    /// `[1]`, or a slice, from the first number or colon on.
    fn index(&mut self, offset: usize) -> Result<Tree, SyntaxError> {
        if self.kind() == Kind::Colon || self.next_kind() == Kind::Colon {
            return self.slice(offset);
        }
        let number = integer(&self.token())?;
        self.take();
        self.expect(Kind::RightBracket)?;
        Ok(Tree::leaf(Ast::Index(number), offset))
    }

    fn slice(&mut self, offset: usize) -> Result<Tree, SyntaxError> {
        let mut parts = [None; 3];
        let mut part = 0_usize;
        while self.kind() != Kind::RightBracket && part < parts.len() {
            match self.kind() {
                Kind::Colon if part == 2 && self.dialect == Dialect::Standard => {
                    return Err(self.error("Expected tRbracket, received: tColon"));
                }
                Kind::Colon => part = part.saturating_add(1),
                Kind::Number => {
                    let number = integer(&self.token())?;
                    match parts.get_mut(part) {
                        // Upstream lets a second number replace the first.
                        Some(Some(_)) if self.dialect == Dialect::Standard => {
                            return Err(self.error("Expected tColon, received: tNumber"));
                        }
                        Some(slot) => *slot = Some(number),
                        None => {}
                    }
                }
                kind => {
                    let found = kind.name();
                    return Err(self.error(&format!("Expected tColon or tNumber, received: {found}")));
                }
            }
            self.take();
        }
        self.expect(Kind::RightBracket)?;
        Ok(Tree::leaf(Ast::Slice(parts), offset))
    }

    /// A slice begins a projection, an index does not.
    fn project_slice(&mut self, left: Tree, right: Tree) -> Result<Tree, SyntaxError> {
        let offset = left.offset;
        let is_slice = matches!(right.ast, Ast::Slice(_));
        let indexed = left.then(right)?;
        if !is_slice {
            return Ok(indexed);
        }
        let right = self.projected(Kind::Star.binding_power())?;
        Tree::over(Ast::Projection(indexed.into(), right.into()), offset)
    }

    /// `[a, b]`; the bracket has been taken.
    pub(super) fn list(&mut self, offset: usize) -> Result<Tree, SyntaxError> {
        let mut items = Vec::new();
        loop {
            items.push(self.expression(0)?);
            if self.kind() == Kind::RightBracket {
                break;
            }
            self.expect(Kind::Comma)?;
        }
        self.expect(Kind::RightBracket)?;
        Tree::over(Ast::List(items), offset)
    }

    /// `{a: b}`; the brace has been taken. Upstream needs no comma between entries.
    pub(super) fn hash(&mut self, offset: usize) -> Result<Tree, SyntaxError> {
        let mut entries = Vec::new();
        loop {
            let token = self.token();
            let key = match token.kind {
                Kind::Identifier => token.text.to_owned(),
                Kind::QuotedIdentifier => literal::identifier(&token, self.dialect)?,
                _ => return Err(self.error("Expected tQuotedIdentifier or tUnquotedIdentifier")),
            };
            self.take();
            self.expect(Kind::Colon)?;
            entries.push((key, self.expression(0)?));
            match self.kind() {
                Kind::Comma => {
                    self.take();
                }
                Kind::RightBrace => {
                    self.take();
                    return Tree::over(Ast::Hash(entries), offset);
                }
                _ if self.dialect == Dialect::Standard => self.expect(Kind::RightBrace)?,
                _ => {}
            }
        }
    }
}

/// An index as `strconv.Atoi` reads it.
fn integer(token: &Token<'_>) -> Result<i64, SyntaxError> {
    token.text.parse().map_err(|_| {
        let why = if token.text.bytes().any(|byte| byte.is_ascii_digit()) {
            "value out of range"
        } else {
            "invalid syntax"
        };
        let message = format!("strconv.Atoi: parsing {}: {why}", quote::text(token.text));
        SyntaxError { offset: token.offset, message, kind: Mistake::Syntax }
    })
}
