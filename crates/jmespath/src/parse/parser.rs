//! The parser: top-down operator precedence.

use super::ast::{Ast, Comparison, Tree, is_too_deep, too_deep};
use super::lexer::{syntax_error, tokenize};
use super::literal;
use super::token::{Kind, Token};
use crate::Dialect;
use crate::error::{Mistake, SyntaxError};

/// Bytes of an expression.
const LENGTH: usize = 1 << 20;

/// Reads an expression.
pub(crate) fn parse(text: &str, dialect: Dialect) -> Result<Tree, SyntaxError> {
    if text.len() > LENGTH {
        let message = format!("{} bytes are more than the limit of {LENGTH} for an expression", text.len());
        return Err(SyntaxError { offset: 0, message, kind: Mistake::TooLarge });
    }
    let tokens = tokenize(text, dialect)?;
    let mut parser = Parser { tokens, at: 0, dialect, levels: 0, is_argument: false };
    let tree = parser.expression(0)?;
    if parser.kind() != Kind::End {
        let found = parser.kind().name();
        return Err(parser.error(&format!("Unexpected token at the end of the expression: {found}")));
    }
    Ok(tree)
}

pub(super) struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    pub(super) dialect: Dialect,
    levels: u16,
    /// Whether the next thing is an argument of a function, where the standard allows `&`.
    is_argument: bool,
}

impl<'t> Parser<'t> {
    /// What binds its left side more strongly than `power`.
    pub(super) fn expression(&mut self, power: u8) -> Result<Tree, SyntaxError> {
        self.levels = self.levels.saturating_add(1);
        if is_too_deep(self.levels) {
            return Err(too_deep(self.token().offset));
        }
        let token = self.take();
        let mut left = self.prefix(&token)?;
        while power < self.kind().binding_power() {
            let token = self.take();
            left = self.infix(&token, left)?;
        }
        self.levels = self.levels.saturating_sub(1);
        Ok(left)
    }

    /// A token at the start of an expression.
    fn prefix(&mut self, token: &Token<'t>) -> Result<Tree, SyntaxError> {
        let offset = token.offset;
        let may_refer = std::mem::take(&mut self.is_argument);
        match token.kind {
            Kind::Literal => Ok(Tree::leaf(Ast::Literal(literal::value(token, self.dialect)?), offset)),
            Kind::RawString => {
                Ok(Tree::leaf(Ast::Literal(literal::raw_string(token).as_str().into()), offset))
            }
            Kind::Identifier => Ok(Tree::leaf(Ast::Field(token.text.to_owned()), offset)),
            Kind::QuotedIdentifier => {
                if self.kind() == Kind::LeftParen {
                    return Err(syntax_error(offset, "Can't have quoted identifier as function Name."));
                }
                Ok(Tree::leaf(Ast::Field(literal::identifier(token, self.dialect)?), offset))
            }
            Kind::Star => {
                let right = if self.kind() == Kind::RightBracket {
                    Tree::leaf(Ast::Current, offset)
                } else {
                    self.projected(Kind::Star.binding_power())?
                };
                let left = Tree::leaf(Ast::Current, offset);
                Tree::over(Ast::ValueProjection(left.into(), right.into()), offset)
            }
            Kind::Filter => self.filter(Tree::leaf(Ast::Current, offset)),
            Kind::LeftBrace => self.hash(offset),
            Kind::Flatten => self.flatten(Tree::leaf(Ast::Current, offset)),
            Kind::LeftBracket => self.bracket(offset),
            Kind::Current => Ok(Tree::leaf(Ast::Current, offset)),
            Kind::Reference if may_refer || self.dialect == Dialect::Kyverno => {
                let inner = self.expression(Kind::Reference.binding_power())?;
                Tree::over(Ast::Reference(inner.into()), offset)
            }
            Kind::Not => {
                let inner = self.expression(Kind::Not.binding_power())?;
                Tree::over(Ast::Not(inner.into()), offset)
            }
            Kind::LeftParen => {
                let inner = self.expression(0)?;
                self.expect(Kind::RightParen)?;
                Ok(inner)
            }
            Kind::End => Err(syntax_error(offset, "Incomplete expression")),
            kind => Err(syntax_error(offset, &format!("Invalid token: {}", kind.name()))),
        }
    }

    /// A token after a whole expression.
    fn infix(&mut self, token: &Token<'t>, left: Tree) -> Result<Tree, SyntaxError> {
        let offset = left.offset;
        let power = token.kind.binding_power();
        let comparison = match token.kind {
            Kind::Dot if self.kind() == Kind::Star => {
                self.take();
                let right = self.projected(power)?;
                return Tree::over(Ast::ValueProjection(left.into(), right.into()), offset);
            }
            Kind::Dot => {
                let right = self.after_dot(power)?;
                return left.then(right);
            }
            Kind::Pipe => {
                let right = self.expression(power)?;
                return left.pipe(right);
            }
            Kind::Or => {
                let right = self.expression(power)?;
                return left.or(right);
            }
            Kind::And => {
                let right = self.expression(power)?;
                return left.and(right);
            }
            Kind::LeftParen => return self.call(left),
            Kind::Filter => return self.filter(left),
            Kind::Flatten => return self.flatten(left),
            Kind::LeftBracket => return self.bracket_after(left),
            Kind::Equal => Comparison::Equal,
            Kind::NotEqual => Comparison::NotEqual,
            Kind::Less => Comparison::Less,
            Kind::LessEqual => Comparison::LessEqual,
            Kind::Greater => Comparison::Greater,
            Kind::GreaterEqual => Comparison::GreaterEqual,
            kind => return Err(self.error(&format!("Unexpected token: {}", kind.name()))),
        };
        let right = self.expression(power)?;
        Tree::over(Ast::Compare(comparison, left.into(), right.into()), offset)
    }

    /// The arguments of a function. Upstream takes the text of whatever stands to the left as the name, needs no
    /// comma between arguments and allows one after the last.
    fn call(&mut self, left: Tree) -> Result<Tree, SyntaxError> {
        let offset = left.offset;
        let name = match left.ast {
            Ast::Field(name) => Some(name),
            _ if self.dialect == Dialect::Standard => return Err(self.error("Invalid function name")),
            Ast::Literal(value) => value.as_str().map(str::to_owned),
            _ => None,
        };
        let mut arguments = Vec::new();
        while self.kind() != Kind::RightParen {
            self.is_argument = true;
            arguments.push(self.expression(0)?);
            if self.kind() == Kind::Comma {
                self.take();
                if self.dialect == Dialect::Standard && self.kind() == Kind::RightParen {
                    return Err(self.error("Expected an argument after the comma"));
                }
            } else if self.dialect == Dialect::Standard && self.kind() != Kind::RightParen {
                let found = self.kind().name();
                return Err(self.error(&format!("Expected tRparen, received: {found}")));
            }
        }
        self.expect(Kind::RightParen)?;
        Tree::over(Ast::Call { name, arguments }, offset)
    }

    /// What may stand to the right of a dot.
    pub(super) fn after_dot(&mut self, power: u8) -> Result<Tree, SyntaxError> {
        let offset = self.token().offset;
        match self.kind() {
            Kind::QuotedIdentifier | Kind::Identifier | Kind::Star => self.expression(power),
            Kind::LeftBracket => {
                self.take();
                self.list(offset)
            }
            Kind::LeftBrace => {
                self.take();
                self.hash(offset)
            }
            _ => Err(self.error("Expected identifier, lbracket, or lbrace")),
        }
    }

    /// What a projection applies to each element: everything up to a token that ends projections.
    pub(super) fn projected(&mut self, power: u8) -> Result<Tree, SyntaxError> {
        match self.kind() {
            kind if kind.binding_power() < 10 => Ok(Tree::leaf(Ast::Current, self.token().offset)),
            Kind::LeftBracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.take();
                self.after_dot(power)
            }
            _ => Err(self.error("Error")),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.token().kind
    }

    /// The kind of the token after the current one.
    pub(super) fn next_kind(&self) -> Kind {
        self.tokens.get(self.at.saturating_add(1)).map_or(Kind::End, |token| token.kind)
    }

    /// The current token; at the end, the end.
    pub(super) fn token(&self) -> Token<'t> {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.cloned().unwrap_or(Token { kind: Kind::End, text: "", offset: 0 })
    }

    pub(super) fn take(&mut self) -> Token<'t> {
        let token = self.token();
        self.at = self.at.saturating_add(1);
        token
    }

    pub(super) fn expect(&mut self, kind: Kind) -> Result<(), SyntaxError> {
        if self.kind() == kind {
            self.take();
            return Ok(());
        }
        Err(self.error(&format!("Expected {}, received: {}", kind.name(), self.kind().name())))
    }

    pub(super) fn error(&self, message: &str) -> SyntaxError {
        syntax_error(self.token().offset, message)
    }
}
