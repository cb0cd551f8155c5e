//! Kyverno's dialect against Kyverno's own evaluation, on random expressions.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Stdio};
use std::{env, thread};

use ironhull_jmespath::{Dialect, Env, Expression};
use ironhull_value::Value;
use serde_json::json;

use crate::certificates::certificates;
use crate::functions::TABLE;
use crate::random::{Random, expression, input};

struct Case {
    expression: String,
    /// JSON
    input: String,
}

/// `IRONHULL_ORACLE_KYVERNO` is the built program of `oracles/kyverno`; `IRONHULL_ORACLE_CASES` and
/// `IRONHULL_ORACLE_SEED` say how many questions to ask and which.
#[test]
fn the_oracle_answers_the_same() {
    let number = |name: &str, default: u64| {
        env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    let Ok(program) = env::var("IRONHULL_ORACLE_KYVERNO") else {
        say!("SKIPPED: jmespath against the reference: IRONHULL_ORACLE_KYVERNO is not set");
        return;
    };
    let (count, seed) = (number("IRONHULL_ORACLE_CASES", 20_000), number("IRONHULL_ORACLE_SEED", 1));
    let mut random = Random::new(seed);
    let cases: Vec<Case> = (0..count)
        .map(|_| Case { expression: expression(&mut random), input: input(&mut random, 3).to_string() })
        .collect();
    let replies = ask(&program, &cases);
    let mut tally = Tally::default();
    let differences: Vec<String> =
        cases.iter().zip(&replies).filter_map(|(case, reply)| tally.compare(case, reply)).collect();
    say!(
        "jmespath against the reference: {count} cases, {} results and {} errors compared, {} without an order, \
         {} panics of the reference, {} differences",
        tally.results,
        tally.errors,
        tally.unstable,
        tally.panics,
        differences.len()
    );
    let shown = differences.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "seed {seed}: {} differences, first ones:\n{shown}", differences.len());
    assert!(tally.results > 0 && tally.errors > 0, "nothing was compared");
}

/// The examples of the table, and the certificates.
#[test]
fn the_oracle_confirms_the_examples() {
    let Ok(program) = env::var("IRONHULL_ORACLE_KYVERNO") else {
        say!("SKIPPED: jmespath examples against the reference: IRONHULL_ORACLE_KYVERNO is not set");
        return;
    };
    let examples = TABLE.iter().map(|(text, _)| Case { expression: (*text).to_owned(), input: "{}".into() });
    let certificates = certificates()
        .into_iter()
        .map(|text| Case { expression: "x509_decode(@)".into(), input: json!(text).to_string() });
    let cases: Vec<Case> = examples.chain(certificates).collect();
    let replies = ask(&program, &cases);
    let mut tally = Tally::default();
    let differences: Vec<String> = cases
        .iter()
        .zip(&replies)
        .filter(|(case, _)| !case.expression.starts_with("time_now"))
        .filter_map(|(case, reply)| tally.compare(case, reply))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(tally.unstable + tally.panics, 0);
}

#[derive(Default)]
struct Tally {
    results: u64,
    errors: u64,
    unstable: u64,
    panics: u64,
}

impl Tally {
    /// What differs, if anything.
    fn compare(&mut self, case: &Case, reply: &Value) -> Option<String> {
        // There must be an answer of some kind: nothing here may panic.
        let ours = evaluate(case);
        if reply.get("unstable").is_some() {
            self.unstable += 1;
            return None;
        }
        if reply.get("panic").is_some() {
            self.panics += 1;
            return None;
        }
        let wanted = match reply.dig_str(&["error"]).or(reply.dig_str(&["unencodable"])) {
            Some(error) => Err(error.to_owned()),
            None => Ok(reply.get("result").cloned().unwrap_or_default()),
        };
        let counter = if wanted.is_ok() { &mut self.results } else { &mut self.errors };
        *counter += 1;
        let is_same = match (&wanted, &ours) {
            (Ok(wanted), Ok(ours)) => is_equal(wanted, ours),
            (Err(wanted), Err(ours)) => is_excused(ours) || is_same_error(case, wanted, ours),
            (Ok(_), Err(ours)) => is_excused(ours),
            (Err(wanted), Ok(_)) => is_of_items(case, wanted),
        };
        (!is_same).then(|| {
            format!("{} on {}:\n  wanted {wanted:?}\n  found  {ours:?}", case.expression, case.input)
        })
    }
}

/// The result, or the message.
fn evaluate(case: &Case) -> Result<Value, String> {
    let input = exact(&case.input);
    let expression =
        Expression::parse(&case.expression, Dialect::Kyverno).map_err(|error| error.to_string())?;
    let found = expression.search(&input, &mut Env::default()).map_err(|error| error.to_string())?;
    Ok(found.into_owned())
}

/// JSON with every digit of its numbers, which `serde_json` does not promise.
fn exact(text: &str) -> Value {
    let parse = Expression::parse("parse_json(@)", Dialect::Kyverno).unwrap();
    let text = Value::from(text);
    parse.search(&text, &mut Env::default()).unwrap().into_owned()
}

/// Errors that are only ours: a number that is not finite cannot stand in a list or an object, and what the
/// environment does not have is not swallowed.
fn is_excused(ours: &str) -> bool {
    ours.starts_with("json: unsupported value") || ours == "a name service is not available here"
}

/// Byte for byte, but for YAML, whose parser is another one, and what Go prints of an expression.
fn is_same_error(case: &Case, wanted: &str, ours: &str) -> bool {
    wanted == ours
        || wanted.contains("yaml: ") && ours.contains("yaml: ")
        || wanted.starts_with("Invalid type for: {{") && ours.starts_with("Invalid type for: {expression}")
        || wanted.contains("invalid host: ParseAddr") && ours.contains("invalid host: ParseAddr")
        || is_of_items(case, wanted)
}

/// What `items` returns is a list like any other here.
fn is_of_items(case: &Case, wanted: &str) -> bool {
    let complaints =
        ["unknown type", "is not of type Object or Array", "is not of type StringArray", "Types mismatch"];
    case.expression.contains("items(") && complaints.iter().any(|complaint| wanted.contains(complaint))
}

/// JSON has one kind of number, and Go has 64 bits for it.
fn is_equal(wanted: &Value, ours: &Value) -> bool {
    match (wanted, ours) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            wanted.as_f64() == ours.as_f64()
        }
        (Value::Array(wanted), Value::Array(ours)) => {
            wanted.len() == ours.len()
                && wanted.iter().zip(ours.iter()).all(|(wanted, ours)| is_equal(wanted, ours))
        }
        (Value::Map(wanted), Value::Map(ours)) => {
            wanted.len() == ours.len()
                && wanted
                    .iter()
                    .zip(ours.iter())
                    .all(|((key, wanted), (other, ours))| key == other && is_equal(wanted, ours))
        }
        _ => wanted == ours,
    }
}

/// Asks while reading, so that neither pipe fills up.
fn ask(program: &str, cases: &[Case]) -> Vec<Value> {
    let mut child = Command::new(program)
        .arg("jmespath")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = BufWriter::new(child.stdin.take().unwrap());
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let replies: Vec<Value> = thread::scope(|scope| {
        scope.spawn(move || {
            for case in cases {
                let expression = json!(case.expression);
                writeln!(stdin, "{{\"expression\":{expression},\"input\":{}}}", case.input).unwrap();
            }
        });
        stdout.lines().map(|line| exact(&line.unwrap())).collect()
    });
    assert!(child.wait().unwrap().success(), "the oracle failed");
    assert_eq!(replies.len(), cases.len(), "the oracle left questions unanswered");
    replies
}
