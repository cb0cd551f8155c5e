//! How wide a text will be, without a font at hand.

/// Estimated width in pixels at a font size. Errs on the wide side for the sans-serif fonts that browsers
/// use, so that text cut to a width stays inside of it.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The text, cut with an ellipsis to a width. The end of a name often tells workloads apart, so a long one
/// loses its middle.
pub(super) fn fit(text: &str, size: f64, max: f64) -> String {
    if width(text, size) <= max {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut room = max / size - advance('…');
    let (mut head, mut tail) = (0, 0);
    loop {
        let from_head = tail * 2 >= head;
        let next = if from_head { chars.get(head) } else { chars.get(chars.len() - 1 - tail) };
        let Some(&c) = next else { break };
        room -= advance(c);
        if room < 0.0 || head + tail >= chars.len() {
            break;
        }
        if from_head { head += 1 } else { tail += 1 }
    }
    let start: String = chars.iter().take(head).collect();
    let end: String = chars.iter().skip(chars.len() - tail).collect();
    format!("{start}…{end}")
}

/// Breaks at spaces into lines of at most a width; a word that is too long alone is cut.
pub(super) fn wrap(text: &str, size: f64, max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word = fit(word, size, max);
        if !line.is_empty() && width(&line, size) + width(&word, size) + advance(' ') * size > max {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The width of a character as a share of the font size.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' | ' ' | 'I' => 0.30,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        'A'..='Z' | '&' | '+' | '<' | '>' | '=' => 0.71,
        '…' | '—' | '→' | '←' | '↔' => 1.0,
        c if u32::from(c) < 0x300 => 0.57,
        c if u32::from(c) < 0x1100 => 0.65,
        _ => 1.05,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        let cut = fit("payment-service-worker-blue", 12.0, 100.0);
        assert!(cut.starts_with("pay") && cut.ends_with("ue") && cut.contains('…'), "{cut}");
        assert!(width(&cut, 12.0) <= 100.0);
        assert_eq!(fit("db", 12.0, 100.0), "db");
        assert_eq!(fit("名名名", 12.0, 0.0), "…");
    }

    #[test]
    fn wrapping_loses_no_word() {
        let lines = wrap("one two three four", 10.0, 50.0);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), "one two three four");
    }
}
