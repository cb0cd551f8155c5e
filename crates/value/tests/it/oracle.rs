//! Every notation against the libraries that Kubernetes uses, on random input.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Stdio};
use std::{env, io, thread};

use serde_json::Value;

use crate::answers::difference;
use crate::cases::case;
use crate::random::Random;

/// `IRONHULL_ORACLE_SCALARS` is the built program of `oracles/scalars`; `IRONHULL_ORACLE_CASES` and
/// `IRONHULL_ORACLE_SEED` say how many questions to ask and which.
#[test]
fn equals_the_reference() {
    let number = |name: &str, default: u64| {
        env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    };
    // Past the test harness, which swallows what a passing test prints.
    let mut log = io::stderr();
    let Ok(program) = env::var("IRONHULL_ORACLE_SCALARS") else {
        writeln!(log, "SKIPPED: scalars against the reference: IRONHULL_ORACLE_SCALARS is not set").unwrap();
        return;
    };
    let (count, seed) = (number("IRONHULL_ORACLE_CASES", 20_000), number("IRONHULL_ORACLE_SEED", 1));
    let mut random = Random::new(seed);
    let questions: Vec<Value> = (0..count).map(|_| case(&mut random)).collect();
    let replies = ask(&program, &questions);
    let pairs = questions.iter().zip(&replies);
    let differences: Vec<String> = pairs.filter_map(|(asked, reply)| difference(asked, reply)).collect();
    writeln!(log, "scalars against the reference: {count} cases, {} differences", differences.len()).unwrap();
    let shown = differences.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "seed {seed}: {} differences, first ones:\n{shown}", differences.len());
}

/// Asks while reading, so that neither pipe fills up.
fn ask(program: &str, questions: &[Value]) -> Vec<Value> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = BufWriter::new(child.stdin.take().unwrap());
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let replies: Vec<Value> = thread::scope(|scope| {
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
