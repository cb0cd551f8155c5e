//! Elements of DER.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, Tagged};

/// What does not fit. Go has many texts for it.
pub(super) const MALFORMED: &str = "x509: malformed certificate";

/// One element: what it is, what is in it, and its bytes as they stand.
#[derive(Clone, Copy)]
pub(super) struct Element<'d> {
    pub(super) tag: Tag,
    pub(super) value: &'d [u8],
    pub(super) raw: &'d [u8],
}

/// A row of elements.
pub(super) struct Elements<'d> {
    rest: Vec<Element<'d>>,
}

/// The elements of some bytes, all of them.
pub(super) fn elements(bytes: &[u8]) -> Result<Elements<'_>, String> {
    let mut reader = SliceReader::new(bytes).map_err(malformed)?;
    let mut rest = Vec::new();
    while !reader.is_finished() {
        let raw = reader.tlv_bytes().map_err(malformed)?;
        let any = AnyRef::from_der(raw).map_err(malformed)?;
        rest.push(Element { tag: any.tag(), value: any.value(), raw });
    }
    rest.reverse();
    Ok(Elements { rest })
}

/// The one element of some bytes.
pub(super) fn whole(bytes: &[u8]) -> Result<Element<'_>, String> {
    let mut all = elements(bytes)?;
    match (all.next(), all.next()) {
        (Ok(only), Err(_)) => Ok(only),
        (Ok(_), Ok(_)) => Err("x509: trailing data".into()),
        _ => Err(MALFORMED.into()),
    }
}

fn malformed<E>(_: E) -> String {
    MALFORMED.into()
}

impl<'d> Elements<'d> {
    /// The next element.
    pub(super) fn next(&mut self) -> Result<Element<'d>, String> {
        self.rest.pop().ok_or_else(|| MALFORMED.into())
    }

    /// The next element, which must be of that type.
    pub(super) fn expect(&mut self, tag: Tag) -> Result<Element<'d>, String> {
        self.next().and_then(|element| if element.tag == tag { Ok(element) } else { Err(MALFORMED.into()) })
    }

    /// The next element, if it is of that type.
    pub(super) fn optional(&mut self, tag: Tag) -> Option<Element<'d>> {
        self.rest.pop_if(|element| element.tag == tag)
    }

    /// The next element, if it has that number of its context.
    pub(super) fn context(&mut self, number: u32) -> Option<Element<'d>> {
        self.rest.pop_if(|element| element.number() == Some(number))
    }
}

impl<'d> Iterator for Elements<'d> {
    type Item = Element<'d>;
    fn next(&mut self) -> Option<Element<'d>> {
        self.rest.pop()
    }
}

impl<'d> Element<'d> {
    /// What is in it.
    pub(super) fn inner(&self) -> Result<Elements<'d>, String> {
        elements(self.value)
    }

    /// The number of a tag that only its context explains.
    pub(super) fn number(&self) -> Option<u32> {
        match self.tag {
            Tag::ContextSpecific { number, .. } => Some(number.value()),
            _ => None,
        }
    }

    pub(super) fn oid(&self) -> Result<Vec<u32>, String> {
        let oid = ObjectIdentifier::from_bytes(self.value).map_err(malformed)?;
        if self.tag == Tag::ObjectIdentifier { Ok(oid.arcs().collect()) } else { Err(MALFORMED.into()) }
    }

    /// An integer that is not negative and small.
    pub(super) fn small(&self) -> Result<i64, String> {
        let fits = self.value.len() <= 8 && self.value.first().is_some_and(|first| *first < 0x80);
        if !fits {
            return Err(MALFORMED.into());
        }
        Ok(self.value.iter().fold(0, |number, byte| (number << 8) | i64::from(*byte)))
    }

    /// The bytes of a bit string, which must be whole ones.
    pub(super) fn bits(&self) -> Result<&'d [u8], String> {
        match self.value.split_first() {
            Some((_, bytes)) if self.tag == Tag::BitString => Ok(bytes),
            _ => Err(MALFORMED.into()),
        }
    }

    /// Text of any of the types for it.
    pub(super) fn text(&self) -> Option<String> {
        match self.tag {
            Tag::BmpString => {
                let units: Vec<u16> = self
                    .value
                    .chunks_exact(2)
                    .map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)))
                    .collect();
                String::from_utf16(&units).ok()
            }
            Tag::Utf8String
            | Tag::PrintableString
            | Tag::Ia5String
            | Tag::NumericString
            | Tag::TeletexString => Some(crate::term::lossy(self.value)),
            _ => None,
        }
    }
}
