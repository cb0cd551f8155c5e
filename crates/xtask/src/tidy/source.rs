//! Rust source with everything blanked out that a text search must not see: comments, the contents of
//! literals, and items under `#[cfg(test)]`. Line breaks stay, so that line numbers stay.

/// The code that ships, as text of the same line structure.
pub(crate) fn shipped(text: &str) -> String {
    let mut code = without_comments_and_literals(text);
    while let Some((start, end)) = test_item(&code) {
        blank(&mut code, start, end);
    }
    code.into_iter().collect()
}

/// Names of modules that are declared under `#[cfg(test)]` and stand in files of their own.
pub(crate) fn test_modules(text: &str) -> Vec<String> {
    let mut code = without_comments_and_literals(text);
    let mut names = Vec::new();
    while let Some((start, end)) = test_item(&code) {
        let item: String = code[start..end].iter().collect();
        if let Some((_, rest)) = item.split_once("mod ")
            && let Some(name) = rest.trim().strip_suffix(';')
        {
            names.push(name.trim().to_owned());
        }
        blank(&mut code, start, end);
    }
    names
}

fn without_comments_and_literals(text: &str) -> Vec<char> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = chars.clone();
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => block_comment_end(&chars, at),
            ('"', _) => string_end(&chars, at),
            ('r', Some('"' | '#')) if !follows_word(&chars, at) => match raw_string_end(&chars, at) {
                Some(end) => end,
                None => at + 1, // a raw identifier
            },
            ('\'', _) => match char_end(&chars, at) {
                Some(end) => end,
                None => at + 1, // a lifetime
            },
            _ => {
                at += 1;
                continue;
            }
        };
        if end > at + 1 {
            blank(&mut out, at, end);
        }
        at = end;
    }
    out
}

fn blank(code: &mut [char], start: usize, end: usize) {
    for c in &mut code[start..end] {
        if *c != '\n' {
            *c = ' ';
        }
    }
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut place = at;
    while place < chars.len() {
        match (chars[place], chars.get(place + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                place += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                place += 2;
                if depth == 0 {
                    return place;
                }
            }
            _ => place += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut place = at + 1;
    while place < chars.len() {
        match chars[place] {
            '\\' => place += 2,
            '"' => return place + 1,
            _ => place += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let mut place = open + 1;
    while place < chars.len() {
        let closes = chars[place] == '"'
            && chars[place + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            return Some(place + 1 + hashes);
        }
        place += 1;
    }
    Some(chars.len())
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(chars: &[char], at: usize) -> Option<usize> {
    if chars.get(at + 1) == Some(&'\\') {
        // Past the escaped character, which may be a quote itself.
        let rest = chars.get(at + 3..)?;
        return rest.iter().position(|c| *c == '\'').map(|length| at + 4 + length);
    }
    (chars.get(at + 2) == Some(&'\'')).then_some(at + 3)
}

/// Whether the character before belongs to a name, as in `for"` or `br"` (whose `b` may be there).
fn follows_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b'
}

/// The next item under `#[cfg(test)]`: from the attribute to its `;` or closing brace.
fn test_item(code: &[char]) -> Option<(usize, usize)> {
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let start = code.windows(mark.len()).position(|window| window == mark)?;
    let mut depth = 0_usize;
    for (place, c) in code.iter().enumerate().skip(start + mark.len()) {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some((start, place + 1));
                }
            }
            ';' if depth == 0 => return Some((start, place + 1)),
            _ => {}
        }
    }
    Some((start, code.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank() {
        for text in [
            "// std::fs\n",
            "/* a /* std::fs */ std::fs */",
            "let a = \"std::fs \\\" std::fs\";",
            "let a = r#\"std::fs \" std::fs\"#;",
            "let a = br\"std::fs\";",
            "let a = '\\''; // std::fs",
            "//! std::fs",
        ] {
            assert!(!shipped(text).contains("std::fs"), "{text}");
        }
    }

    #[test]
    fn code_stays_at_its_line() {
        let text = "fn a<'a>(x: &'a str) -> char { '\"' }\n/* one\ntwo */\nuse std::fs;\n";
        let code = shipped(text);
        assert_eq!(code.lines().nth(3), Some("use std::fs;"));
        assert!(code.contains("fn a<'a>(x: &'a str)"));
    }

    #[test]
    fn raw_identifiers_are_not_strings() {
        assert!(shipped("let r#type = 1; use std::fs;").contains("std::fs"));
    }

    #[test]
    fn test_items_are_blank_and_what_follows_is_not() {
        let text =
            "#[cfg(test)]\nmod tests {\n  fn a() { std::fs::read(\"}\"); }\n}\nfn b() { std::net::x(); }\n";
        let code = shipped(text);
        assert!(!code.contains("std::fs") && code.contains("std::net"), "{code}");
        assert!(!shipped("#[cfg(test)]\nuse std::fs;\nfn b() {}").contains("std::fs"));
    }

    #[test]
    fn modules_for_tests_in_other_files_are_known() {
        assert_eq!(test_modules("mod a;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod x { }\n"), ["tests"]);
    }
}
