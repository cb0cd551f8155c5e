//! Everything that can be wrong with an input: the message, the exit code, and that nothing else is lost.

use std::fmt::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::{fs, io};

use crate::run::{BAD, GOOD, Ran, Tree};

/// The bad pod beside the bad input is still found.
fn finds_the_rest(ran: &Ran) {
    assert!(ran.out.contains("WL001"), "{ran:?}");
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn a_missing_path() {
    let ran = Tree::new(&[]).run("scan nowhere.yaml");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("error: nowhere.yaml: there is no such file or directory"), "{}", ran.err);
}

#[test]
fn nothing_named() {
    let ran = Tree::new(&[]).run("scan");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("name files or directories"), "{}", ran.err);
}

#[test]
fn an_unreadable_file() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let secret = tree.path().join("secret.yaml");
    fs::write(&secret, GOOD).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&secret).is_ok() {
        // Whoever runs this may read everything; a link to nowhere cannot be read by anybody.
        fs::remove_file(&secret).unwrap();
        symlink("nowhere", &secret).unwrap();
    }
    let ran = tree.run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("secret.yaml") && ran.out.contains("CL012"), "{ran:?}");
}

#[test]
fn an_empty_directory() {
    let ran = Tree::new(&[]).run("scan .");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no Kubernetes object was found"), "{}", ran.err);
}

#[test]
fn a_binary_file() {
    let ran = Tree::new(&[("a.yaml", b"\x7fELF\0\0\0"), ("bad.yaml", BAD)]).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("binary data"), "{}", ran.out);
}

#[test]
fn a_line_of_a_hundred_megabytes() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let mut line = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata: {k: \"".to_vec();
    line.resize(line.len() + 100_000_000, b'x');
    line.extend_from_slice(b"\"}\n");
    tree.write("big.yaml", &line);
    finds_the_rest(&tree.run("scan . -o text-full"));
    // As it is, and when it is refused by its size.
    let ran = tree.run("scan . --max-input 1000000");
    finds_the_rest(&ran);
    assert!(ran.out.contains("more than the limit of 1000000"), "{}", ran.out);
}

#[test]
fn deep_nesting() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "- ".repeat(100_000)] {
        let ran = Tree::new(&[("deep.yaml", text.as_bytes()), ("bad.yaml", BAD)]).run("scan .");
        finds_the_rest(&ran);
        assert!(ran.out.contains("deep.yaml") && ran.out.contains("CL001"), "{}", ran.out);
    }
}

#[test]
fn an_alias_bomb() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..9 {
        let list = vec![format!("*a{}", level - 1); 10].join(",");
        let _ = writeln!(text, "a{level}: &a{level} [{list}]");
    }
    let ran = Tree::new(&[("bomb.yaml", text.as_bytes()), ("bad.yaml", BAD)]).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("aliases make most of this document"), "{}", ran.out);
}

#[test]
fn bytes_that_are_not_utf8() {
    let ran = Tree::new(&[("a.yaml", b"a: \xff\xfe\n---\n"), ("bad.yaml", BAD)]).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("not UTF-8") && ran.out.contains("a.yaml:1"), "{}", ran.out);
}

#[test]
fn an_unknown_api_version() {
    let text = b"apiVersion: apps/v7\nkind: Deployment\nmetadata: {name: a}\n---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: b}\n";
    let ran = Tree::new(&[("a.yaml", text), ("bad.yaml", BAD)]).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("CL006") && ran.out.contains("CL005"), "{}", ran.out);
}

#[test]
fn an_instance_without_its_definition() {
    let text = b"apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n";
    let ran = Tree::new(&[("a.yaml", text), ("good.yaml", GOOD)]).run("scan . -o json");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("CL006") && ran.out.contains("Thing"), "it is named as undecided: {}", ran.out);
}

#[test]
fn two_objects_with_one_identity() {
    let ran = Tree::new(&[("a.yaml", BAD), ("b.yaml", BAD)]).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("CL003"), "{}", ran.out);
    // Both are judged, and one line speaks of both.
    assert!(ran.out.contains("[also in b.yaml:9:7]"), "{}", ran.out);
    let json = Tree::new(&[("a.yaml", BAD), ("b.yaml", BAD)]).run("scan . -o json").out;
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let files: Vec<_> = findings
        .iter()
        .filter(|one| one["rule"]["id"] == "WL001")
        .map(|one| one["place"]["file"].clone())
        .collect();
    assert_eq!(files, ["a.yaml", "b.yaml"], "{json}");
}

#[test]
fn a_broken_document_between_good_ones() {
    let mut text = GOOD.to_vec();
    text.extend_from_slice(b"---\na: [1\n---\n");
    text.extend_from_slice(BAD);
    let ran = Tree::new(&[("a.yaml", &text)]).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("CL001"), "{}", ran.out);
}

#[test]
fn what_was_not_read_is_said_even_when_nobody_asked() {
    let tree = Tree::new(&[("a.yaml", b"a: [1\n"), ("good.yaml", GOOD)]);
    for words in ["scan . --severity high", "scan . --skip-rule CL001"] {
        let ran = tree.run(words);
        assert!(!ran.out.contains("CL001") && ran.out.contains("a.yaml"), "{words}: {ran:?}");
    }
}

#[test]
fn only_broken_documents() {
    let ran = Tree::new(&[("a.yaml", b"a: [1\n")]).run("scan .");
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("CL001") && ran.err.contains("no Kubernetes object"), "{ran:?}");
}

#[test]
fn a_chart() {
    let files: [(&str, &[u8]); 4] = [
        ("c/Chart.yaml", b"apiVersion: v2\nname: c\n"),
        ("c/values.yaml", b"a: 1\n"),
        ("c/templates/x.yaml", b"{{ if .a }}\n"),
        ("bad.yaml", BAD),
    ];
    let ran = Tree::new(&files).run("scan .");
    finds_the_rest(&ran);
    assert!(ran.out.contains("Helm chart, not rendered") && !ran.out.contains("CL001"), "{}", ran.out);
}

#[test]
fn a_loop_of_links() -> io::Result<()> {
    let tree = Tree::new(&[("a/bad.yaml", BAD)]);
    symlink(tree.path(), tree.path().join("a/loop"))?;
    let ran = tree.run("scan .");
    finds_the_rest(&ran);
    assert_eq!(ran.out.lines().filter(|line| line.contains("WL001")).count(), 1, "{}", ran.out);
    Ok(())
}

#[test]
fn standard_input() {
    let ran = Tree::new(&[]).run_with("scan -", BAD);
    finds_the_rest(&ran);
    assert!(ran.out.contains("<stdin>:9:"), "{}", ran.out);
}

#[test]
fn a_wrong_flag_a_wrong_format_and_a_wrong_rule() {
    let tree = Tree::new(&[("a.yaml", BAD)]);
    for (words, message) in [
        ("scan a.yaml --fial-on high", "--fail-on"),
        ("scan a.yaml -o pdf", "use one of text"),
        ("scan a.yaml -o json -o table", "only one output can go to standard output"),
        ("scan a.yaml --rule privilegedcontainer", "did you mean `privileged-container`"),
        ("scan a.yaml --framework cis", "known are cis-1.12"),
        ("scan a.yaml -l a=b=c", "--selector"),
        ("pod-security check a.yaml --level strict", "use privileged, baseline or restricted"),
        ("pod-security check a.yaml --version v1.01", "no version of the Pod Security Standards"),
    ] {
        let ran = tree.run(words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words}: {ran:?}");
        assert!(ran.err.contains(message), "{words}: {}", ran.err);
    }
}
