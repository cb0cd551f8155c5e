//! Random expressions and inputs, small enough that keys meet and large enough that everything is tried.

mod calls;
mod texts;

use serde_json::{Value, json};

/// A generator of numbers (xorshift64*), the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const KEYS: [&str; 5] = ["a", "b", "c", "foo", "bar"];

/// Any JSON, mostly objects.
pub(crate) fn input(random: &mut Random, depth: usize) -> Value {
    if depth == 0 || random.chance(15) {
        return scalar(random);
    }
    if random.chance(35) {
        let kind = random.below(3);
        return (0..random.below(5))
            .map(|_| match kind {
                0 => json!(random.below(20)),
                1 => json!(texts::word(random)),
                _ => input(random, depth - 1),
            })
            .collect();
    }
    let mut map = serde_json::Map::new();
    for _ in 0..=random.below(4) {
        map.insert(random.pick(&KEYS).to_owned(), input(random, depth - 1));
    }
    Value::Object(map)
}

fn scalar(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => json!(random.chance(50)),
        2 | 3 => number(random),
        _ => json!(texts::word(random)),
    }
}

pub(crate) fn number(random: &mut Random) -> Value {
    let numbers = [0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -1.5, 10.0, 1e6, 1e21, 1e-7, 123_456_789.125, 0.1];
    let number: f64 = random.pick(&numbers);
    if number.fract() == 0.0 && number.abs() < 1e9 {
        json!(format!("{number}").parse::<i64>().unwrap())
    } else {
        json!(number)
    }
}

/// An expression, at times with a mistake in it.
pub(crate) fn expression(random: &mut Random) -> String {
    let depth = 1 + random.below(4);
    let text = expr(random, depth);
    if random.chance(92) { text } else { damaged(random, &text) }
}

/// One character more or less.
fn damaged(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() + 1);
    if random.chance(50) && at < characters.len() {
        characters.remove(at);
    } else {
        let extra: Vec<char> = "[]{}()*.,:|&!<>=@'\"`-a0 #\\".chars().collect();
        characters.insert(at, random.pick(&extra));
    }
    characters.into_iter().collect()
}

pub(super) fn expr(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return leaf(random);
    }
    let sub = |random: &mut Random| expr(random, depth - 1);
    match random.below(20) {
        0 => format!("{}.{}", sub(random), random.pick(&KEYS)),
        1 => format!("{}[{}]", sub(random), random.pick(&["0", "1", "-1", "9", "*", ""])),
        2 => format!("{}{}", sub(random), slice(random)),
        3 => format!("{}[?{}]", sub(random), sub(random)),
        4 => format!("{}.*", sub(random)),
        5 => format!("{}[*].{}", sub(random), random.pick(&KEYS)),
        6 => format!("{}[].{}", sub(random), random.pick(&KEYS)),
        7 => format!("{} || {}", sub(random), sub(random)),
        8 => format!("{} && {}", sub(random), sub(random)),
        9 => format!("!{}", sub(random)),
        10 => format!("{} | {}", sub(random), sub(random)),
        11 => {
            let operator = random.pick(&["==", "!=", "<", "<=", ">", ">="]);
            format!("{} {operator} {}", sub(random), sub(random))
        }
        12 => format!("[{}, {}]", sub(random), sub(random)),
        13 => format!("{{{}: {}, {}: {}}}", random.pick(&KEYS), sub(random), random.pick(&KEYS), sub(random)),
        14 => format!("({})", sub(random)),
        15 => format!("{}.{{x: {}}}", sub(random), sub(random)),
        16 => format!("{}.[{}]", sub(random), sub(random)),
        _ => calls::call(random, depth - 1),
    }
}

fn slice(random: &mut Random) -> String {
    let bound = |random: &mut Random| random.pick(&["", "", "0", "1", "-1", "-2", "5"]).to_owned();
    let (start, stop) = (bound(random), bound(random));
    match random.below(3) {
        0 => format!("[{start}:{stop}]"),
        _ => format!("[{start}:{stop}:{}]", random.pick(&["", "1", "2", "-1", "-2", "0"])),
    }
}

fn leaf(random: &mut Random) -> String {
    match random.below(10) {
        0 => "@".into(),
        1 | 2 => literal(random),
        3 => "missing".into(),
        4 => format!("\"{}\"", random.pick(&KEYS)),
        _ => random.pick(&KEYS).into(),
    }
}

/// A constant of any type.
pub(super) fn literal(random: &mut Random) -> String {
    if random.chance(40) {
        return texts::quoted(&texts::word(random));
    }
    let value = if random.chance(50) { number(random) } else { input(random, 2) };
    format!("`{}`", value.to_string().replace('`', "\\`"))
}
