//! A pattern in the syntax of the `regex` crate. Every character is written by its number, so nothing that is
//! special only there can slip in.

use std::fmt::Write as _;

use super::ast::{Class, Look, Node};

/// A set that no character is in.
const NOTHING: &str = r"[\x{61}&&\x{62}]";

/// Appends the pattern.
pub(super) fn emit(into: &mut String, node: &Node) {
    match node {
        Node::Empty => into.push_str("(?:)"),
        Node::Literal { character, fold } => literal(into, *character, *fold),
        Node::Any { newline: true } => into.push_str("(?s:.)"),
        Node::Any { newline: false } => into.push_str("(?-s:.)"),
        Node::Class(set) => class(into, set),
        Node::Look(look) => into.push_str(match look {
            Look::TextStart => r"\A",
            Look::TextEnd => r"\z",
            Look::LineStart => "(?m:^)",
            Look::LineEnd => "(?m:$)",
            Look::Word => r"(?-u:\b)",
            Look::NotWord => r"(?-u:\B)",
        }),
        Node::Capture(inner) => {
            into.push('(');
            emit(into, inner);
            into.push(')');
        }
        Node::Repeat { node, least, most, greedy } => {
            into.push_str("(?:");
            emit(into, node);
            // Writing to a string cannot fail.
            let _ = match most {
                Some(most) => write!(into, "){{{least},{most}}}"),
                None => write!(into, "){{{least},}}"),
            };
            if !greedy {
                into.push('?');
            }
        }
        Node::Concat(parts) => {
            for part in parts {
                emit(into, part);
            }
        }
        Node::Alternate(parts) => {
            into.push_str("(?:");
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    into.push('|');
                }
                emit(into, part);
            }
            into.push(')');
        }
    }
}

fn literal(into: &mut String, character: u32, fold: bool) {
    let _ = match char::from_u32(character) {
        None => into.write_str(NOTHING),
        Some(_) if fold => write!(into, r"(?i:\x{{{character:X}}})"),
        Some(_) => write!(into, r"\x{{{character:X}}}"),
    };
}

fn class(into: &mut String, class: &Class) {
    let ranges: Vec<(u32, u32)> =
        class.ranges.iter().filter_map(|range| without_surrogates(*range)).collect();
    if ranges.is_empty() && class.properties.is_empty() {
        into.push_str(if class.negated { "(?s:.)" } else { NOTHING });
        return;
    }
    into.push_str(if class.fold { "(?i:[" } else { "(?:[" });
    if class.negated {
        into.push('^');
    }
    for (low, high) in ranges {
        let _ = write!(into, r"\x{{{low:X}}}-\x{{{high:X}}}");
    }
    for property in &class.properties {
        into.push_str(property);
    }
    into.push_str("])");
}

/// The range with ends that are characters of text.
fn without_surrogates((low, high): (u32, u32)) -> Option<(u32, u32)> {
    let low = if (0xd800..0xe000).contains(&low) { 0xe000 } else { low };
    let high = if (0xd800..0xe000).contains(&high) { 0xd7ff } else { high };
    (low <= high).then_some((low, high))
}
