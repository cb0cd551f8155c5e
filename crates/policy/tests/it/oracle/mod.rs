//! Kyverno's own code, `oracles/kyverno`, against ours.

mod mutation;
mod pattern;
mod policy;
mod types;

use std::env;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

/// How a comparison is run: `IRONHULL_ORACLE_KYVERNO` is the built program of `oracles/kyverno`;
/// `IRONHULL_ORACLE_CASES` and `IRONHULL_ORACLE_SEED` say how many questions to ask and which.
pub(crate) struct Setting {
    program: String,
    pub(crate) cases: u64,
    pub(crate) seed: u64,
}

impl Setting {
    /// `None`, aloud, without a program.
    pub(crate) fn of(what: &str) -> Option<Self> {
        let number = |name: &str, default: u64| {
            env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
        };
        let Ok(program) = env::var("IRONHULL_ORACLE_KYVERNO") else {
            say!("SKIPPED: {what} against Kyverno: IRONHULL_ORACLE_KYVERNO is not set");
            return None;
        };
        let (cases, seed) = (number("IRONHULL_ORACLE_CASES", 20_000), number("IRONHULL_ORACLE_SEED", 1));
        Some(Self { program, cases, seed })
    }

    /// Asks while reading, so that neither pipe fills up.
    pub(crate) fn ask(&self, job: &str, questions: &[Value]) -> Vec<Value> {
        let mut child = Command::new(&self.program)
            .arg(job)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Kyverno logs every condition that does not hold.
            .stderr(Stdio::null())
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
}
