use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;

use super::*;

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn texts_become_canonical() {
    for (text, expected) in [
        ("0", "0"),
        ("+1", "+1"),
        ("100m", "100m"),
        ("0.1", "100m"),
        ("1.5", "1500m"),
        ("1.500", "1.500"),
        ("1000", "1k"),
        ("1.5Gi", "1536Mi"),
        ("1Ki", "1Ki"),
        ("1024", "1024"),
        ("0.5Ki", "512"),
        ("1.1Ki", "1126400m"),
        ("1e3", "1e3"),
        ("10e3", "10e3"),
        ("1E3", "1E3"),
        ("1E", "1E"),
        ("0.0000000001", "1n"),
        ("-0.0000000001", "-1n"),
        ("9999999999999999999999", "9999999999999999999999"),
        ("100Ei", "9223372036854775807"),
        ("-100Ei", "-9223372036854775807"),
        ("1000E", "1"),
        ("+", "0"),
        (".", "0"),
        ("Ki", "0"),
    ] {
        assert_eq!(quantity(text).to_string(), expected, "{text}");
    }
}

#[test]
fn errors_are_told_apart() {
    for (text, expected) in [
        ("", QuantityError::Format),
        ("1 ", QuantityError::Format),
        ("1e3.5", QuantityError::Format),
        ("1.1.1", QuantityError::Format),
        ("1K", QuantityError::Suffix),
        ("1e", QuantityError::Suffix),
        ("1mm", QuantityError::Suffix),
        ("1e99999999999999999999", QuantityError::Suffix),
        ("Ei", QuantityError::Number),
        ("e-10", QuantityError::Number),
    ] {
        assert_eq!(Quantity::parse(text), Err(expected), "{text}");
    }
}

#[test]
fn numbers_are_read_too() {
    let read = |json: &str| Quantity::from_value(&serde_json::from_str(json).unwrap());
    assert_eq!(read("2").unwrap().to_string(), "2");
    assert_eq!(read("0.25").unwrap().to_string(), "250m");
    assert_eq!(read("1e21").unwrap().to_string(), "1e+21");
    assert_eq!(read(r#"" 1Gi ""#).unwrap().to_string(), "1Gi");
    assert_eq!(read("true"), Err(QuantityError::WrongType(Type::Bool)));
    assert_eq!(read("null"), Err(QuantityError::WrongType(Type::Null)));
}

#[test]
fn floats_are_written_as_go_writes_them() {
    for (number, expected) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.001, "0.001"),
        (1e-6, "0.000001"),
        (1.25e-6, "0.00000125"),
        (9.9e-7, "9.9e-7"),
        (5e-324, "5e-324"),
        (123_456_789.0, "123456789"),
        (1e20, "100000000000000000000"),
        (1.5e20, "150000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        // Exactly between two forms of 17 digits.
        (f64::from_bits(0x4274_5281_75be_f880), "1396536990703.5312"),
    ] {
        assert_eq!(float::to_json(number), expected);
    }
}

#[test]
fn conversions() {
    assert_eq!(quantity("1.2").to_i64(), Some(2));
    assert_eq!(quantity("-1.2").to_i64(), Some(-2));
    assert_eq!(quantity("250m").milli(), Some(250));
    assert_eq!(quantity("100E").to_i64(), None);
    assert_eq!(quantity("1Pi").to_i64(), Some(1 << 50));
    assert_eq!(quantity("1Pi").as_i64(), None);
    assert_eq!(quantity("1k").as_i64(), Some(1000));
    assert_eq!(quantity("1000m").as_i64(), None);
    assert!((quantity("1.5Gi").as_f64() - 1_610_612_736.0).abs() < f64::EPSILON);
}

#[test]
fn huge_exponents_cost_nothing() {
    let huge = quantity("1e2000000000");
    assert!(huge > quantity("9e1999999999"));
    assert_eq!(huge.to_i64(), None);
    assert_eq!(quantity("1e-2000000000").to_string(), "1e-9");
}

#[test]
fn arithmetic_is_exact() {
    let sum = |left: &str, right: &str| quantity(left).plus(&quantity(right)).unwrap().to_string();
    let difference = |left: &str, right: &str| quantity(left).minus(&quantity(right)).unwrap().to_string();
    let product = |left: &str, right: &str| quantity(left).times(&quantity(right)).unwrap().to_string();
    let quotient = |left: &str, right: &str| quantity(left).divided(&quantity(right)).unwrap().to_string();
    assert_eq!(sum("10Ki", "10Ki"), "20Ki");
    assert_eq!(sum("0", "1Ki"), "1Ki");
    assert_eq!(sum("12Mi", "1"), "12582913");
    assert_eq!(sum("1k", "-1m"), "999999m");
    assert_eq!(sum("7Ei", "7Ei"), "14Ei");
    assert_eq!(sum("9223372036854775807", "1"), "9223372036854775808");
    assert_eq!(difference("10Ki", "10Ki"), "0");
    assert_eq!(difference("1", "1Ki"), "-1023");
    assert_eq!(product("12Mi", "2"), "24Mi");
    assert_eq!(product("1m", "1m"), "1u");
    assert_eq!(product("7Ei", "1Ki"), "7");
    assert_eq!(quotient("10Gi", "3"), "3579139413");
    assert_eq!(quotient("1", "3"), "0");
    assert_eq!(quotient("1", "3.000000000"), "333333333n");
    assert_eq!(quotient("-10", "4.0"), "-2500m");
    assert!(quantity("1").divided(&quantity("0")).is_none());
    assert!(quantity("1e2000000000").plus(&quantity("1")).is_none());
}

/// Texts from all over the notation, but without exponents that have no suffix.
fn texts() -> impl Strategy<Value = String> {
    let number = "[-+]?[0-9]{1,20}(\\.[0-9]{0,12})?";
    let suffix = prop_oneof![
        Just(String::new()),
        "[numkMGTPE]",
        "[KMGTPE]i",
        (-12..12).prop_map(|exponent| format!("e{exponent}")),
    ];
    (number, suffix).prop_map(|(number, suffix)| number + &suffix)
}

fn hash(quantity: &Quantity) -> u64 {
    let mut hasher = DefaultHasher::new();
    quantity.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #[test]
    fn the_canonical_form_round_trips(text in texts()) {
        let first = quantity(&text);
        let canonical = first.canonical();
        // Beyond exa there is no suffix, and upstream loses the magnitude.
        prop_assume!(first.format() != Format::DecimalSi || first.decimal().engineering().1 <= 18);
        let second = quantity(&canonical);
        prop_assert_eq!(&second, &first);
        prop_assert_eq!(second.canonical(), canonical);
        prop_assert_eq!(hash(&second), hash(&first));
    }

    #[test]
    fn the_order_is_total(a in texts(), b in texts(), c in texts()) {
        let (a, b, c) = (quantity(&a), quantity(&b), quantity(&c));
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
        prop_assert_eq!(a == b, hash(&a) == hash(&b));
    }

    #[test]
    fn negation_mirrors(text in "[0-9]{1,20}(\\.[0-9]{0,12})?([KMG]i|[numkMG])?") {
        let (plus, minus) = (quantity(&text), quantity(&format!("-{text}")));
        prop_assert_eq!(minus.sign(), -plus.sign());
        prop_assert_eq!(minus.to_i64(), plus.to_i64().map(|value| -value));
        prop_assert_eq!(minus.milli(), plus.milli().map(|value| -value));
    }

    #[test]
    fn integers_are_ordered_as_integers(a: i64, b: i64) {
        let parsed = quantity(&a.to_string());
        prop_assert_eq!(parsed.to_i64(), Some(a));
        prop_assert_eq!(parsed.cmp(&Quantity::from_int(b)), a.cmp(&b));
    }

    #[test]
    fn never_panics(text in ".{0,12}|[-+0-9.eEinumkKMGTP]{0,14}") {
        if let Ok(quantity) = Quantity::parse(&text) {
            let _ = (quantity.to_string(), quantity.canonical(), quantity.milli(), quantity.as_f64());
        }
    }
}
