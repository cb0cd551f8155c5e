//! The notations of the Kubernetes API: whatever is accepted has a canonical form that means the same.
#![no_main]

use ironhull_value::{Quantity, Selector, format_duration, parse_duration, wildcard_match};
use ironhull_world::ImageRef;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(quantity) = Quantity::parse(text) {
        let canonical = quantity.canonical();
        assert_eq!(Quantity::parse(&canonical).map(|again| again.canonical()), Ok(canonical));
    }
    if let Ok(duration) = parse_duration(text) {
        assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
    }
    if let Ok(selector) = Selector::parse(text) {
        let shown = selector.to_string();
        assert_eq!(Selector::parse(&shown).map(|again| again.to_string()), Ok(shown));
    }
    let _ = ImageRef::parse(text);
    if let Some((pattern, text)) = text.split_once('\n') {
        let _ = wildcard_match(pattern, text);
    }
});
