//! Values in a line.

use ironhull_value::Value;

use crate::kyverno::json;

/// So many characters of a value are shown.
const MOST: usize = 72;
/// The same where everything is wanted.
const MOST_IN_FULL: usize = 2000;

/// A value that may be shown, on one line and not too long.
pub(super) fn shown(value: &Value, full: bool) -> String {
    let text = json::write(value);
    // Go writes these in a way that is for browsers.
    let text = [("\\u0026", "&"), ("\\u003c", "<"), ("\\u003e", ">")]
        .into_iter()
        .fold(text, |text, (written, letter)| text.replace(written, letter));
    cut(&text, full)
}

/// A text that is not too long.
pub(super) fn cut(text: &str, full: bool) -> String {
    let most = if full { MOST_IN_FULL } else { MOST };
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let start: String = text.chars().take(most).collect();
    format!("{start}… ({length} characters)")
}

/// `1 element`, `2 elements`
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
