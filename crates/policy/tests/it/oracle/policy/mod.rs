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
const TIMES: u64 = 60;

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
        for (question, ours, reply) in compared(&setting, &corpus, &questions, &mut tally) {
            false_allows += u64::from(verdict(&ours, &reply) == Verdict::FalseAllow);
            differences.push((question.asked.clone(), ours, reply));
        }
    }
    say!(
        "whole policies against Kyverno: {} policies, {} resources, left out {:?}; {} differences, {false_allows} of them \
         let through what is refused; {tally:?}",
        corpus.subjects.len(),
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

/// The questions whose answers differ.
fn compared<'q>(
    setting: &Setting,
    corpus: &Corpus,
    questions: &'q [Question],
    tally: &mut Tally,
) -> Vec<(&'q Question, Value, Value)> {
    let asked: Vec<Value> = questions.iter().map(|question| question.asked.clone()).collect();
    let replies = setting.ask("policy", &asked);
    let mut doubtful = Vec::new();
    for (question, reply) in questions.iter().zip(&replies) {
        let ours = outcome(&corpus.subjects[question.subject].compiled, &question.asked);
        tally.count(&question.asked, &ours);
        if verdict(&ours, reply) != Verdict::Same {
            doubtful.push((question, ours));
        }
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
        if verdict(&ours, &reply) == Verdict::Same {
            tally.several_outcomes += 1;
        } else {
            found.push((question, ours, reply));
        }
    }
    found
}
