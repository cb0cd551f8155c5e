//! Bytes that Kubernetes writes as text.

/// The bytes of a text in base64 (RFC 4648); `None` for one that is none.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut out) = (0_u32, 0_u32, Vec::new());
    for letter in text.trim().trim_end_matches('=').bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(digit)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn what_is_written_is_read() {
        for text in ["", "a", "ab", "abc", "abcd", "\u{e4}\u{0}x"] {
            let written = ironhull_world::admission::base64(text.as_bytes());
            assert_eq!(decode(&written).as_deref(), Some(text.as_bytes()), "{written}");
        }
        assert_eq!(decode("a b"), None);
    }
}
