//! The reference engine (`oracles/pod-security`, a Go program on upstream's published module) and ours on
//! the same input, random pods and upstream's fixtures: decisions and texts must be equal.
//!
//! - `IRONHULL_ORACLE_POD_SECURITY`: the built program. Without it the test is skipped.
//! - `IRONHULL_ORACLE_CASES`: how many random cases, 20000 by default.
//! - `IRONHULL_ORACLE_SEED`: which ones, 1 by default.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{ChildStdout, Command, Stdio};

use ironhull_podsecurity::{
    CHECKS, Level, LevelVersion, PodRef, Policy, Version, audit_error, evaluate, resolve_labels,
};
use ironhull_value::Value;

use crate::fixtures;
use crate::random::{Random, labels, pod};

#[test]
fn decisions_and_texts_are_those_of_the_reference() {
    let Ok(program) = std::env::var("IRONHULL_ORACLE_POD_SECURITY") else {
        say!("SKIPPED: pod security oracle: IRONHULL_ORACLE_POD_SECURITY does not name the built program");
        return;
    };
    let count: u64 = number("IRONHULL_ORACLE_CASES", 20_000);
    let seed: u64 = number("IRONHULL_ORACLE_SEED", 1);

    let mut child = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    let mut input = BufWriter::new(child.stdin.take().unwrap());
    let fixtures = fixtures::pods();
    let mut tally = Tally::default();
    std::thread::scope(|scope| {
        let fixtures = &fixtures;
        // Both sides generate the same cases, so that none is kept in memory.
        scope.spawn(move || {
            for case in cases(fixtures, seed, count) {
                writeln!(input, "{}", case.request()).unwrap();
            }
            input.flush().unwrap();
        });
        let mut answers = Answers(BufReader::new(child.stdout.take().unwrap()));
        for case in cases(fixtures, seed, count) {
            let theirs = answers.next();
            let ours = case.answer(&mut tally);
            tally.count(&ours);
            if ours != theirs {
                tally.differ(&case, &ours, &theirs);
            }
        }
    });
    assert!(child.wait().unwrap().success());
    say!("pod security oracle: {tally:?}");
    assert_eq!(tally.differences, 0, "differences of {count} cases, the first ones above");
    assert_eq!(tally.false_allows, 0);
    for check in CHECKS {
        assert!(count < 1000 || tally.violations.contains_key(check.id.as_str()), "{} never ran", check.id);
    }
    // The generator must not degenerate into pods that all look the same.
    for (outcome, share) in [("allowed", 20), ("forbidden", 4), ("invalid", 100), ("labels", 50)] {
        let seen = tally.outcomes.get(outcome).copied().unwrap_or(0);
        assert!(seen >= count / share, "only {seen} of {count} cases were {outcome}");
    }
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .map_or(default, |text| text.parse().unwrap_or_else(|error| panic!("{variable}: {error}: {text}")))
}

/// Every fixture at its own level and at the strictest one, then the random cases.
fn cases(fixtures: &[(LevelVersion, String)], seed: u64, count: u64) -> impl Iterator<Item = Case> {
    let strictest = LevelVersion::new(Level::Restricted, Version::Latest);
    let fixtures = fixtures.iter().flat_map(move |(level, pod)| {
        [*level, strictest].map(|level| Case::Pod { level: level.to_string(), pod: pod.clone() })
    });
    fixtures.chain(random_cases(seed, count))
}

fn random_cases(seed: u64, count: u64) -> impl Iterator<Item = Case> {
    (0..count).map(move |index| {
        let mut random = Random::new(seed.wrapping_mul(1_000_000_007).wrapping_add(index));
        if random.once_in(20) {
            let level = Level::ALL[usize::try_from(random.below(3)).unwrap()];
            Case::Labels { labels: labels(&mut random), defaults: format!("{level}:v1.{}", random.below(40)) }
        } else {
            let level = if random.once_in(30) {
                "privileged"
            } else {
                random.pick(&["baseline", "restricted", "restricted"])
            };
            let level = match random.below(3) {
                0 => format!("{level}:latest"),
                _ => format!("{level}:v1.{}", random.below(40)),
            };
            Case::Pod { level, pod: pod(&mut random) }
        }
    })
}

#[derive(Debug)]
enum Case {
    Pod { level: String, pod: String },
    Labels { labels: String, defaults: String },
}

/// What can be compared. The texts of decoding errors are not upstream's, so they are left out.
#[derive(Debug, PartialEq)]
enum Answer {
    Decided { message: String, reasons: String },
    Invalid,
    Labels { policy: Vec<String>, error: String },
}

impl Case {
    fn request(&self) -> String {
        match self {
            Self::Pod { level, pod } => {
                let (level, version) = level.split_once(':').unwrap();
                format!(r#"{{"level":"{level}","version":"{version}","pod":{pod}}}"#)
            }
            Self::Labels { labels, defaults } => format!(r#"{{"labels":{labels},"defaults":"{defaults}"}}"#),
        }
    }

    fn answer(&self, tally: &mut Tally) -> Answer {
        match self {
            Self::Pod { level, pod } => {
                let pod: Value = serde_json::from_str(pod).unwrap();
                let level: LevelVersion = level.parse().unwrap();
                match PodRef::of(&pod).and_then(|pod| evaluate(level, pod)) {
                    Err(_) => Answer::Invalid,
                    Ok(decision) => {
                        for violation in &decision.violations {
                            assert!(!violation.fields.is_empty(), "{} names no field", violation.check);
                            *tally.violations.entry(violation.check.as_str()).or_default() += 1;
                        }
                        Answer::Decided { message: decision.message(), reasons: decision.reasons() }
                    }
                }
            }
            Self::Labels { labels, defaults } => {
                let labels: Value = serde_json::from_str(labels).unwrap();
                let (policy, errors) = resolve_labels(&labels, &Policy::uniform(defaults.parse().unwrap()));
                let policy = [policy.enforce, policy.audit, policy.warn];
                let error = audit_error(&errors).unwrap_or_default();
                Answer::Labels {
                    policy: policy.iter().map(ToString::to_string).collect(),
                    error: error.strip_prefix("Failed to parse policy: ").unwrap_or(&error).into(),
                }
            }
        }
    }
}

struct Answers(BufReader<ChildStdout>);

impl Answers {
    fn next(&mut self) -> Answer {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        let answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("the oracle wrote {line:?}: {error}"));
        let text = |key| answer.dig_str(&[key]).unwrap_or_default().to_owned();
        let policy = answer.dig_items(&["policy"]);
        if !policy.is_empty() {
            let policy = policy.iter().map(|mode| mode.as_str().unwrap().to_owned()).collect();
            return Answer::Labels { policy, error: text("error") };
        }
        let error = text("error");
        if !error.is_empty() {
            // Anything else is a mistake of ours in talking to the oracle.
            assert!(error.starts_with("pod: "), "{error}");
            return Answer::Invalid;
        }
        let message = text("message");
        assert_eq!(answer.get("allowed"), Some(&Value::Bool(message.is_empty())));
        Answer::Decided { message, reasons: text("reasons") }
    }
}

#[derive(Debug, Default)]
struct Tally {
    outcomes: BTreeMap<&'static str, u64>,
    violations: BTreeMap<&'static str, u64>,
    differences: u64,
    /// Allowed by us and not by the reference.
    false_allows: u64,
}

impl Tally {
    fn count(&mut self, ours: &Answer) {
        let outcome = match ours {
            Answer::Decided { message, .. } if message.is_empty() => "allowed",
            Answer::Decided { .. } => "forbidden",
            Answer::Invalid => "invalid",
            Answer::Labels { .. } => "labels",
        };
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    fn differ(&mut self, case: &Case, ours: &Answer, theirs: &Answer) {
        self.differences += 1;
        let is_allowed =
            |answer: &Answer| matches!(answer, Answer::Decided { message, .. } if message.is_empty());
        self.false_allows += u64::from(is_allowed(ours) && !is_allowed(theirs));
        if self.differences <= 5 {
            say!("{}\n  ours:   {ours:?}\n  theirs: {theirs:?}", case.request());
        }
    }
}
