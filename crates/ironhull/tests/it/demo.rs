//! `serve --demo`: what it prints works.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A demo; it ends with this.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts one, and reads what it prints.
fn start(place: &Path) -> (Demo, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ironhull"))
        .args(["serve", "--demo", "--address", "127.0.0.1:0", "--probe-address", "127.0.0.1:0"])
        .current_dir(place)
        .env("TMPDIR", place)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let demo = Demo(child);
    let mut text = String::new();
    for line in out.lines() {
        text.push_str(&line.unwrap());
        text.push('\n');
        if text.contains("Yours can be tried") {
            return (demo, text);
        }
    }
    panic!("it ended: {text}");
}

/// The lines that are to be typed.
fn typed(text: &str) -> Vec<&str> {
    let is_typed = |line: &&str| ["export ", "ironhull ", "curl "].iter().any(|word| line.starts_with(word));
    text.lines().filter_map(|line| line.strip_prefix("  ")).filter(is_typed).collect()
}

#[test]
fn what_the_demo_prints_works_in_another_terminal() {
    let place = tempfile::tempdir().unwrap();
    let (mut demo, text) = start(place.path());
    for expected in [
        "refused   Pod shop/web ",
        "refused   Deployment shop/search ",
        "changed   Deployment shop/catalog ",
        "refused   Pod payments/debug ",
        "allowed   Pod shop/legacy-admin ",
        "let through by the exception ",
        "allowed   Pod shop/cache",
        "violates PodSecurity \"restricted:latest\"",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let lines = typed(&text);
    let (exports, commands): (Vec<&str>, Vec<&str>) =
        lines.into_iter().partition(|line| line.starts_with("export "));
    assert_eq!((exports.len(), commands.len()), (3, 7), "{text}");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_ironhull"));
    let path =
        format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    for command in commands {
        if command.starts_with("curl ") && !has_curl {
            eprintln!("SKIPPED: {command}: there is no curl");
            continue;
        }
        let script = format!("set -e\n{}\n{command}\n", exports.join("\n"));
        let ran = Command::new("sh")
            .args(["-c", &script])
            .current_dir(place.path())
            .env("PATH", &path)
            .env_remove("KUBECONFIG")
            .output()
            .unwrap();
        let out = String::from_utf8_lossy(&ran.stdout);
        // A replay that finds something ends with 1.
        let code = i32::from(command.starts_with("ironhull replay"));
        let err = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{command}\n{out}{err}");
        let expected: &[&str] = match command.split(' ').take(2).collect::<Vec<_>>()[..] {
            ["ironhull", "status"] => {
                &["answers reviews", "Policies: 3 of 3 are ready", "legacy-admin: holds"]
            }
            ["ironhull", "why"] => &["denied\nCREATE Pod ", " by jane at "],
            ["ironhull", "except"] => &["kind: Exception", "has-a-team"],
            ["ironhull", "replay"] => &["cache", "memory-limits"],
            ["curl", "--cacert"] => &["\"outcome\":\"denied\"", "\"items\""],
            _ => &["ironhull_admission_requests_total{outcome=\"denied\",route=\"validate\"} 2"],
        };
        for expected in expected {
            assert!(out.contains(expected), "{command}: {expected}\n{out}{err}");
        }
    }

    // It leaves nothing.
    assert!(std::fs::read_dir(place.path()).unwrap().next().is_some());
    assert!(Command::new("kill").arg(demo.0.id().to_string()).status().unwrap().success());
    assert!(demo.0.wait().unwrap().success());
    assert!(std::fs::read_dir(place.path()).unwrap().next().is_none());
}

#[test]
fn a_policy_that_is_not_there_ends_it() {
    let place = tempfile::tempdir().unwrap();
    let refused = Command::new(env!("CARGO_BIN_EXE_ironhull"))
        .args(["serve", "--demo", "--policy", "nothing-there"])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("nothing-there"), "{told}");
}
