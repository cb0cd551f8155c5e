//! Package `strings`, where it is not what the standard library does: Go maps one character to one character.
//! All mappings were compared with Go 1.26, whose tables are those of Unicode 15; newer letters are mapped here
//! as well.

/// `strings.ToUpper`.
pub(crate) fn to_upper(text: &str) -> String {
    text.chars().map(upper).collect()
}

/// `strings.ToLower`.
pub(crate) fn to_lower(text: &str) -> String {
    text.chars().map(lower).collect()
}

/// `strings.EqualFold`: equality under simple case folding.
pub(crate) fn equal_fold(left: &str, right: &str) -> bool {
    left.chars().map(fold).eq(right.chars().map(fold))
}

/// `strings.Split`: without a separator, into characters.
pub(crate) fn split<'t>(text: &'t str, separator: &'t str) -> Box<dyn Iterator<Item = &'t str> + 't> {
    if separator.is_empty() {
        return Box::new(text.split_inclusive(|_| true));
    }
    Box::new(text.split(separator))
}

fn upper(character: char) -> char {
    match character {
        // Upper case of more than one character, next to a simple form.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => shift(character, 8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => shift(character, 9),
        _ => only(character, character.to_uppercase()),
    }
}

fn lower(character: char) -> char {
    match character {
        '\u{130}' => 'i',
        _ => only(character, character.to_lowercase()),
    }
}

/// One of each set of characters that differ in case only.
fn fold(character: char) -> char {
    match character {
        // These fold to themselves alone.
        '\u{130}' | '\u{131}' => character,
        '\u{df}' | '\u{1e9e}' => '\u{df}',
        _ => only(character, only(character, upper(character).to_lowercase()).to_lowercase()),
    }
}

fn shift(character: char, by: u32) -> char {
    char::from_u32(u32::from(character).saturating_add(by)).unwrap_or(character)
}

/// The mapping, if it is one character.
fn only(character: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(character) } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        assert_eq!(to_upper("straße ŉ ᾳ"), "STRAßE ŉ ᾼ");
        assert_eq!(to_lower("İSTANBUL ẞ"), "istanbul ß");
        assert!(equal_fold("Straße ſK", "STRAẞE S\u{212a}"));
        assert!(!equal_fold("ı", "i"));
        assert!(equal_fold("ΣΣ", "σς"));
    }

    #[test]
    fn splitting() {
        assert_eq!(split("aéb", "").collect::<Vec<_>>(), ["a", "é", "b"]);
        assert_eq!(split("", "").count(), 0);
        assert_eq!(split("", ",").collect::<Vec<_>>(), [""]);
        assert_eq!(split("a,,b", ",").collect::<Vec<_>>(), ["a", "", "b"]);
    }
}
