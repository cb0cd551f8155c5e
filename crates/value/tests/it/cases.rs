//! Random questions to the reference implementations.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// A question in the protocol of `oracles/scalars`.
pub(crate) fn case(random: &mut Random) -> Value {
    match random.below(16) {
        0..4 => json!({"op": "quantity", "input": quantity(random)}),
        4 => json!({"op": "quantity_json", "json": quantity_json(random)}),
        5..7 => {
            json!({"op": "quantity_cmp", "input": plain_quantity(random), "other": plain_quantity(random)})
        }
        7..9 => json!({"op": "duration", "input": duration(random)}),
        9 => json!({"op": "duration_format", "number": integer(random)}),
        10 => {
            json!({"op": "int_or_string", "json": int_or_string(random), "number": random.below(1_000_000)})
        }
        11..13 => json!({"op": "selector", "input": selector(random), "labels": label_sets(random)}),
        13..15 => {
            json!({"op": "label_selector", "json": label_selector(random), "labels": label_sets(random)})
        }
        _ => {
            let (pattern, text) = (random.text("aab**?é.", 9), random.text("aaabé.", 12));
            json!({"op": "wildcard", "input": pattern, "other": text})
        }
    }
}

fn quantity(random: &mut Random) -> String {
    if random.one_in(20) {
        // Exponents that upstream can only handle for few digits, and that wrap at 32 bits.
        let exponent = random.pick(&[
            "e2147483647",
            "E2147483640",
            "e4294967299",
            "e+400",
            "e8589934592",
            "e-4294967295",
        ]);
        let mantissa = random.pick(&["1", "10", "1.5", "0.25", "123456789"]);
        return format!("{}{mantissa}{exponent}", random.pick(&["", "-"]));
    }
    plain_quantity(random)
}

/// Without exponents at which upstream needs gigabytes.
fn plain_quantity(random: &mut Random) -> String {
    loop {
        let sign = random.pick(&["", "", "", "-", "-", "+"]);
        let longest = if random.one_in(4) { 40 } else { 7 };
        let whole = random.digits(longest);
        let longest = if random.one_in(4) { 25 } else { 4 };
        let fraction = if random.one_in(2) { format!(".{}", random.digits(longest)) } else { String::new() };
        let suffix = match random.below(4) {
            0 => String::new(),
            1 => random.pick(&["n", "u", "m", "k", "M", "G", "T", "P", "E", "K", "g"]).into(),
            2 => random.pick(&["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "ki", "mi"]).into(),
            _ => {
                let exponent = if random.one_in(10) { random.below(700) } else { random.below(30) };
                format!("{}{}{exponent}", random.pick(&["e", "E"]), random.pick(&["", "-", "+"]))
            }
        };
        let text = random.maybe_broken(format!("{sign}{whole}{fraction}{suffix}"), "0123.eEinumkKMGTP+- é");
        let exponent = text.rsplit(['e', 'E']).next().unwrap_or_default();
        if exponent.trim_start_matches(['+', '-', '0']).len() < 4 || !text.contains(['e', 'E']) {
            return text;
        }
    }
}

fn quantity_json(random: &mut Random) -> Value {
    match random.below(5) {
        0 => json!(integer(random)),
        1 => {
            let number = f64::from_bits(random.next());
            // Upstream needs gigabytes for none of these, but a float has up to 308 digits.
            json!(if number.is_finite() { number } else { 0.5 })
        }
        2 => json!(f64::from(u32::try_from(random.below(100_000)).unwrap()) / 1000.0),
        3 => json!(random.one_in(2)),
        _ => json!(format!(
            "{}{}{}",
            random.pick(&["", " ", "\t", "\u{a0}", "\u{2028}", "\u{85}"]),
            plain_quantity(random),
            random.pick(&["", " "])
        )),
    }
}

fn integer(random: &mut Random) -> i64 {
    let number = random.next().cast_signed() >> random.below(64);
    if random.one_in(50) { i64::MIN } else { number }
}

const UNITS: [&str; 9] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h", "d"];

fn duration(random: &mut Random) -> String {
    let mut text: String = random.pick(&["", "", "", "-", "+"]).into();
    if random.one_in(6) {
        // Around the largest one.
        text += random.pick(&[
            "2562047h47m16.85477580",
            "9223372036854775",
            "9223372036.85477580",
            "2562047h47m16s85477580",
        ]);
    }
    for _ in 0..=random.below(3) {
        let longest = if random.one_in(8) { 25 } else { 4 };
        text += &random.digits(longest);
        if random.one_in(3) {
            text += ".";
            text += &random.digits(longest);
        }
        text += random.pick(&UNITS);
    }
    random.maybe_broken(text, "0123.hmsnuµd-+ \"\\\té")
}

fn int_or_string(random: &mut Random) -> Value {
    match random.below(6) {
        0 => json!(integer(random)),
        1 => json!(random.below(100_000)),
        2 => json!(1.5),
        3 => json!(true),
        _ => {
            let text = format!("{}{}%", random.pick(&["", "", "-", "+"]), random.below(1000));
            json!(random.maybe_broken(text, "0123%-+ a"))
        }
    }
}

const KEYS: [&str; 7] = ["a", "b", "app", "in", "notin", "x.y/z", "A-b_c.d"];
const VALUES: [&str; 9] = ["", "x", "y", "in", "notin", "1", "20", "-3", "9223372036854775807"];
const ODD: [&str; 9] = ["-a", "a/", "/a", "a/b/c", "A.b/c", "é", "a\u{301}", "with_end_", "a..b/c"];

fn key(random: &mut Random) -> String {
    name(random, &KEYS)
}

fn value(random: &mut Random) -> String {
    name(random, &VALUES)
}

fn name(random: &mut Random, usual: &[&str]) -> String {
    match random.below(40) {
        0 => random.pick(&ODD).into(),
        1 => "a".repeat(62 + random.below(3)),
        2 => format!("{}/a", "b".repeat(252 + random.below(3))),
        _ => random.pick(usual).into(),
    }
}

fn selector(random: &mut Random) -> String {
    let blank = |random: &mut Random| random.pick(&["", "", "", " ", "\t", "  "]);
    let mut text = String::new();
    for position in 0..random.below(7) {
        if position > 0 {
            text += ",";
        }
        text += blank(random);
        let key = key(random);
        let requirement = match random.below(6) {
            0 => key,
            1 => format!("!{}{key}", blank(random)),
            2 => format!("{key}{}{}", random.pick(&[">", "<"]), random.pick(&["1", "-5", "x", "100"])),
            3 => {
                let operator = random.pick(&["=", "==", "!="]);
                format!("{key}{}{operator}{}{}", blank(random), blank(random), value(random))
            }
            _ => {
                let values: Vec<_> = (0..random.below(5)).map(|_| value(random)).collect();
                let list = values.join(random.pick(&[",", ", ", " ,"]));
                format!("{key} {}{}({list})", random.pick(&["in", "notin"]), blank(random))
            }
        };
        text += &requirement;
        text += blank(random);
    }
    random.maybe_broken(text, "a,=!<>() \0\t\"\\in")
}

fn label_sets(random: &mut Random) -> Value {
    let set = |random: &mut Random| {
        let pairs = (0..random.below(6)).map(|_| (random.pick(&KEYS).into(), json!(random.pick(&VALUES))));
        Value::Object(pairs.collect::<Map<String, Value>>())
    };
    (0..4).map(|_| set(random)).collect()
}

fn label_selector(random: &mut Random) -> Value {
    let mut selector = Map::new();
    if random.one_in(2) {
        let pairs = (0..random.below(3)).map(|_| (key(random), text_or_odd(random, value)));
        selector.insert("matchLabels".into(), pairs.collect::<Map<_, _>>().into());
    }
    if random.one_in(12) {
        let field = random.pick(&["matchLabels", "matchExpressions", "other", "matchlabels"]);
        selector.insert(field.into(), odd(random));
    } else if !random.one_in(4) {
        selector
            .insert("matchExpressions".into(), (0..random.below(4)).map(|_| expression(random)).collect());
    }
    // A selector that is null is absent, which is not ours to decide.
    let other = if random.one_in(60) { odd(random) } else { Value::Null };
    if other.is_null() { selector.into() } else { other }
}

fn expression(random: &mut Random) -> Value {
    if random.one_in(40) {
        return odd(random);
    }
    let mut expression = Map::new();
    if !random.one_in(30) {
        expression.insert("key".into(), text_or_odd(random, key));
    }
    let operator = random.pick(&["In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist"]);
    if !random.one_in(30) {
        let unknown = random.pick(&["in", "=", "Gt", ""]);
        expression.insert("operator".into(), if random.one_in(30) { unknown } else { operator }.into());
    }
    if operator.ends_with("In") != random.one_in(15) {
        let values = (0..random.below(5)).map(|_| text_or_odd(random, value));
        expression.insert("values".into(), values.collect());
    }
    expression.into()
}

fn text_or_odd(random: &mut Random, usual: fn(&mut Random) -> String) -> Value {
    if random.one_in(60) { odd(random) } else { usual(random).into() }
}

fn odd(random: &mut Random) -> Value {
    match random.below(7) {
        0 | 1 => Value::Null,
        2 => json!(1),
        3 => json!(true),
        4 => json!([]),
        5 => json!({}),
        _ => json!("text"),
    }
}
