//! An entry as bytes.
//!
//! Checksum of the rest (4 bytes), time (8), length of the id (2), id, number of keys (2), each key with its
//! length (2), body to the end. Numbers are little-endian.

use crate::checksum::crc32;
use crate::entry::Entry;
use crate::error::Fault;

/// The bytes that are kept. Lengths fit, because entries are checked before.
pub(crate) fn encode(entry: &Entry) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend(entry.at.to_le_bytes());
    text(&mut bytes, &entry.id);
    bytes.extend(short(entry.keys.len()));
    for key in &entry.keys {
        text(&mut bytes, key);
    }
    bytes.extend(&entry.body);
    let (sum, rest) = bytes.split_at_mut(4);
    sum.copy_from_slice(&crc32(rest).to_le_bytes());
    bytes
}

/// The entry of these bytes; an error when they are not as they were written.
pub(crate) fn decode(bytes: &[u8]) -> Result<Entry, Fault> {
    let (sum, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| broken("too short"))?;
    if u32::from_le_bytes(*sum) != crc32(rest) {
        return Err(broken("checksum does not match"));
    }
    parse(rest).ok_or_else(|| broken("lengths do not match"))
}

fn parse(bytes: &[u8]) -> Option<Entry> {
    let (at, mut rest) = bytes.split_first_chunk::<8>()?;
    let id = take_text(&mut rest)?;
    let count = take_short(&mut rest)?;
    let keys = (0..count).map(|_| take_text(&mut rest)).collect::<Option<_>>()?;
    Some(Entry { id, at: i64::from_le_bytes(*at), keys, body: rest.to_vec() })
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(short(text.len()));
    bytes.extend(text.as_bytes());
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}

fn take_short(bytes: &mut &[u8]) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    *bytes = rest;
    Some(u16::from_le_bytes(*length).into())
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = take_short(bytes)?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

fn broken(reason: &str) -> Fault {
    Fault::Content(format!("an entry cannot be read: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::Entry;

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let keys = vec!["object:Pod/a/b".to_owned(), String::new()];
        let entry = Entry { id: "abc".into(), at: -7, keys, body: b"{}".to_vec() };
        let bytes = encode(&entry);
        assert_eq!(decode(&bytes).unwrap(), entry);
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&other).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} bytes");
        }
    }
}
