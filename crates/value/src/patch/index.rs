//! Steps into lists.

use super::error::{Cause, PatchError};

/// An index by RFC 6901: digits without a leading zero.
pub(super) fn strict(token: &str) -> Option<usize> {
    let plain = token == "0" || (!token.starts_with('0') && !token.is_empty());
    if !plain || !token.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    token.parse().ok()
}

/// An index as Go's `strconv.Atoi` reads it: signs and leading zeros are welcome.
pub(super) fn atoi(token: &str) -> Result<i64, PatchError> {
    let digits = token.strip_prefix(['+', '-']).unwrap_or(token);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(PatchError::new(
            Cause::InvalidIndex,
            format!("strconv.Atoi: parsing {token:?}: invalid syntax"),
        ));
    }
    token.parse().map_err(|_| {
        PatchError::new(Cause::InvalidIndex, format!("strconv.Atoi: parsing {token:?}: value out of range"))
    })
}

/// The position that `index` means in a list with room for `length` positions; negative ones count from
/// the end.
pub(super) fn position(index: i64, length: usize) -> Result<usize, PatchError> {
    let position = if index < 0 {
        usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back))
    } else {
        usize::try_from(index).ok().filter(|position| *position < length)
    };
    position.ok_or_else(|| {
        PatchError::new(
            Cause::InvalidIndex,
            format!("Unable to access invalid index: {index}: invalid index referenced"),
        )
    })
}
