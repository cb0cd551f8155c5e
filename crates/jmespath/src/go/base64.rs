//! `encoding/base64`, the standard alphabet with padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4_usize {
            let shift = [18, 12, 6, 0].get(index).copied().unwrap_or(0_u32);
            let digit = usize::try_from(group >> shift & 63).unwrap_or_default();
            let letter = ALPHABET.get(digit).copied().unwrap_or(b'=');
            text.push(if index > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

/// Line ends are skipped, spare bits at the end ignored. The error is Go's text.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0_usize;
    let corrupt = |place: usize| format!("illegal base64 data at input byte {place}");
    let after_lines = |mut at: usize| {
        while matches!(text.get(at), Some(b'\n' | b'\r')) {
            at = at.saturating_add(1);
        }
        at
    };
    loop {
        let mut group = [0_u32; 4];
        let mut count = 0;
        while count < 4 {
            let Some(byte) = text.get(at) else {
                if count == 0 {
                    return Ok(decoded);
                }
                return Err(corrupt(at.saturating_sub(count)));
            };
            at = at.saturating_add(1);
            match (digit(*byte), byte) {
                (Some(digit), _) => {
                    if let Some(slot) = group.get_mut(count) {
                        *slot = digit;
                    }
                    count = count.saturating_add(1);
                }
                (None, b'\n' | b'\r') => {}
                (None, b'=') if count >= 2 => {
                    if count == 2 {
                        at = after_lines(at);
                        match text.get(at) {
                            None => return Err(corrupt(text.len())),
                            Some(b'=') => at = at.saturating_add(1),
                            Some(_) => return Err(corrupt(at.saturating_sub(1))),
                        }
                    }
                    at = after_lines(at);
                    if at < text.len() {
                        return Err(corrupt(at));
                    }
                    push(&mut decoded, group, count);
                    return Ok(decoded);
                }
                (None, _) => return Err(corrupt(at.saturating_sub(1))),
            }
        }
        push(&mut decoded, group, 4);
    }
}

/// The bytes of a group of so many digits.
fn push(into: &mut Vec<u8>, [a, b, c, d]: [u32; 4], digits: usize) {
    let [_, bytes @ ..] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
    into.extend(bytes.iter().take(digits.saturating_sub(1)));
}

fn digit(byte: u8) -> Option<u32> {
    let place = ALPHABET.iter().position(|letter| *letter == byte)?;
    u32::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode(b"Zm\n9v\r\nYg=\n=\n").unwrap(), b"foob");
        assert_eq!(decode(b"Zh==").unwrap(), b"f");
    }

    #[test]
    fn errors_name_the_place() {
        for (text, place) in
            [("Zg", 0), ("Zg=", 3), ("Zg=a", 2), ("Z===", 1), ("Zg==a", 4), ("Zm9v!", 4), ("Zm9vZ", 4)]
        {
            let expected = format!("illegal base64 data at input byte {place}");
            assert_eq!(decode(text.as_bytes()), Err(expected), "{text}");
        }
    }
}
