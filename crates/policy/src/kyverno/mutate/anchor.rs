//! Keys of a patch that are more than names: `(name)`, `<(name)`, `+(name)` and their kin.

/// What an anchor asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    /// `(x)`: this part of the patch is for what matches.
    Condition,
    /// `<(x)`: the whole patch is for what matches.
    Global,
    /// `+(x)`: add where it is absent.
    AddIfAbsent,
    /// `X(x)`, `=(x)`, `^(x)`: these belong to validation; a patch takes them for plain names.
    Other,
}

impl Modifier {
    /// `(x)` or `<(x)`.
    pub(super) fn is_condition(self) -> bool {
        matches!(self, Self::Condition | Self::Global)
    }

    /// Anything that a patch acts upon.
    pub(super) fn is_active(self) -> bool {
        self != Self::Other
    }
}

/// An anchor and the name in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor<'a> {
    pub(super) modifier: Modifier,
    pub(super) key: &'a str,
}

impl<'a> Anchor<'a> {
    /// Reads an anchor; white space around it does not matter. A name with a line break is none.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (modifier, rest) = match text.as_bytes().first()? {
            b'<' => (Modifier::Global, text.get(1..)?),
            b'+' => (Modifier::AddIfAbsent, text.get(1..)?),
            b'X' | b'=' | b'^' => (Modifier::Other, text.get(1..)?),
            _ => (Modifier::Condition, text),
        };
        let key = rest.strip_prefix('(')?.strip_suffix(')')?;
        (!key.is_empty() && !key.contains('\n')).then_some(Self { modifier, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_anchors_from_names() {
        let cases = [
            ("(name)", Some((Modifier::Condition, "name"))),
            ("<(name)", Some((Modifier::Global, "name"))),
            ("+(name)", Some((Modifier::AddIfAbsent, "name"))),
            ("=(name)", Some((Modifier::Other, "name"))),
            ("X(name)", Some((Modifier::Other, "name"))),
            ("^(name)", Some((Modifier::Other, "name"))),
            (" (name) ", Some((Modifier::Condition, "name"))),
            ("((name))", Some((Modifier::Condition, "(name)"))),
            ("()", None),
            ("name", None),
            ("(name", None),
            ("!(name)", None),
            ("<", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            let found = Anchor::parse(text).map(|anchor| (anchor.modifier, anchor.key));
            assert_eq!(found, wanted, "{text}");
        }
    }
}
