//! Encodings and digests.

use std::fmt::Write as _;

use ironhull_manifest::{Level, Limits, read};
use ironhull_value::Interner;
use sha2::Digest;

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{bytes, text};
use crate::go::{base64, json};
use crate::program::Call;
use crate::term::Term;

/// What is decoded need not be text; digests and encoders see its bytes.
pub(in crate::functions) fn base64_decode<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let encoded = bytes(arguments, 0);
    machine.step(encoded.len() / 16)?;
    machine.charge(encoded.len())?;
    let decoded = base64::decode(encoded).map_err(Error::Function)?;
    Ok(String::from_utf8(decoded).map_or_else(|error| Term::Bytes(error.into_bytes()), Term::text))
}

pub(in crate::functions) fn base64_encode<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let plain = bytes(arguments, 0);
    machine.charge(plain.len().saturating_mul(2))?;
    Ok(Term::text(base64::encode(plain)))
}

pub(in crate::functions) fn parse_json<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.step(text.len() / 4)?;
    machine.charge(text.len().saturating_mul(8))?;
    json::decode(&text).map(Term::Own).map_err(Error::Function)
}

/// The first document, read as kubectl reads it. The message is not upstream's, whose parser is another.
pub(in crate::functions) fn parse_yaml<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.step(text.len())?;
    machine.charge(text.len().saturating_mul(16))?;
    let parsed = read("", text.as_bytes(), &Limits::default(), &mut Interner::new());
    let problem = parsed.diagnostics.iter().find(|problem| problem.level == Level::Error);
    let document = parsed.documents.into_iter().next();
    match (document, problem) {
        // What is wrong further down is not read upstream either.
        (Some(document), problem)
            if problem.is_none_or(|problem| problem.span.start > document.span.start) =>
        {
            Ok(Term::Own(document.value))
        }
        (_, Some(problem)) => {
            let line = parsed.source.position(problem.span.start).line;
            Err(Error::Function(format!("yaml: line {line}: {}", problem.message)))
        }
        (_, None) => Ok(Term::NULL),
    }
}

pub(in crate::functions) fn sha256<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    digest::<sha2::Sha256>(machine, arguments)
}

pub(in crate::functions) fn sha1<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    digest::<sha1::Sha1>(machine, arguments)
}

pub(in crate::functions) fn md5<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    digest::<md5::Md5>(machine, arguments)
}

fn digest<D: Digest>(
    machine: &mut Machine<'_, '_, '_>,
    arguments: &[Term<'_>],
) -> Result<Term<'static>, Error> {
    let plain = bytes(arguments, 0);
    machine.step(plain.len())?;
    let mut text = String::new();
    for byte in D::digest(plain) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Term::text(text))
}
