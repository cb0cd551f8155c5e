//! Scopes, ports, budgets, and what is borrowed.

use std::borrow::Cow;
use std::cell::RefCell;

use ironhull_jmespath::{
    Dialect, Env, Error, Expression, ImageDefaults, Input, Limit, Limits, Mistake, Now, Resolver, Scope,
};
use ironhull_value::{Key, Value};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn kyverno(text: &str) -> Expression {
    Expression::parse(text, Dialect::Kyverno).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Variables that note who asked for them.
struct Variables {
    request: Value,
    asked: RefCell<Vec<String>>,
}

impl Variables {
    fn new() -> Self {
        Self { request: json(r#"{"object": {"kind": "Pod"}}"#), asked: RefCell::default() }
    }
}

impl Scope for Variables {
    fn get(&self, name: &str) -> Result<Option<Cow<'_, Value>>, String> {
        self.asked.borrow_mut().push(name.to_owned());
        match name {
            "request" => Ok(Some(Cow::Borrowed(&self.request))),
            "computed" => Ok(Some(Cow::Owned(Value::Int(7)))),
            "broken" => Err("failed to load context entry broken".into()),
            _ => Ok(None),
        }
    }

    fn whole(&self) -> Result<Value, String> {
        self.asked.borrow_mut().push("@".into());
        Ok(json(r#"{"request": {}, "computed": 7}"#))
    }
}

#[test]
fn a_scope_is_asked_only_for_what_is_named() {
    for (text, expected, asked) in [
        ("request.object.kind", r#""Pod""#, vec!["request"]),
        ("@.request.object.kind", r#""Pod""#, vec!["request"]),
        ("add(computed, `1`)", "8", vec!["computed"]),
        ("missing || computed", "7", vec!["missing", "computed"]),
        ("[computed, computed]", "[7, 7]", vec!["computed", "computed"]),
        ("{a: computed} | a", "7", vec!["computed"]),
        ("keys(@)", r#"["computed", "request"]"#, vec!["@"]),
        ("@ == @", "true", vec!["@"]),
        ("length(*)", "2", vec!["@"]),
        ("!@", "false", vec!["@"]),
        ("@", r#"{"request": {}, "computed": 7}"#, vec!["@"]),
    ] {
        let variables = Variables::new();
        let expression = kyverno(text);
        let scope: &dyn Scope = &variables;
        let found = expression.search(scope, &mut Env::default()).unwrap();
        assert_eq!(*found, json(expected), "{text}");
        assert_eq!(*variables.asked.borrow(), asked, "{text}");
    }
}

#[test]
fn a_variable_that_cannot_be_loaded_ends_everything() {
    let variables = Variables::new();
    for text in
        ["broken", "broken || `1`", "broken[]", "broken.*", "broken[?a]", "[broken]", "not_null(broken)"]
    {
        for dialect in [Dialect::Kyverno, Dialect::Standard] {
            let expression = Expression::parse(text, dialect).unwrap();
            let found = expression.search(Input::Scope(&variables), &mut Env::default());
            assert_eq!(found, Err(Error::Scope("failed to load context entry broken".into())), "{text}");
        }
    }
    let scope: &dyn Scope = &variables;
    let found = kyverno("missing.a").search(scope, &mut Env::default()).unwrap_err();
    assert_eq!(found.to_string(), r#"Unknown key "missing" in path"#);
}

#[test]
fn what_is_selected_is_borrowed() {
    let input = json(r#"{"a": [{"b": [1, 2]}]}"#);
    for text in
        ["a[0].b", "missing || a", "a && a", "a | [0]", "not_null(a)", "a[]", "@", "`[1]`", "to_array(a)"]
    {
        let expression = kyverno(text);
        let found = expression.search(&input, &mut Env::default()).unwrap();
        assert!(matches!(found, Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn missing_keys_are_errors_where_upstream_has_them() {
    let input = json(r#"{"a": {"b": null}, "list": [{"x": 1}, {}]}"#);
    for (text, expected) in [
        ("c", Err("c")),
        ("a.c", Err("c")),
        ("a.c.d", Err("c")),
        ("a.b.c", Ok("null")),
        ("list.c", Ok("null")),
        ("a && c", Err("c")),
        ("c && a", Ok("null")),
        ("c || a", Ok(r#"{"b": null}"#)),
        ("c || d", Ok("null")),
        ("c | @", Ok("null")),
        ("@ | c", Ok("null")),
        ("!c", Ok("true")),
        ("c == `null`", Ok("true")),
        ("[c]", Ok("[null]")),
        ("{k: c}", Ok(r#"{"k": null}"#)),
        ("list[*].x", Ok("[1]")),
        ("c[*].x", Ok("null")),
        ("c[]", Ok("null")),
        ("c.*", Ok("null")),
        ("c[?x]", Ok("null")),
        ("c[0]", Err("c")),
        ("unknown(a)[]", Ok("null")),
        ("type(c)", Ok(r#""null""#)),
        ("list[*].x.y", Ok("[]")),
        ("a.*.type(@)", Ok(r#"["null", "null"]"#)),
    ] {
        let found = kyverno(text).search(&input, &mut Env::default()).map(Cow::into_owned);
        let expected = expected.map(json).map_err(|key| Error::NotFound(Key::new(key)));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn the_standard_checks_calls_when_it_compiles() {
    for (text, kind) in [
        ("unknown(a)", Mistake::UnknownFunction),
        ("abs()", Mistake::InvalidArity),
        ("abs('x')", Mistake::InvalidType),
        ("sort_by(a, b)", Mistake::InvalidType),
        ("abs(&a)", Mistake::InvalidType),
        ("add(a, b)", Mistake::UnknownFunction),
        ("a[::0]", Mistake::InvalidValue),
        ("&a", Mistake::Syntax),
        ("f(a b)", Mistake::Syntax),
        ("f(a,)", Mistake::Syntax),
        ("{a: b c: d}", Mistake::Syntax),
        ("[0", Mistake::Syntax),
    ] {
        assert_eq!(Expression::parse(text, Dialect::Standard).unwrap_err().kind, kind, "{text}");
    }
}

#[test]
fn messages_of_the_parser_are_upstream_s() {
    for (text, offset, message) in [
        ("a.", 2, "SyntaxError: Expected identifier, lbracket, or lbrace"),
        ("a#", 1, "SyntaxError: Unknown char: '#'"),
        ("'a", 2, "SyntaxError: Unclosed delimiter: '"),
        ("a b", 2, "SyntaxError: Unexpected token at the end of the expression: tUnquotedIdentifier"),
        ("`tru`", 0, "invalid character ' ' in literal true (expecting 'e')"),
        ("", 0, "SyntaxError: Incomplete expression"),
        ("a[99999999999999999999]", 2, r#"strconv.Atoi: parsing "99999999999999999999": value out of range"#),
        ("\"a\"(b)", 0, "SyntaxError: Can't have quoted identifier as function Name."),
    ] {
        let error = Expression::parse(text, Dialect::Kyverno).unwrap_err();
        assert_eq!((error.offset, error.to_string().as_str()), (offset, message), "{text}");
    }
}

#[test]
fn ports_are_asked_and_their_absence_is_an_error() {
    let evaluate = |text: &str, env: &mut Env<'_>| {
        let expression = kyverno(text);
        expression
            .search(&Value::Null, env)
            .map(|value| serde_json::to_string(&*value).unwrap())
            .map_err(|error| error.to_string())
    };
    let now = Some(Now { seconds: 1_700_000_000, nanoseconds: 5, offset: 19_800 });
    let mut env = Env { now, ..Env::default() };
    assert_eq!(evaluate("time_now()", &mut env).unwrap(), r#""2023-11-15T03:43:20+05:30""#);
    assert_eq!(evaluate("time_now_utc()", &mut env).unwrap(), r#""2023-11-14T22:13:20Z""#);
    assert_eq!(
        evaluate("time_since('', '2023-11-14T22:13:19Z', '')", &mut env).unwrap(),
        r#""1.000000005s""#
    );
    let mut next = 0_u8;
    let mut fill = |bytes: &mut [u8]| {
        for byte in bytes {
            next = next.wrapping_mul(5).wrapping_add(3);
            *byte = next;
        }
    };
    let mut env = Env { random: Some(&mut fill), ..Env::default() };
    for pattern in ["[a-z0-9]{6}", "(ab|c)+x?", "[^a]"] {
        let made = evaluate(&format!("random('{pattern}')"), &mut env).unwrap();
        let made: String = serde_json::from_str(&made).unwrap();
        let check = format!("regex_match('^(?:{pattern})$', @)");
        assert_eq!(
            *kyverno(&check).search(&Value::from(made.as_str()), &mut env).unwrap(),
            Value::Bool(true)
        );
    }
    let names = Names;
    let mut env = Env { resolver: Some(&names), ..Env::default() };
    assert_eq!(evaluate("is_external_url('https://outside/')", &mut env).unwrap(), "true");
    assert_eq!(evaluate("is_external_url('https://mixed/')", &mut env).unwrap(), "false");
    assert_eq!(evaluate("is_external_url('https://nowhere/')", &mut env).unwrap_err(), "no such host");
    for (text, message) in [
        ("time_now()", "the time is not available here"),
        ("random('a')[]", "randomness is not available here"),
        ("is_external_url('http://a')[]", "a name service is not available here"),
    ] {
        let mut env = Env::default();
        // A literal needs no randomness.
        let found = evaluate(&text.replace("'a'", "'[ab]'"), &mut env);
        assert_eq!(found.unwrap_err(), message, "{text}");
    }
    let images = ImageDefaults { registry: "registry.example".into(), add_registry: false };
    let mut env = Env { images, ..Env::default() };
    assert_eq!(evaluate("image_normalize('a')", &mut env).unwrap(), r#""a:latest""#);
    assert_eq!(evaluate("image_normalize('b.io/a')", &mut env).unwrap(), r#""b.io/a:latest""#);
}

struct Names;

impl Resolver for Names {
    fn lookup(&self, host: &str) -> Result<Vec<std::net::IpAddr>, String> {
        match host {
            "outside" => Ok(vec!["8.8.8.8".parse().unwrap()]),
            "mixed" => Ok(vec!["8.8.8.8".parse().unwrap(), "fd00::1".parse().unwrap()]),
            _ => Err("no such host".into()),
        }
    }
}

#[test]
fn hostile_expressions_end() {
    let big = Value::from(vec![Value::from("x".repeat(1000).as_str()); 1000]);
    let mut double = String::from("to_string(@)");
    for _ in 0..60 {
        double.push_str(" | join('', [@, @])");
    }
    let triple = "@".to_owned() + &" | [*].[@, @, @][]".repeat(20);
    let mut fill = |bytes: &mut [u8]| bytes.fill(0xfe);
    for (text, limit) in [
        (double.as_str(), Limit::Bytes),
        ("replace_all(to_string(@), 'x', to_string(@))", Limit::Bytes),
        (triple.as_str(), Limit::Steps),
        (
            "regex_replace_all('x', to_string(@), '$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0')",
            Limit::Bytes,
        ),
        ("random('((a*)*)*')", Limit::Steps),
    ] {
        let mut env = Env {
            random: Some(&mut fill),
            limits: Limits { steps: 2_000_000, ..Limits::default() },
            ..Env::default()
        };
        let found = kyverno(text).search(&big, &mut env).map(|_| ());
        assert_eq!(found, Err(Error::Limit(limit)), "{text:.60}");
    }
    let mut env = Env { limits: Limits { steps: 100, ..Limits::default() }, ..Env::default() };
    // Not even where other errors are swallowed.
    assert_eq!(kyverno("@[*].length(@)[]").search(&big, &mut env), Err(Error::Limit(Limit::Steps)));
}

#[test]
fn nesting_is_limited_and_chains_are_not() {
    for (text, fits) in [
        ("(".repeat(100) + "a" + &")".repeat(100), true),
        ("(".repeat(1000) + "a" + &")".repeat(1000), false),
        ("!".repeat(10_000) + "a", false),
        ("[".repeat(10_000) + "a", false),
        ("a".to_owned() + &"[]".repeat(10_000), false),
        ("a".to_owned() + &"(a)".repeat(10_000), true),
        ("a".to_owned() + &".a".repeat(10_000), true),
        ("a".to_owned() + &"[0]".repeat(10_000), true),
        ("a".to_owned() + &" || a".repeat(10_000), true),
        ("a".to_owned() + &" && a".repeat(10_000), true),
        ("a".to_owned() + &" | a".repeat(10_000), true),
        ("a".to_owned() + &"[*].a".repeat(10_000), false),
        (format!("`{}1{}`", "[".repeat(5000), "]".repeat(5000)), false),
        ("a".repeat(2 << 20), false),
    ] {
        let expression = Expression::parse(&text, Dialect::Kyverno);
        assert_eq!(expression.is_ok(), fits, "{text:.20}");
        if let Ok(expression) = expression {
            let _ = expression.search(&Value::Null, &mut Env::default());
        }
    }
}

#[test]
fn deep_data_is_walked_up_to_a_limit() {
    let mut deep = Value::Null;
    for _ in 0..1500 {
        deep = Value::from(vec![deep]);
    }
    for text in ["to_string(@)", "@ == to_array(@)[0]", "contains([@], @)"] {
        let found = kyverno(text).search(&deep, &mut Env::default()).map(|_| ());
        assert_eq!(found, Err(Error::Limit(Limit::Depth)), "{text}");
    }
    assert!(kyverno("abs(@)").search(&deep, &mut Env::default()).is_err());
}
