//! Calls of functions with arguments that mostly fit.

use super::texts::{Kind, quoted, text};
use super::{KEYS, Random, expr, literal, number};

/// What an argument is to be.
#[derive(Clone, Copy)]
enum Argument {
    Text(Kind),
    Number,
    /// A quantity, a duration or a number.
    Amount,
    Amounts,
    List,
    Object,
    Reference,
    Any,
}

use Argument::{Amount, Amounts, Any, List, Number, Object, Reference, Text};

const WORD: Argument = Text(Kind::Word);
const TIME: Argument = Text(Kind::Time);

/// All functions but those that ask for the time or for randomness.
const FUNCTIONS: &[(&str, &[Argument])] = &[
    ("abs", &[Number]),
    ("avg", &[List]),
    ("ceil", &[Number]),
    ("contains", &[List, Any]),
    ("contains", &[WORD, WORD]),
    ("ends_with", &[WORD, WORD]),
    ("floor", &[Number]),
    ("join", &[WORD, List]),
    ("keys", &[Object]),
    ("length", &[Any]),
    ("map", &[Reference, List]),
    ("max", &[List]),
    ("max_by", &[List, Reference]),
    ("merge", &[Object, Object]),
    ("min", &[List]),
    ("min_by", &[List, Reference]),
    ("not_null", &[Any, Any]),
    ("reverse", &[Any]),
    ("sort", &[List]),
    ("sort_by", &[List, Reference]),
    ("starts_with", &[WORD, WORD]),
    ("to_array", &[Any]),
    ("to_number", &[Any]),
    ("to_string", &[Any]),
    ("type", &[Any]),
    ("values", &[Object]),
    ("add", &[Amount, Amount]),
    ("base64_decode", &[Text(Kind::Base64)]),
    ("base64_encode", &[WORD]),
    ("compare", &[WORD, WORD]),
    ("divide", &[Amount, Amount]),
    ("equal_fold", &[WORD, WORD]),
    ("image_normalize", &[Text(Kind::Image)]),
    ("is_external_url", &[Text(Kind::Url)]),
    ("label_match", &[Object, Object]),
    ("lookup", &[Object, WORD]),
    ("lookup", &[List, Number]),
    ("md5", &[WORD]),
    ("modulo", &[Amount, Amount]),
    ("multiply", &[Amount, Amount]),
    ("object_from_lists", &[List, List]),
    ("parse_json", &[Text(Kind::Json)]),
    ("parse_yaml", &[Text(Kind::Yaml)]),
    ("path_canonicalize", &[Text(Kind::Path)]),
    ("pattern_match", &[Text(Kind::Wildcard), WORD]),
    ("regex_match", &[Text(Kind::Pattern), WORD]),
    ("regex_replace_all", &[Text(Kind::Pattern), WORD, Text(Kind::Template)]),
    ("regex_replace_all_literal", &[Text(Kind::Pattern), WORD, Text(Kind::Template)]),
    ("replace", &[WORD, WORD, WORD, Number]),
    ("replace_all", &[WORD, WORD, WORD]),
    ("round", &[Number, Number]),
    ("semver_compare", &[Text(Kind::Version), Text(Kind::Range)]),
    ("sha1", &[WORD]),
    ("sha256", &[WORD]),
    ("split", &[WORD, WORD]),
    ("subtract", &[Amount, Amount]),
    ("sum", &[Amounts]),
    ("time_add", &[TIME, Text(Kind::Duration)]),
    ("time_after", &[TIME, TIME]),
    ("time_before", &[TIME, TIME]),
    ("time_between", &[TIME, TIME, TIME]),
    ("time_diff", &[TIME, TIME]),
    ("time_parse", &[Text(Kind::Layout), Text(Kind::Written)]),
    ("time_since", &[Text(Kind::Layout), Text(Kind::Written), Text(Kind::Written)]),
    ("time_to_cron", &[TIME]),
    ("time_truncate", &[TIME, Text(Kind::Duration)]),
    ("time_utc", &[TIME]),
    ("to_boolean", &[WORD]),
    ("to_lower", &[WORD]),
    ("to_upper", &[WORD]),
    ("trim", &[WORD, WORD]),
    ("trim_prefix", &[WORD, WORD]),
    ("truncate", &[WORD, Number]),
    ("unknown", &[Any]),
];

pub(super) fn call(random: &mut Random, depth: usize) -> String {
    if random.chance(3) {
        return items(random);
    }
    let (name, arguments) = FUNCTIONS[random.below(FUNCTIONS.len())];
    let mut written: Vec<String> =
        arguments.iter().map(|argument| self::argument(random, *argument, depth)).collect();
    if random.chance(3) {
        written.pop();
    }
    format!("{name}({})", written.join(", "))
}

/// What `items` returns is of another type in Go, so that only some things can be done with it.
fn items(random: &mut Random) -> String {
    let names = [("k", "v"), ("a", "b"), ("x", "x")];
    let (key, value) = random.pick(&names);
    let kind = if random.chance(50) { Object } else { List };
    let of = argument(random, kind, 0);
    let call = format!("items({of}, '{key}', '{value}')");
    match random.below(4) {
        0 => format!("{call}[*].{key}"),
        1 => format!("length({call})"),
        2 => format!("{call}[0].{value}"),
        _ => call,
    }
}

fn argument(random: &mut Random, argument: Argument, depth: usize) -> String {
    // One in eight does not fit.
    if random.chance(12) {
        return if depth == 0 { literal(random) } else { expr(random, depth - 1) };
    }
    match argument {
        Text(kind) => quoted(text(random, kind)),
        Number => format!("`{}`", number(random)),
        Amount if random.chance(35) => format!("`{}`", number(random)),
        Amount => quoted(text(random, Kind::Amount)),
        Amounts => {
            let count = random.below(4);
            let items: Vec<String> = (0..count).map(|_| self::argument(random, Amount, 0)).collect();
            if items.is_empty() { "`[]`".into() } else { format!("[{}]", items.join(", ")) }
        }
        List => match random.below(4) {
            0 => "`[3, 1, 2.5]`".into(),
            1 => "`[\"b\", \"a\", \"é\"]`".into(),
            2 => "`[{\"a\": 2, \"b\": \"x\"}, {\"a\": 1, \"b\": \"y\"}, {\"a\": 2}]`".into(),
            _ => expr(random, depth.saturating_sub(1)),
        },
        Object if random.chance(50) => "`{\"a\": 1, \"b\": \"x\", \"c\": [1]}`".into(),
        Object => "@".into(),
        Reference => format!("&{}", random.pick(&KEYS)),
        Any if random.chance(50) => literal(random),
        Any => expr(random, depth.saturating_sub(1)),
    }
}
