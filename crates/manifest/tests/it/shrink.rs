//! Making a text that shows a difference short enough to look at.

/// Takes parts out of `text` as long as `differs` holds: halves, quarters … single characters.
pub(crate) fn shrink(text: &str, mut differs: impl FnMut(&str) -> bool) -> String {
    let mut best: Vec<char> = text.chars().collect();
    let mut tries = 0;
    loop {
        let before = best.len();
        let mut size = best.len().div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < best.len() {
                let end = (at + size).min(best.len());
                let shorter: String = best[..at].iter().chain(&best[end..]).collect();
                tries += 1;
                if differs(&shorter) {
                    best.drain(at..end);
                } else {
                    at += size;
                }
                // A long text that will not shrink must not take all night.
                if tries > 3000 {
                    return best.into_iter().collect();
                }
            }
            if size == 1 {
                break;
            }
            size = size.div_ceil(2);
        }
        if best.len() == before {
            return best.into_iter().collect();
        }
    }
}
