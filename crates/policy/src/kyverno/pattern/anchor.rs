//! Anchors: keys of a pattern in parentheses, which say when the value below them counts.

/// What the mark before the parenthesis says.
///
/// Source of the names and marks: `pkg/engine/anchor` of Kyverno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorKind {
    /// `(key)`: the pattern applies only if the key is there and matches.
    Condition,
    /// `<(key)`: the whole rule applies only if the key, where it is there, matches.
    Global,
    /// `=(key)`: if the key is there, it must match.
    Equality,
    /// `^(key)`: at least one item of the list must match.
    Existence,
    /// `X(key)`: the key must not be there.
    Negation,
    /// `+(key)`: only mutation knows it; in a pattern to validate it is a key like any other.
    AddIfNotPresent,
}

/// Splits a key into the kind of its anchor and the key inside, if it is an anchor: blanks around it do not
/// count, and the key inside is not empty and holds no line break.
pub fn parse_anchor(key: &str) -> Option<(AnchorKind, &str)> {
    let key = key.trim();
    let (kind, rest) = match key.as_bytes().first()? {
        b'<' => (AnchorKind::Global, key.get(1..)?),
        b'=' => (AnchorKind::Equality, key.get(1..)?),
        b'^' => (AnchorKind::Existence, key.get(1..)?),
        b'X' => (AnchorKind::Negation, key.get(1..)?),
        b'+' => (AnchorKind::AddIfNotPresent, key.get(1..)?),
        _ => (AnchorKind::Condition, key),
    };
    let inside = rest.strip_prefix('(')?.strip_suffix(')')?;
    (!inside.is_empty() && !inside.contains('\n')).then_some((kind, inside))
}

impl AnchorKind {
    /// The key of an anchor of this kind.
    pub(super) fn wrap(self, key: &str) -> String {
        let mark = match self {
            Self::Condition => "",
            Self::Global => "<",
            Self::Equality => "=",
            Self::Existence => "^",
            Self::Negation => "X",
            Self::AddIfNotPresent => "+",
        };
        format!("{mark}({key})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_anchors() {
        for (key, expected) in [
            ("(a)", Some((AnchorKind::Condition, "a"))),
            ("<(a)", Some((AnchorKind::Global, "a"))),
            ("=(a)", Some((AnchorKind::Equality, "a"))),
            ("^(a)", Some((AnchorKind::Existence, "a"))),
            ("X(a)", Some((AnchorKind::Negation, "a"))),
            ("+(a)", Some((AnchorKind::AddIfNotPresent, "a"))),
            (" =(a/b.c) ", Some((AnchorKind::Equality, "a/b.c"))),
            ("((a))", Some((AnchorKind::Condition, "(a)"))),
            ("( )", Some((AnchorKind::Condition, " "))),
            ("= (a)", None),
            ("()", None),
            ("X()", None),
            ("(a\nb)", None),
            ("a", None),
            ("(a", None),
            ("a)", None),
            ("x(a)", None),
            ("", None),
            ("é(a)", None),
        ] {
            assert_eq!(parse_anchor(key), expected, "{key:?}");
        }
    }
}
