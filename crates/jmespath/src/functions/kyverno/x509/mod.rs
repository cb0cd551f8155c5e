//! Certificates and certificate requests as Go's `crypto/x509` shows them in JSON.
//!
//! The elements are read by `der`. A typed library would encode again what is to be shown as it stands, and
//! refuses other certificates than Go does.

mod certificate;
mod element;
mod extensions;
mod key;
mod name;
mod pem;
mod request;

use ironhull_value::{Key, Value};

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::go::base64;
use crate::program::Call;
use crate::term::Term;

/// The fields of the first PEM block, which must be a certificate or a request, with an RSA key.
pub(in crate::functions) fn x509_decode<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.step(text.len())?;
    machine.charge(text.len().saturating_mul(8))?;
    let decoded = match pem::first(&text) {
        None => Err("failed to decode PEM block".to_owned()),
        Some((label, bytes)) => match label.as_str() {
            "CERTIFICATE" => certificate::show(&bytes),
            "CERTIFICATE REQUEST" => request::show(&bytes),
            _ => Err("PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST".to_owned()),
        },
    };
    decoded.map(Term::Own).map_err(Error::Function)
}

/// An object of fields.
fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (Key::new(name), value)).collect()
}

/// A list, or null for an empty one, as Go encodes a slice that was never made.
fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { items.into() }
}

fn encoded(bytes: &[u8]) -> Value {
    base64::encode(bytes).as_str().into()
}

fn oid(arcs: &[u32]) -> Value {
    arcs.iter().map(|arc| Value::Int((*arc).into())).collect::<Vec<_>>().into()
}
