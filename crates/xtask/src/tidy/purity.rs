//! Below the adapter line there is no file, socket, clock, environment, process, randomness or tokio, and
//! nothing prints.

use super::{
    Problem, source,
    tree::{Crate, TextFile},
};

/// Paths and calls that shipped code of a pure crate must not hold.
const FORBIDDEN: &[&str] = &[
    "tokio",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::os",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "stdin",
    "stdout",
    "stderr",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
];

/// Crates whose purpose is input, output, time or chance.
const FORBIDDEN_CRATES: &[&str] = &[
    "async-nats",
    "axum",
    "fastrand",
    "getrandom",
    "hyper",
    "hyper-util",
    "ignore",
    "indicatif",
    "kube",
    "mio",
    "notify",
    "object_store",
    "rand",
    "redb",
    "reqwest",
    "rustls",
    "socket2",
    "sqlx",
    "tempfile",
    "tokio",
    "ureq",
    "walkdir",
];

const REMEDY: &str = "take the value or a trait as a parameter; the adapter or the binary supplies it";

/// Reads the shipped sources of a crate: everything under `src` but test modules.
pub(crate) fn check_sources(krate: &Crate, files: &[TextFile]) -> Vec<Problem> {
    let prefix = format!("{}/src/", krate.dir);
    let own: Vec<&TextFile> =
        files.iter().filter(|file| file.is_rust() && file.path.starts_with(&prefix)).collect();
    let tests: Vec<String> = own.iter().flat_map(|file| test_files(file)).collect();
    own.iter()
        .filter(|file| {
            !tests
                .iter()
                .any(|test| file.path == format!("{test}.rs") || file.path.starts_with(&format!("{test}/")))
        })
        .flat_map(|file| scan(&file.path, &file.text))
        .collect()
}

/// A pure crate takes no dependency that does input or output.
pub(crate) fn check_dependencies(krate: &Crate) -> Vec<Problem> {
    krate
        .dependencies
        .iter()
        .filter(|used| !used.dev && FORBIDDEN_CRATES.contains(&used.name.as_str()))
        .map(|used| Problem {
            file: krate.manifest.clone(),
            line: None,
            what: format!(
                "`{}` is below the adapter line and must not depend on `{}`",
                krate.name, used.name
            ),
            remedy: REMEDY.to_owned(),
        })
        .collect()
}

fn scan(path: &str, text: &str) -> Vec<Problem> {
    let code = source::shipped(text);
    let mut problems = Vec::new();
    for needle in FORBIDDEN {
        problems.extend(places(&code, needle).map(|at| found(path, &code, at, needle)));
    }
    for at in places(&code, "std::") {
        for name in group(&code[at + "std::".len()..]) {
            let full = format!("std::{name}");
            if FORBIDDEN.contains(&full.as_str()) {
                problems.push(found(path, &code, at, &full));
            }
        }
    }
    problems.sort_by_key(|problem| problem.line);
    problems
}

fn found(path: &str, code: &str, at: usize, needle: &str) -> Problem {
    Problem {
        file: path.to_owned(),
        line: Some(code[..at].matches('\n').count() + 1),
        what: format!("`{needle}` below the adapter line"),
        remedy: REMEDY.to_owned(),
    }
}

/// Where the needle stands as whole words.
fn places<'a>(code: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(needle).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + needle.len()..].chars().next();
        let open_end = !needle.ends_with(is_word);
        !before.is_some_and(is_word) && (open_end || !after.is_some_and(is_word))
    })
}

/// First names in a `{…}` group at the start of the text: `{fs, io::{self, Read}}` gives `fs` and `io`.
fn group(text: &str) -> Vec<&str> {
    let Some(inner) = text.strip_prefix('{') else { return Vec::new() };
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(&inner[start..at]);
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
        .into_iter()
        .filter_map(|name| name.trim().split([':', ' ']).next())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Paths without `.rs` of test modules that a file declares.
fn test_files(file: &TextFile) -> Vec<String> {
    let stem = file.path.trim_end_matches(".rs");
    let folder = match stem.rsplit_once('/') {
        Some((parent, "lib" | "mod" | "main")) => parent,
        _ => stem,
    };
    source::test_modules(&file.text).into_iter().map(|name| format!("{folder}/{name}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::krate;
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn each_forbidden_thing_is_found_with_its_line() {
        for (code, line) in [
            ("use std::fs;", 1),
            ("\nuse std::{\n  collections::BTreeMap,\n  fs::{self},\n};", 2),
            ("use std::{io::{self, Read}, net::IpAddr};", 1),
            ("fn a() {\n  std::env::var(\"A\");\n}", 2),
            ("let t = std::time::SystemTime::UNIX_EPOCH;", 1),
            ("let t = Instant::now();", 1),
            ("println!(\"x\");", 1),
            ("tokio::spawn(x)", 1),
            ("io::stdout().lock()", 1),
        ] {
            let problems = scan("crates/value/src/a.rs", code);
            assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(line)], "{code}");
        }
    }

    #[test]
    fn look_alikes_are_fine() {
        for code in [
            "use std::fmt;",
            "use std::{fmt, str::FromStr};",
            "let stdout_limit = 1;",
            "env!(\"CARGO_PKG_VERSION\")",
            "// println!",
            "my_println!()",
            "fn tokio_like() {}",
            "#[cfg(test)]\nmod tests { use std::fs; }",
        ] {
            assert_eq!(scan("a.rs", code), [], "{code}");
        }
    }

    #[test]
    fn test_modules_in_files_are_left_out() {
        let value = krate("ironhull-value", &[]);
        let files = [
            file("crates/value/src/lib.rs", "#[cfg(test)]\nmod tests;\nmod a;"),
            file("crates/value/src/tests.rs", "use std::fs;"),
            file("crates/value/src/a.rs", "#[cfg(test)]\nmod check;"),
            file("crates/value/src/a/check.rs", "use std::fs;"),
            file("crates/value/src/b.rs", "use std::fs;"),
            file("crates/value/tests/it/main.rs", "use std::fs;"),
            file("crates/files/src/lib.rs", "use std::fs;"),
        ];
        let problems = check_sources(&value, &files);
        assert_eq!(problems.iter().map(|p| p.file.as_str()).collect::<Vec<_>>(), ["crates/value/src/b.rs"]);
    }

    #[test]
    fn an_io_crate_is_no_dependency() {
        assert_eq!(check_dependencies(&krate("ironhull-value", &["serde", "dev:tempfile"])), []);
        let problems = check_dependencies(&krate("ironhull-value", &["tokio"]));
        assert!(problems[0].what.contains("`tokio`"));
    }
}
