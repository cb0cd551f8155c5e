//! Texts to read: a table of scalars, and random streams.

use std::fmt::Write as _;

use crate::random::Random;
use crate::scalars::SCALARS;

/// Every scalar as a document, as a value, as a key, in a list and in flow collections.
pub(crate) fn table() -> Vec<Vec<u8>> {
    let places = [
        "{}",
        "a: {}",
        "a: {}\nb: 1",
        "{}: a",
        "- {}\n- b",
        "a:\n- {}",
        "[{}]",
        "{a: {}}",
        "{{}: a}",
        "? {}\n: a",
        "&x {}",
        "a: &x {}\nb: *x",
        "--- {}",
        "a: {} # c",
    ];
    let mut texts = Vec::new();
    for scalar in SCALARS {
        for place in places {
            // The first pair of braces in a flow place is the collection itself.
            let text = match place {
                "{a: {}}" => format!("{{a: {scalar}}}"),
                "{{}: a}" => format!("{{{scalar}: a}}"),
                _ => place.replacen("{}", scalar, 1),
            };
            texts.push(text.into_bytes());
        }
    }
    texts
}

/// A stream of a few documents. A part of them is slightly broken.
pub(crate) fn stream(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    if random.one_in(30) {
        text.push('\u{feff}');
    }
    let json = random.one_in(12);
    for position in 0..=random.below(3) {
        if position > 0 || random.one_in(4) {
            text += if json && random.one_in(2) {
                random.pick(&["", " ", "\n", "\n\n"])
            } else {
                random.pick(&[
                    "---\n",
                    "---\n",
                    "---\n",
                    "--- # c\n",
                    "---   \n",
                    "---\n---\n",
                    "...\n",
                    "...\n---\n",
                    "--- a\n",
                    "---\t\n",
                    "# c\n---\n",
                    "%YAML 1.1\n---\n",
                ])
            };
        }
        text += &if json { json_value(random, 0, true) } else { document(random) };
        if json && random.one_in(2) {
            text.push('\n');
        }
    }
    if random.one_in(12) {
        text = text.replace('\n', "\r\n");
    }
    if random.one_in(5) {
        text = random.maybe_broken(text, "a1 :-#,[]{}&*!|>'\"%@\n\t?~<");
    }
    text.into_bytes()
}

fn document(random: &mut Random) -> String {
    let mut writer = Writer { random, anchors: 0, text: String::new() };
    writer.document();
    writer.text
}

struct Writer<'a> {
    random: &'a mut Random,
    anchors: usize,
    text: String,
}

impl Writer<'_> {
    fn document(&mut self) {
        match self.random.below(10) {
            0 => self.sequence(0, 0),
            1 => {
                self.inline(0);
                self.text.push('\n');
            }
            _ => self.mapping(0, 0),
        }
    }

    fn mapping(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(4) {
            self.comment(indent);
            self.indent(indent);
            if self.anchors > 0 && self.random.one_in(10) {
                let anchor = self.random.below(self.anchors);
                let merged = match self.random.below(4) {
                    0 => format!("[*a{anchor}, *a0]"),
                    1 => format!("{{k: *a{anchor}}}"),
                    _ => format!("*a{anchor}"),
                };
                let _ = writeln!(self.text, "<<: {merged}");
                continue;
            }
            self.key();
            self.text += self.random.pick(&[":", ":", ":", ":", " :", ":  "]);
            self.value(indent, depth);
        }
    }

    fn sequence(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(3) {
            self.comment(indent);
            self.indent(indent);
            self.text.push('-');
            if depth < 3 && self.random.one_in(4) {
                // A mapping that starts behind the dash.
                let keep = self.text.len();
                self.mapping(indent + 2, depth + 1);
                if !self.text[keep..].trim_start_matches(' ').starts_with('#') {
                    self.text.replace_range(keep..=keep + indent, " ");
                }
            } else {
                self.value(indent, depth);
            }
        }
    }

    /// What follows a colon or a dash, with the end of the line.
    fn value(&mut self, indent: usize, depth: usize) {
        let anchor = self.random.one_in(10).then(|| {
            self.anchors += 1;
            format!(" &a{}", self.anchors - 1)
        });
        self.text += anchor.as_deref().unwrap_or_default();
        let nested = indent + 1 + self.random.below(3);
        match self.random.below(if depth < 4 { 12 } else { 8 }) {
            0 if anchor.is_none() && self.anchors > 0 => {
                let anchor = self.random.below(self.anchors);
                let _ = writeln!(self.text, " *a{anchor}");
            }
            1 => self.block_scalar(nested),
            8 | 9 => {
                self.end_of_line();
                self.mapping(nested, depth + 1);
            }
            10 => {
                self.end_of_line();
                // A list may stand at the indentation of its key.
                let indent = if self.random.one_in(2) { indent } else { nested };
                self.sequence(indent, depth + 1);
            }
            _ => {
                self.text.push(' ');
                self.inline(depth);
                self.end_of_line();
            }
        }
    }

    /// A scalar or a flow collection on one line, mostly.
    fn inline(&mut self, depth: usize) {
        match self.random.below(if depth < 4 { 9 } else { 7 }) {
            7 => {
                let close = self.open("[", "]");
                for position in 0..self.random.below(4) {
                    self.comma(position);
                    self.inline(depth + 1);
                }
                self.text += close;
            }
            8 => {
                let close = self.open("{", "}");
                for position in 0..self.random.below(4) {
                    self.comma(position);
                    self.key();
                    self.text += self.random.pick(&[": ", ": ", ": ", ":", " : "]);
                    self.inline(depth + 1);
                }
                self.text += close;
            }
            _ => self.scalar(),
        }
    }

    fn open(&mut self, open: &str, close: &'static str) -> &'static str {
        self.text += open;
        self.text += self.random.pick(&["", "", " "]);
        close
    }

    fn comma(&mut self, position: usize) {
        if position > 0 {
            self.text += self.random.pick(&[", ", ", ", ",", " , ", ",\n          "]);
        }
    }

    fn key(&mut self) {
        match self.random.below(6) {
            0 => self.scalar(),
            1 => {
                self.text += self.random.pick(&[
                    "1",
                    "true",
                    "no",
                    "1.5",
                    "\"q\"",
                    "'q'",
                    "0x10",
                    "1e3",
                    "2001-01-01",
                ]);
            }
            _ => self.text += self.random.pick(&["a", "b", "c", "name", "x.y/z", "a-b", "k_1"]),
        }
    }

    fn scalar(&mut self) {
        match self.random.below(8) {
            0 => {
                let inner = self.random.text("ab 1'#:,-é", 6).replace('\'', "''");
                let _ = write!(self.text, "'{inner}'");
            }
            1 => {
                let inner: String = (0..self.random.below(5))
                    .map(|_| {
                        self.random.pick(&[
                            "a", " ", "1", ":", "#", "\\n", "\\\"", "\\u00e9", "\\x41", "\\\\", "é", "\\t",
                        ])
                    })
                    .collect();
                let _ = write!(self.text, "\"{inner}\"");
            }
            2 => {
                let digits = self.random.text("0123456789_.eE+-xbo", 6);
                let _ = write!(self.text, "{}{digits}", self.random.below(10));
            }
            3 | 4 => self.text += &self.random.text("abc", 4),
            _ => {
                // Block scalars and texts over several lines have their own places.
                let scalar = self.random.pick(SCALARS);
                if !scalar.contains('\n') {
                    self.text += scalar;
                }
            }
        }
    }

    fn block_scalar(&mut self, indent: usize) {
        self.text += self.random.pick(&[" |", " >", " |-", " >-", " |+", " >+"]);
        self.end_of_line();
        for _ in 0..self.random.below(5) {
            if self.random.one_in(4) {
                self.text.push('\n');
                continue;
            }
            self.indent(indent);
            self.text += self.random.pick(&[
                "a",
                "b c",
                "# no comment",
                "  deeper",
                "k: v",
                "---",
                "- x",
                "tab\there",
                "\ttab",
                "trailing ",
            ]);
            self.text.push('\n');
        }
    }

    fn end_of_line(&mut self) {
        self.text += self.random.pick(&["", "", "", "", "", " # c", "  ", "\t"]);
        self.text.push('\n');
    }

    fn comment(&mut self, indent: usize) {
        if self.random.one_in(12) {
            self.indent(indent);
            self.text += self.random.pick(&["# c\n", "#\n", "\n", "  # c\n", "\t\n"]);
        }
    }

    fn indent(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }
}

fn json_value(random: &mut Random, depth: usize, object: bool) -> String {
    let blank = random.pick(&["", "", " ", "\n"]);
    let list = |random: &mut Random, item: fn(&mut Random, usize) -> String| {
        (0..random.below(4)).map(|_| item(random, depth + 1)).collect::<Vec<_>>().join(",")
    };
    match random.below(if depth < 4 { 8 } else { 6 }) {
        _ if object => {}
        0 => {
            return random
                .pick(&["1", "-0", "1.0", "1e3", "1E-2", "0.1", "18446744073709551615", "1e400", "01", "-"])
                .into();
        }
        1 => return random.pick(&["true", "false", "null", "tru"]).into(),
        2 | 3 => {
            return random
                .pick(&[
                    "\"a\"",
                    "\"\\u00e9\"",
                    "\"\\ud83d\\ude00\"",
                    "\"\\ud800\"",
                    "\"a\\/b\"",
                    "\"\\x\"",
                    "\"\\u2028\"",
                    "\"a\tb\"",
                    "\"\u{7f}\"",
                ])
                .into();
        }
        4 | 5 => return random.below(1000).to_string(),
        6 => return format!("[{blank}{}]", list(random, |random, depth| json_value(random, depth, false))),
        _ => {}
    }
    let member = |random: &mut Random, depth: usize| {
        let key = random.pick(&["\"a\"", "\"b\"", "\"A\"", "\"c\\n\"", "\"\""]);
        format!("{key}{}{}", random.pick(&[":", ": ", " : "]), json_value(random, depth, false))
    };
    format!("{{{blank}{}}}", list(random, member))
}
