//! The program of `oracles/manifest`, run as a child.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{str, thread};

use serde_json::{Value, json};

pub(crate) struct Oracle {
    child: Child,
    stdin: Option<BufWriter<ChildStdin>>,
    stdout: BufReader<ChildStdout>,
}

impl Oracle {
    pub(crate) fn start(program: &str) -> Self {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let stdin = child.stdin.take().map(BufWriter::new);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    /// One answer for every text, in order. Asks while reading, so that neither pipe fills up.
    pub(crate) fn ask(&mut self, texts: &[Vec<u8>], mut answer: impl FnMut(&[u8], Value)) {
        let Self { stdin, stdout, .. } = self;
        let stdin = stdin.as_mut().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                for text in texts {
                    writeln!(stdin, "{}", question(text)).unwrap();
                }
                stdin.flush().unwrap();
            });
            for text in texts {
                let mut line = String::new();
                stdout.read_line(&mut line).unwrap();
                answer(text, serde_json::from_str(&line).expect("the oracle answers"));
            }
        });
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        self.stdin = None;
        let _ = self.child.wait();
    }
}

fn question(text: &[u8]) -> Value {
    str::from_utf8(text).map_or_else(|_| json!({"b64": base64(text)}), |text| json!({"text": text}))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |part: &[u8]| {
        let bits = part.iter().chain(&[0, 0]).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        (0..4)
            .map(move |place| (bits >> (18 - 6 * place)) & 63)
            .enumerate()
            .map({
                let filled = part.len() + 1;
                move |(place, index)| if place < filled { char::from(ALPHABET[index]) } else { '=' }
            })
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
