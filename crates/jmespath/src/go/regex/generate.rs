//! Random strings that match a pattern, as `goregen` makes them: from the plain syntax, without `\d` and
//! `(?…)`.

use super::ast::Node;
use super::parse::parse;

/// How often what may be repeated without limit is repeated at most.
const UNBOUNDED: u32 = 4096;

/// Where randomness and permission come from.
pub(crate) trait Chance {
    type Error: From<String>;
    /// Any number, each as likely as the others.
    fn number(&mut self) -> Result<u64, Self::Error>;
    /// Asked before so many bytes are made.
    fn spend(&mut self, bytes: usize) -> Result<(), Self::Error>;
}

/// A string for the pattern. The error is Go's text, or what [`Chance`] said.
pub(crate) fn generate<C: Chance>(pattern: &str, chance: &mut C) -> Result<String, C::Error> {
    let parsed = parse(pattern, false)?;
    let mut text = String::new();
    write(&mut text, &parsed.node, chance)?;
    Ok(text)
}

fn write<C: Chance>(into: &mut String, node: &Node, chance: &mut C) -> Result<(), C::Error> {
    chance.spend(1)?;
    match node {
        Node::Empty | Node::Look(_) => {}
        Node::Literal { character, .. } => push(into, *character),
        Node::Any { .. } => {
            // Upstream picks among 2^31 numbers, most of which are no character.
            let number = below(chance, 0x7fff_ffff)?.saturating_add(1);
            push(into, number);
        }
        Node::Class(class) => {
            let ranges: Vec<(u32, u32)> =
                class.plain().into_iter().map(|(low, high)| (low.max(1), high)).collect();
            let sizes = ranges.iter().map(|(low, high)| high.saturating_add(1).saturating_sub(*low));
            let mut left = below(chance, sizes.clone().sum())?;
            for ((low, _), size) in ranges.iter().zip(sizes) {
                if left < size {
                    push(into, low.saturating_add(left));
                    break;
                }
                left = left.saturating_sub(size);
            }
        }
        Node::Capture(inner) => write(into, inner, chance)?,
        Node::Repeat { node, least, most, .. } => {
            let most = most.unwrap_or(least.saturating_add(UNBOUNDED).saturating_sub((*least).min(1)));
            let more = most.saturating_sub(*least).saturating_add(1);
            let count = least.saturating_add(below(chance, more)?);
            for _ in 0..count {
                write(into, node, chance)?;
            }
        }
        Node::Concat(parts) => {
            for part in parts {
                write(into, part, chance)?;
            }
        }
        Node::Alternate(parts) => {
            let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            let index = below(chance, count)?;
            if let Some(part) = parts.get(index as usize) {
                write(into, part, chance)?;
            }
        }
    }
    Ok(())
}

fn below<C: Chance>(chance: &mut C, limit: u32) -> Result<u32, C::Error> {
    let number = chance.number()?.checked_rem(limit.into()).unwrap_or_default();
    Ok(u32::try_from(number).unwrap_or_default())
}

fn push(into: &mut String, character: u32) {
    into.push(char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER));
}
