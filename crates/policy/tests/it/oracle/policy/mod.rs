//! Whole policies against Kyverno's own engine: every classic policy of its tests, on resources that are made
//! to nearly satisfy it.
//!
//! - `corpus`: the policies and resources, `words`: what a policy talks about
//! - `towards` and `away`: how resources are made, `question`: all that belongs to one
//! - `verdict`: what is the same
//!
//! `IRONHULL_ORACLE_REPORT=FILE` writes every question whose answers differ, with both of them.

mod away;
mod corpus;
mod question;
mod towards;
mod verdict;
mod words;

use std::fmt::Write as _;

use serde_json::Value;

use self::corpus::Corpus;
use self::question::{Question, question};
use self::verdict::{Tally, Verdict, verdict};
use super::Setting;
use crate::asked::outcome;
use crate::random::Random;

/// How often a question is asked whose answers differ: Go goes through maps in another order each time.
const TIMES: u64 = 200;

#[test]
fn policies_equal_the_oracle() {
    let Some(setting) = Setting::of("whole policies") else { return };
    let corpus = Corpus::read();
    let mut random = Random::new(setting.seed);
    let (mut tally, mut differences, mut false_allows) = (Tally::default(), Vec::new(), 0);
    let mut left = setting.cases;
    while left > 0 {
        let questions: Vec<Question> = (0..left.min(4_000)).map(|_| question(&mut random, &corpus)).collect();
        left -= questions.len() as u64;
        for (question, ours, reply) in compared(&setting, &corpus, &questions, &mut tally, NO_MISTAKE) {
            false_allows += u64::from(verdict(&question.asked, &ours, &reply) == Verdict::FalseAllow);
            differences.push((question.asked.clone(), ours, reply));
        }
    }
    say!(
        "whole policies against Kyverno: {} policies, {} resources, left out {:?}; {} differences, {false_allows} of them \
         let through what is refused; {tally:?}",
        corpus.policies,
        corpus.resources.len(),
        corpus.left_out,
        differences.len(),
    );
    if let Some(path) = std::env::var_os("IRONHULL_ORACLE_REPORT") {
        let text = differences.iter().fold(String::new(), |mut text, (asked, ours, reply)| {
            let _ = writeln!(text, "{}", serde_json::json!({"asked": asked, "ours": ours, "reply": reply}));
            text
        });
        std::fs::write(path, text).expect("the report can be written");
    }
    let shown: Vec<String> = differences
        .iter()
        .take(8)
        .map(|(asked, ours, reply)| format!("{asked}\n  theirs: {reply}\n  ours:   {ours}"))
        .collect();
    assert!(
        differences.is_empty(),
        "seed {}: {} differences, first ones:\n{}",
        setting.seed,
        differences.len(),
        shown.join("\n")
    );
}

/// A comparison that cannot fail proves nothing: each mistake that is put into our side must be noticed.
#[test]
fn mistakes_are_noticed_by_the_oracle() {
    let Some(setting) = Setting::of("mistakes in whole policies") else { return };
    let corpus = Corpus::read();
    for mistake in MISTAKES {
        let mut random = Random::new(setting.seed);
        // Few policies ask for the labels of a namespace, so that it may take some more questions.
        let noticed = (0..10).any(|_| {
            let questions: Vec<Question> = (0..1_500).map(|_| question(&mut random, &corpus)).collect();
            !compared(&setting, &corpus, &questions, &mut Tally::default(), *mistake).is_empty()
        });
        assert!(noticed, "a mistake is not noticed: {}", mistake.about);
    }
}

/// Something that our side overlooks.
#[derive(Clone, Copy)]
struct Mistake {
    about: &'static str,
    /// Where it is in a question; what is there is taken away from our side.
    overlooked: &'static str,
}

const NO_MISTAKE: Mistake = Mistake { about: "none", overlooked: "" };

const MISTAKES: &[Mistake] = &[
    Mistake { about: "containers are overlooked", overlooked: "/resource/spec/containers" },
    Mistake { about: "labels are overlooked", overlooked: "/resource/metadata/labels" },
    Mistake { about: "exceptions are overlooked", overlooked: "/exceptions" },
    Mistake { about: "labels of namespaces are overlooked", overlooked: "/labels" },
    Mistake { about: "users are overlooked", overlooked: "/info" },
    Mistake { about: "old objects are overlooked", overlooked: "/old" },
];

impl Mistake {
    fn make(self, asked: &Value) -> Value {
        let mut asked = asked.clone();
        let (parent, key) = self.overlooked.rsplit_once('/').unwrap_or_default();
        if let Some(map) = asked.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.remove(key);
        }
        asked
    }
}

/// The questions whose answers differ.
fn compared<'q>(
    setting: &Setting,
    corpus: &Corpus,
    questions: &'q [Question],
    tally: &mut Tally,
    mistake: Mistake,
) -> Vec<(&'q Question, Value, Value)> {
    let asked: Vec<Value> = questions.iter().map(|question| question.asked.clone()).collect();
    let replies = setting.ask("policy", &asked);
    let mut doubtful = Vec::new();
    for (question, reply) in questions.iter().zip(&replies) {
        let ours = outcome(&corpus.subjects[question.subject].compiled, &mistake.make(&question.asked));
        tally.count(&question.asked, &ours);
        if verdict(&question.asked, &ours, reply) != Verdict::Same {
            doubtful.push((question, ours));
        }
    }
    // One difference is enough to notice a mistake.
    if mistake.about != NO_MISTAKE.about {
        doubtful.truncate(10);
    }
    let again = |(question, _): &(&Question, Value)| {
        let mut asked = question.asked.clone();
        asked["times"] = TIMES.into();
        asked
    };
    let asked: Vec<Value> = doubtful.iter().map(again).collect();
    let replies = setting.ask("policy", &asked);
    let mut found = Vec::new();
    for ((question, ours), reply) in doubtful.into_iter().zip(replies) {
        match verdict(&question.asked, &ours, &reply) {
            Verdict::Same => tally.several_outcomes += 1,
            Verdict::Excused(why) => *tally.excused.entry(why).or_default() += 1,
            Verdict::Differs | Verdict::FalseAllow => found.push((question, ours, reply)),
        }
    }
    found
}
