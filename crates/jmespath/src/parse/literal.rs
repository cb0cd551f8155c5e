//! What stands between delimiters.

use ironhull_value::Value;

use super::lexer::syntax_error;
use super::token::Token;
use crate::Dialect;
use crate::error::{Mistake, SyntaxError};
use crate::go::json;

/// `` `…` ``: JSON in which a backtick is escaped.
pub(super) fn value(token: &Token<'_>, dialect: Dialect) -> Result<Value, SyntaxError> {
    json::decode(&token.text.replace("\\`", "`")).map_err(|error| wrong(token, error, dialect))
}

/// `"…"`: a JSON string.
pub(super) fn identifier(token: &Token<'_>, dialect: Dialect) -> Result<String, SyntaxError> {
    json::decode_string(token.text).map_err(|error| wrong(token, error, dialect))
}

/// `'…'`: only a quote is escaped.
pub(super) fn raw_string(token: &Token<'_>) -> String {
    token.text.replace("\\'", "'")
}

/// Upstream hands on the error of `encoding/json` as it is.
fn wrong(token: &Token<'_>, error: String, dialect: Dialect) -> SyntaxError {
    match dialect {
        Dialect::Kyverno => SyntaxError { offset: token.offset, message: error, kind: Mistake::Syntax },
        Dialect::Standard => syntax_error(token.offset, &error),
    }
}
