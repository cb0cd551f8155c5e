//! Our reading of manifests against kubectl's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::answers::{Difference, Kind, difference};
use crate::cases;
use crate::process::Oracle;
use crate::random::Random;
use crate::shrink::shrink;

/// At most this many differences of one cause are made small and shown.
const SHOWN: usize = 12;

#[test]
fn fixtures_are_read_as_kubectl_reads_them() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let mut files = Vec::new();
    collect(&fixtures, &mut files);
    if files.is_empty() {
        log("SKIPPED: fixtures against kubectl's reader: ../shared/fixtures is not here");
        return;
    }
    compare("fixtures", true, || files.iter().map(|file| fs::read(file).unwrap()).collect());
}

#[test]
fn tricky_scalars_are_read_as_kubectl_reads_them() {
    compare("tricky scalars", false, cases::table);
}

/// `IRONHULL_ORACLE_CASES` and `IRONHULL_ORACLE_SEED` say how many texts to make and which.
#[test]
fn random_streams_are_read_as_kubectl_reads_them() {
    compare("random streams", false, || {
        let mut random = Random::new(number("IRONHULL_ORACLE_SEED", 1));
        (0..number("IRONHULL_ORACLE_CASES", 20_000)).map(|_| cases::stream(&mut random)).collect()
    });
}

/// `IRONHULL_ORACLE_MANIFEST` is the built program of `oracles/manifest`. `strict` demands that we refuse
/// nothing that kubectl reads; `IRONHULL_ORACLE_STRICT` shows every refusal of either side.
fn compare(what: &str, strict: bool, texts: impl FnOnce() -> Vec<Vec<u8>>) {
    let Ok(program) = env::var("IRONHULL_ORACLE_MANIFEST") else {
        log(&format!("SKIPPED: {what} against kubectl's reader: IRONHULL_ORACLE_MANIFEST is not set"));
        return;
    };
    let everything = env::var("IRONHULL_ORACLE_STRICT").is_ok();
    let mut oracle = Oracle::start(&program);
    let texts = texts();
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut failed: BTreeMap<(Kind, String), Vec<String>> = BTreeMap::new();
    let mut asked = 0;
    for batch in texts.chunks(1000) {
        oracle.ask(batch, |text, reference| {
            asked += 1;
            let Some(difference) = difference(text, &reference) else { return };
            *counts.entry(difference.kind).or_default() += 1;
            if everything || !difference.kind.is_refusal() || strict && difference.kind == Kind::TooStrict {
                let group = (difference.kind, cause(&difference));
                failed.entry(group).or_default().push(String::from_utf8_lossy(text).into_owned());
            }
        });
    }
    assert_eq!(asked, texts.len());
    for (group, texts) in &mut failed {
        texts.retain(|text| group.0.is_refusal() || !is_dice(&mut oracle, text));
    }
    failed.retain(|_, texts| !texts.is_empty());
    log(&format!("{what} against kubectl's reader: {asked} texts, differences: {counts:?}"));
    let mut report = String::new();
    for ((kind, cause), texts) in &failed {
        let _ = write!(report, "\n{kind:?} {cause}: {}\n", texts.len());
        let small = texts.iter().take(SHOWN).map(|text| smallest(&mut oracle, *kind, cause, text));
        for text in small.collect::<BTreeSet<_>>() {
            let Some(Difference { ours, theirs, .. }) = ask_one(&mut oracle, &text) else { continue };
            let _ = write!(report, "{text:?}\n    ours   {ours}\n    theirs {theirs}\n");
        }
    }
    assert!(failed.is_empty(), "{what}: {counts:?}{report}");
}

/// Whether upstream answers differently each time and ours is one of its answers: keys that are equal only
/// as text (`1` and `"1"`) stand in a Go map of mixed keys, and its random order decides which one stays.
fn is_dice(oracle: &mut Oracle, text: &str) -> bool {
    (0..32).any(|_| ask_one(oracle, text).is_none())
}

/// The words of whoever refuses, without places.
fn cause(difference: &Difference) -> String {
    let words = match difference.kind {
        Kind::TooLenient => &difference.theirs,
        Kind::TooStrict => &difference.ours,
        _ => return String::new(),
    };
    let Some(words) = words.strip_prefix("error: ") else { return "the stream".to_owned() };
    words.chars().filter(|it| it.is_ascii_alphabetic() || " :'".contains(*it)).take(90).collect()
}

fn smallest(oracle: &mut Oracle, kind: Kind, words: &str, text: &str) -> String {
    shrink(text, |text| ask_one(oracle, text).is_some_and(|it| it.kind == kind && cause(&it) == words))
}

fn ask_one(oracle: &mut Oracle, text: &str) -> Option<Difference> {
    let mut answer = None;
    oracle.ask(&[text.as_bytes().to_vec()], |text, reference| answer = difference(text, &reference));
    answer
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let is_manifest = path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json");
        if path.is_dir() {
            collect(&path, files);
        } else if is_manifest {
            files.push(path);
        }
    }
    files.sort();
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// Past the test harness, which swallows what a passing test prints.
fn log(line: &str) {
    let mut stderr = io::stderr();
    writeln!(stderr, "{line}").unwrap();
}
