//! The tokens of both dialects. They have the same ones.

/// What kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unknown,
    Star,
    Dot,
    Filter,
    Flatten,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Or,
    Pipe,
    Number,
    Identifier,
    QuotedIdentifier,
    Comma,
    Colon,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Literal,
    RawString,
    Current,
    Reference,
    And,
    Not,
    End,
}

impl Kind {
    /// The name that upstream's messages have.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "tUnknown",
            Self::Star => "tStar",
            Self::Dot => "tDot",
            Self::Filter => "tFilter",
            Self::Flatten => "tFlatten",
            Self::LeftParen => "tLparen",
            Self::RightParen => "tRparen",
            Self::LeftBracket => "tLbracket",
            Self::RightBracket => "tRbracket",
            Self::LeftBrace => "tLbrace",
            Self::RightBrace => "tRbrace",
            Self::Or => "tOr",
            Self::Pipe => "tPipe",
            Self::Number => "tNumber",
            Self::Identifier => "tUnquotedIdentifier",
            Self::QuotedIdentifier => "tQuotedIdentifier",
            Self::Comma => "tComma",
            Self::Colon => "tColon",
            Self::Less => "tLT",
            Self::LessEqual => "tLTE",
            Self::Greater => "tGT",
            Self::GreaterEqual => "tGTE",
            Self::Equal => "tEQ",
            Self::NotEqual => "tNE",
            Self::Literal => "tJSONLiteral",
            Self::RawString => "tStringLiteral",
            Self::Current => "tCurrent",
            Self::Reference => "tExpref",
            Self::And => "tAnd",
            Self::Not => "tNot",
            Self::End => "tEOF",
        }
    }

    /// How strongly the token binds what stands to its left. The numbers are those of every
    /// implementation of JMESPath, because precedence shows in results.
    pub(crate) fn binding_power(self) -> u8 {
        match self {
            Self::Pipe => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual => 5,
            Self::Flatten => 9,
            Self::Star => 20,
            Self::Filter => 21,
            Self::Dot => 40,
            Self::Not => 45,
            Self::LeftBrace => 50,
            Self::LeftBracket => 55,
            Self::LeftParen => 60,
            _ => 0,
        }
    }
}

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    /// Digits, a name, or what stands between the delimiters, still escaped.
    pub(crate) text: &'t str,
    pub(crate) offset: usize,
}
