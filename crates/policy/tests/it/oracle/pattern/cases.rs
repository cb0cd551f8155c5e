//! Questions: scalars that are nearly numbers, durations, quantities, ranges or versions, and trees whose
//! resource is made to nearly match.

use serde_json::{Map, Value, json};

use crate::random::Random;

pub(super) fn case(random: &mut Random, id: u64) -> Value {
    match random.below(3) {
        0 => {
            let (value, pattern) = (any_value(random, 2), pattern_leaf(random));
            let pattern = if random.one_in(8) { any_value(random, 1) } else { pattern };
            json!({"id": id, "op": "leaf", "value": value, "pattern": pattern})
        }
        1 => {
            let (key, value) = sides(random);
            json!({"id": id, "op": "condition", "key": key, "operator": operator(random), "value": value})
        }
        _ => {
            let pattern = match random.below(12) {
                0 => pattern_tree(random, 1),
                1 => json!({"metadata": metadata(random), anchored(random, "spec"): pattern_map(random, 2)}),
                // Several elements meet the same part of the pattern.
                2 => json!({"a": [{"metadata": metadata(random)}]}),
                _ => pattern_map(random, 4),
            };
            let resource = resource(random, &pattern);
            // Random order upstream: often enough to meet every order of a small map.
            let text = pattern.to_string();
            let times = if text.contains("metadata") && text.contains(['*', '?']) { 150 } else { 1 };
            json!({"id": id, "op": "tree", "resource": resource, "pattern": pattern, "times": times})
        }
    }
}

/// A key and a value that have something to do with each other, mostly.
fn sides(random: &mut Random) -> (Value, Value) {
    let key = operand(random);
    let value = match random.below(8) {
        0 => key.clone(),
        1 => json!(key.to_string()),
        // The only item of a list.
        2 => {
            let text = json!(word(random));
            return (json!([text]), text);
        }
        3 | 4 => {
            let kind = random.below(6);
            return (json!(text_of_kind(random, kind)), json!(text_of_kind(random, kind)));
        }
        5 if key.is_string() => json!(["", "0", "0s"][random.below(3)]),
        _ => operand(random),
    };
    if random.one_in(8) { (value, key) } else { (key, value) }
}

fn operator(random: &mut Random) -> &'static str {
    let names = [
        "Equals",
        "Equal",
        "NotEquals",
        "NotEqual",
        "In",
        "AnyIn",
        "AllIn",
        "NotIn",
        "AnyNotIn",
        "AllNotIn",
        "GreaterThanOrEquals",
        "GreaterThan",
        "LessThanOrEquals",
        "LessThan",
        "DurationGreaterThanOrEquals",
        "DurationGreaterThan",
        "DurationLessThanOrEquals",
        "DurationLessThan",
        "Equals",
        "NotEquals",
        "AnyIn",
        "AllIn",
        "AnyNotIn",
        "AllNotIn",
        "GreaterThan",
        "LessThanOrEquals",
        "greaterthan",
        "ANYIN",
        "Contains",
    ];
    names[random.below(names.len())]
}

fn word(random: &mut Random) -> String {
    let words = [
        "",
        "a",
        "b",
        "ab",
        "nginx",
        "nginx:latest",
        "true",
        "false",
        "null",
        "é",
        " a",
        "*",
        "a*",
        "?",
        "a?",
        "n*x",
        "-",
        "10.0.0.1",
        "kube-system",
        "conditional anchor mismatch",
        "global anchor mismatch",
        "negation anchor matched in resource",
        "a|b",
        "a & b",
        "<nil>",
        "map[a:1]",
        "[a b]",
        "inf",
        "NaN",
        "0x1p3",
        "1_0",
    ];
    words[random.below(words.len())].to_owned()
}

fn digits(random: &mut Random) -> String {
    let small =
        ["0", "1", "2", "5", "10", "-1", "+1", "00", "-0", "1000", "1024", "9223372036854775807", "1000000"];
    if random.one_in(2) { (*random.pick(&small)).to_owned() } else { random.below(30).to_string() }
}

/// A text that is a number, a duration, a quantity, a version, a range, JSON or a word.
fn scalar_text(random: &mut Random) -> String {
    let kind = random.below(9);
    let text = text_of_kind(random, kind);
    broken(random, text)
}

fn text_of_kind(random: &mut Random, kind: usize) -> String {
    let fraction = if random.one_in(3) { format!(".{}", random.below(100)) } else { String::new() };
    let number = digits(random) + &fraction;
    match kind {
        0 => number,
        1 => number + random.pick(&["s", "m", "h", "ms", "ns", "us", "µs", "d", "h30m"]),
        2 => number + random.pick(&["Ki", "Mi", "Gi", "k", "M", "m", "e3", "E2", "e-1", "Ei", "n", "u", "K"]),
        3 => {
            let suffixes =
                ["", "", "-alpha", "-1", "-alpha.1", "-01", "+b", "+c", "-rc.1+x", "-99999999999999999999"];
            let suffix = random.pick(&suffixes);
            format!("{}.{}.{}{suffix}", random.below(2), random.below(3), random.below(2))
        }
        4 => range(random),
        5 => json_text(random),
        _ => word(random),
    }
}

fn range(random: &mut Random) -> String {
    let unit = random.pick(&["", "", "", "Mi", "m", "s", "h", "k"]);
    let separator = random.pick(&["-", "-", "!-", " - "]);
    let (low, high) = (digits(random), digits(random));
    format!("{low}{unit}{separator}{high}{unit}")
}

fn json_text(random: &mut Random) -> String {
    let texts = [
        r#"["a","b"]"#,
        r#"["a"]"#,
        "[]",
        "null",
        r#"["a",null]"#,
        r#"["a",1]"#,
        r#"[["a"]]"#,
        r#"{"a":1}"#,
        "[1,2]",
        r#"["a*"]"#,
        r#"["\ud83d"]"#,
        r#"["\u0061"]"#,
        r#" ["nginx"] "#,
        r#"["a",]"#,
        "[",
        r#""a""#,
        "1.5e3",
        r#"["1","5"]"#,
    ];
    texts[random.below(texts.len())].to_owned()
}

fn broken(random: &mut Random, text: String) -> String {
    if !random.one_in(12) {
        return text;
    }
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() + 1);
    match random.below(2) {
        0 if at < characters.len() => drop(characters.remove(at)),
        _ => characters.insert(
            at,
            random.pick(&[" ", ".", "-", "!", "*", "e", "_", "\u{a0}", "1"]).chars().next().unwrap(),
        ),
    }
    characters.into_iter().collect()
}

fn scalar(random: &mut Random) -> Value {
    match random.below(10) {
        0 => Value::Null,
        1 => json!(random.one_in(2)),
        2 | 3 => json!([0, 1, 2, 5, 10, -1, 1000, 1024, 1_000_000, i64::MAX, i64::MIN][random.below(11)]),
        4 | 5 => json!(
            [0.0, 0.5, 1.0, 1.5, -1.0, 1e6, 123_456.5, 1e21, 1e-7, 10.0, 1e30, 0.1, 86400.0]
                [random.below(13)]
        ),
        _ => json!(scalar_text(random)),
    }
}

fn any_value(random: &mut Random, depth: usize) -> Value {
    match random.below(14) {
        0 if depth > 0 => (0..random.below(4)).map(|_| any_value(random, depth - 1)).collect(),
        1 if depth > 0 => (0..random.below(3))
            .map(|_| (key(random).to_owned(), any_value(random, depth - 1)))
            .collect::<Map<_, _>>()
            .into(),
        _ => scalar(random),
    }
}

fn operand(random: &mut Random) -> Value {
    match random.below(5) {
        0 | 1 => (0..random.below(4))
            .map(|_| if random.one_in(3) { scalar(random) } else { json!(word(random)) })
            .collect(),
        _ => any_value(random, 2),
    }
}

fn pattern_leaf(random: &mut Random) -> Value {
    if random.one_in(3) {
        return scalar(random);
    }
    let mut text = String::new();
    for index in 0..=random.below(3) {
        if index > 0 {
            text += random.pick(&["|", " | ", "&", " & "]);
        }
        text += random.pick(&["", "", "!", ">", "<", ">=", "<=", "> ", "! ", ">= "]);
        text += &scalar_text(random);
    }
    json!(text)
}

fn key(random: &mut Random) -> &'static str {
    random.pick(&["a", "b", "c", "d", "name", "spec", "metadata", "labels", "annotations"])
}

fn anchored(random: &mut Random, key: &str) -> String {
    match random.below(20) {
        0..=2 => format!("({key})"),
        3 | 4 => format!("=({key})"),
        5 => format!("X({key})"),
        6 => format!("^({key})"),
        7 => format!("<({key})"),
        8 => format!("+({key})"),
        9 if random.one_in(3) => format!(" ({key}) "),
        _ => key.to_owned(),
    }
}

fn pattern_map(random: &mut Random, depth: usize) -> Value {
    let mut map = Map::new();
    for _ in 0..random.below(4) {
        let key = key(random);
        let value = match (key, random.below(4)) {
            ("metadata", 0..3) => metadata(random),
            _ if depth == 0 => small_leaf(random),
            _ => pattern_tree(random, depth - 1),
        };
        let key = anchored(random, key);
        // Mostly lists below existence, so that it means something.
        let value = if key.starts_with('^') && !random.one_in(8) {
            (0..=random.below(2)).map(|_| pattern_map(random, depth.saturating_sub(2))).collect()
        } else {
            value
        };
        map.insert(key, value);
    }
    map.into()
}

fn metadata(random: &mut Random) -> Value {
    let mut map = Map::new();
    for tag in ["labels", "annotations", "name"] {
        if random.one_in(2) {
            continue;
        }
        let mut tags = Map::new();
        for _ in 0..random.below(4) {
            let name = random.pick(&["app", "app*", "a?p", "team", "*", "x/*", "t*"]);
            let value = if random.one_in(5) {
                small_leaf(random)
            } else {
                json!(random.pick(&["?*", "a", "!a", "*"]))
            };
            tags.insert(anchored(random, name), value);
        }
        map.insert(anchored(random, tag), tags.into());
    }
    map.into()
}

fn pattern_tree(random: &mut Random, depth: usize) -> Value {
    match random.below(10) {
        _ if depth == 0 => small_leaf(random),
        0..=3 => pattern_map(random, depth),
        4..=6 => {
            let items = if random.one_in(12) { 0 } else { 1 + random.below(2) };
            let maps = !random.one_in(4);
            (0..items)
                .map(|_| if maps { pattern_map(random, depth - 1) } else { pattern_tree(random, depth - 1) })
                .collect()
        }
        _ => small_leaf(random),
    }
}

/// Few different ones, so that resources often match.
fn small_leaf(random: &mut Random) -> Value {
    match random.below(10) {
        0 => pattern_leaf(random),
        1 => json!("*"),
        2 => json!("?*"),
        3 => Value::Null,
        4 => json!(random.below(3)),
        5 => json!(1.5),
        6 => json!(">1 | a"),
        _ => json!(random.pick(&["a", "!b", "a*", "b"])),
    }
}

/// Something that a pattern nearly matches.
fn resource(random: &mut Random, pattern: &Value) -> Value {
    if random.one_in(25) {
        return any_value(random, 2);
    }
    match pattern {
        Value::Object(map) => {
            let mut found = Map::new();
            for (key, value) in map {
                let bare = key
                    .trim()
                    .trim_start_matches(['<', '=', '^', 'X', '+'])
                    .trim_start_matches('(')
                    .trim_end_matches(')');
                let absent = if key.starts_with('X') { 5 } else { 1 };
                if random.below(6) < absent {
                    continue;
                }
                let names = if bare.contains(['*', '?']) { vec!["app", "team", "x/y"] } else { vec![bare] };
                for name in names {
                    if random.below(4) > 0 {
                        found.insert(name.to_owned(), resource(random, value));
                    }
                }
                if random.one_in(10) {
                    found.insert(key.clone(), resource(random, value));
                }
            }
            if random.one_in(4) {
                found.insert(key(random).to_owned(), scalar(random));
            }
            found.into()
        }
        Value::Array(items) => {
            let Some(first) = items.first() else { return json!([]) };
            let count = random.below(4);
            (0..count)
                .map(|index| {
                    let pattern = items.get(index).unwrap_or(first).clone();
                    resource(random, &pattern)
                })
                .collect()
        }
        Value::String(text) if text.contains(['*', '?', '>', '!', '|']) => match random.below(4) {
            0 => scalar(random),
            1 => json!(2),
            _ => json!("a"),
        },
        other => {
            if random.one_in(6) {
                scalar(random)
            } else {
                other.clone()
            }
        }
    }
}
