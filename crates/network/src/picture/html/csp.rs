//! What the page's content security policy allows: its own style and script, by their hashes.
//!
//! The hashes are constants because the crate has no hash function of its own; a test computes them anew.

use crate::picture::model::Theme;

/// The page's style.
pub(super) const STYLE: &str = include_str!("style.css");
/// The page's script.
pub(super) const SCRIPT: &str = include_str!("script.js");

const STYLE_HASH: &str = "sha256-tnSz3hiccEgMUo3T+dpl3El1wIMKP4c6zNCWWji58mA=";
const SCRIPT_HASH: &str = "sha256-3BPTWVyZFpF04PTR0+y1TdfYsq+ndaSsbVlb+QPVszI=";

/// The content of the policy for a page with a theme's drawings.
pub(super) fn policy(theme: Theme) -> String {
    let drawing = match theme {
        Theme::Auto => "sha256-LXjksL11m9skeHupHnZHnwsQrGgzPeEnCVo4Df7BtTY=",
        Theme::Light => "sha256-TFl8xq22d5+20lmduagrlAbxdVwONIV7pqnInI9HiTw=",
        Theme::Dark => "sha256-S0kX7ugJjwJjeQ22OtWRZl7Lm9byboIK/XBog5gCVEw=",
    };
    format!(
        "default-src 'none'; style-src '{STYLE_HASH}' '{drawing}'; script-src '{SCRIPT_HASH}'; base-uri 'none'; \
         form-action 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::svg::sheet;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_names_what_the_page_holds() {
        for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
            let policy = policy(theme);
            for (name, text) in [("style", STYLE), ("script", SCRIPT), ("drawing", sheet(theme).as_str())] {
                let hash = hash(text);
                assert!(policy.contains(&hash), "{theme:?} {name}: {hash}");
            }
        }
    }

    fn hash(text: &str) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digest = Sha256::digest(text);
        let mut out = String::from("sha256-");
        for chunk in digest.chunks(3) {
            let bits = chunk.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte))
                << (8 * (3 - chunk.len()));
            for position in 0..4 {
                let digit = DIGITS[usize::try_from(bits >> (18 - 6 * position) & 63).unwrap()];
                out.push(if position > chunk.len() { '=' } else { char::from(digit) });
            }
        }
        out
    }
}
