//! Mutations against Kyverno itself, on random input.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Stdio};
use std::{env, io, thread};

use ironhull_policy::kyverno::mutate::{MutateError, json6902, strategic_merge};
use ironhull_value::{Value, diff, wildcard_match};
use serde_json::{Value as Json, json};

use crate::mutations::question;
use crate::random::Random;

/// `IRONHULL_ORACLE_KYVERNO_MUTATE` is the built program of `oracles/kyverno-mutate`;
/// `IRONHULL_ORACLE_CASES` and `IRONHULL_ORACLE_SEED` say how many questions to ask and which.
#[test]
fn equals_kyverno() {
    let number = |name: &str, default: u64| {
        env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    // Past the test harness, which swallows what a passing test prints.
    let mut log = io::stderr();
    let Ok(program) = env::var("IRONHULL_ORACLE_KYVERNO_MUTATE") else {
        writeln!(log, "SKIPPED: mutations against Kyverno: IRONHULL_ORACLE_KYVERNO_MUTATE is not set")
            .unwrap();
        return;
    };
    let (count, seed) = (number("IRONHULL_ORACLE_CASES", 20_000), number("IRONHULL_ORACLE_SEED", 1));
    let mut random = Random::new(seed);
    let questions: Vec<Json> = (0..count).map(|_| question(&mut random)).collect();
    let replies = ask(&program, &questions);
    let results = replies.iter().filter(|reply| reply.get("error").is_none()).count();
    let pairs = questions.iter().zip(&replies);
    let differences: Vec<String> = pairs.filter_map(|(asked, reply)| difference(asked, reply)).collect();
    writeln!(
        log,
        "mutations against Kyverno: {count} cases, {results} of them without error, {} differences",
        differences.len()
    )
    .unwrap();
    let shown = differences.iter().take(8).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(differences.is_empty(), "seed {seed}: {} differences, first ones:\n{shown}", differences.len());
}

fn difference(asked: &Json, reply: &Json) -> Option<String> {
    let (ours, theirs) = (normal(answer(asked)), normal(reply.clone()));
    // To the Go library a null that the patch itself has put somewhere is a value, not a gap to be filled.
    let second = asked["op"] == "json6902" && asked["patch"].as_array().is_some_and(|patch| patch.len() > 1);
    if second && theirs == json!({"error": "invalid state detected"}) {
        return None;
    }
    (ours != theirs).then(|| format!("asked  {asked}\nours   {ours}\ntheirs {theirs}"))
}

fn answer(asked: &Json) -> Json {
    let value = |name: &str| serde_json::from_value::<Value>(asked[name].clone()).unwrap();
    let result = match asked["op"].as_str().unwrap() {
        "strategic" => strategic_merge(&value("resource"), &value("patch"), &holds),
        "json6902" => json6902(&value("resource"), &asked["patch"].to_string()),
        _ => return json!({"result": diff(&value("resource"), &value("patch"))}),
    };
    match result {
        Ok(result) => json!({"result": result}),
        // Go names lines here.
        Err(MutateError::Duplicate(_)) => json!({"error": "duplicate"}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// Lists of operations come in any order from Go, whose maps have none.
fn normal(mut reply: Json) -> Json {
    if let Some(operations) = reply.get_mut("result").and_then(Json::as_array_mut) {
        operations.sort_by_cached_key(Json::to_string);
    }
    if reply["error"].as_str().is_some_and(|text| text.contains("already defined at")) {
        return json!({"error": "duplicate"});
    }
    reply
}

/// As much of the matching of patterns as the random conditions need.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Map(map), Value::Map(wanted)) => wanted.iter().all(|(key, wanted)| {
            let value = map.get(key).unwrap_or(&Value::Null);
            holds(value, wanted)
        }),
        (Value::Array(items), Value::Array(wanted)) => match wanted.first() {
            None => false,
            Some(first) => items.iter().all(|item| holds(item, first)),
        },
        (Value::Array(items), Value::Str(_)) => items.iter().all(|item| holds(item, pattern)),
        (_, Value::Map(_) | Value::Array(_)) => false,
        (Value::Null, Value::Null) => true,
        (value, Value::Str(wanted)) => {
            let text = match value {
                Value::Str(text) => text.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                _ => return false,
            };
            match wanted.strip_prefix('!') {
                Some(wanted) => !wildcard_match(wanted, &text),
                None => text == wanted.as_str() || wildcard_match(wanted, &text),
            }
        }
        _ => value == pattern,
    }
}

/// Asks while reading, so that neither pipe fills up.
fn ask(program: &str, questions: &[Json]) -> Vec<Json> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Kyverno logs every condition that does not hold.
        .stderr(Stdio::null())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = BufWriter::new(child.stdin.take().unwrap());
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let replies: Vec<Json> = thread::scope(|scope| {
        scope.spawn(move || {
            for question in questions {
                writeln!(stdin, "{question}").unwrap();
            }
        });
        stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    });
    assert!(child.wait().unwrap().success(), "the oracle failed");
    assert_eq!(replies.len(), questions.len(), "the oracle left questions unanswered");
    replies
}
