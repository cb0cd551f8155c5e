//! Upstream's messages (`error.go`).

use crate::error::Error;

/// `JMESPath function 'x': what`.
pub(super) fn generic(function: &str, what: impl AsRef<str>) -> Error {
    Error::Function(format!("JMESPath function '{function}': {}", what.as_ref()))
}

/// An argument of the wrong type, counted from 1.
pub(super) fn argument(function: &str, position: u32, wanted: &str) -> Error {
    generic(function, format!("argument #{position} is not of type {wanted}"))
}

/// Operands that do not go together.
pub(super) fn mismatch(function: &str) -> Error {
    generic(function, "Types mismatch")
}

/// A number printed in an error of a whole number that is none (`utils.go`).
pub(super) fn whole(number: f64) -> Result<i64, String> {
    use crate::go::number::{general, to_float, to_int};
    if !number.is_finite() || number.fract() != 0.0 {
        return Err(format!("expected an integer number but got: {}", general(number)));
    }
    let whole = to_int(number);
    #[expect(clippy::float_cmp, reason = "this asks whether the conversion was exact")]
    let is_exact = to_float(whole) == number;
    if is_exact {
        Ok(whole)
    } else {
        Err(format!("number is outside the range of integer numbers: {}", general(number)))
    }
}
