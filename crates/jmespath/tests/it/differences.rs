//! Where Kyverno's dialect is not the standard, among the cases of the compliance suite.

/// A case that Kyverno's dialect answers otherwise, as upstream does.
pub(crate) struct Difference {
    pub(crate) file: &'static str,
    pub(crate) expression: &'static str,
    /// Part of what is found instead.
    pub(crate) says: &'static str,
    /// Where upstream decides so.
    pub(crate) reason: &'static str,
}

const MISSING_KEY: &str = "go-jmespath:interpreter.go: a field that its map does not have is a NotFoundError";
const OWN_SUM: &str =
    "kyverno:pkg/engine/jmespath/functions.go: sum is replaced by one for quantities and durations";
const RAW_STRING: &str =
    "go-jmespath:lexer.go: a quote after any backslash is escaped; the fork is older than this case";
const CALL: &str =
    "go-jmespath:parser.go: a call takes any expression for its name, and fails when evaluated";
const SLICE: &str = "go-jmespath:parser.go: a third colon ends the slice without an error";

pub(crate) const DIFFERENCES: &[Difference] = &[
    missing("basic", "foo.bar.bad"),
    missing("basic", "foo.bad"),
    missing("basic", "bad"),
    missing("basic", "bad.morebad.morebad"),
    differs("functions", "sum(array)", "invalid operand", OWN_SUM),
    differs("functions", "sum(`[]`)", "at least one element", OWN_SUM),
    missing("indices", "foo[3].bar"),
    differs("literal", r"'\\'", "Unclosed delimiter: '", RAW_STRING),
    missing("multiselect", "foo.badkey.{nokey: nokey, alsonokey: alsonokey}"),
    missing("syntax", "foo.bar"),
    differs("syntax", "@(foo)", "invalid node value type", CALL),
    differs("syntax", "[:::]", "found Null", SLICE),
    missing("syntax", "foo[0]"),
    missing("syntax", "foo.[*]"),
    missing("syntax", "foo.[abc]"),
    missing("syntax", "foo.[abc, def]"),
    missing("syntax", "a.{foo: bar}"),
    missing("syntax", "a.{foo: bar, baz: bam}"),
    missing("syntax", "foo.[a || b]"),
    missing("syntax", "foo"),
    missing("syntax", r#""foo""#),
    missing("syntax", r#""\\""#),
];

const fn missing(file: &'static str, expression: &'static str) -> Difference {
    Difference { file, expression, says: "found not-found: Unknown key", reason: MISSING_KEY }
}

const fn differs(
    file: &'static str,
    expression: &'static str,
    says: &'static str,
    reason: &'static str,
) -> Difference {
    Difference { file, expression, says, reason }
}
