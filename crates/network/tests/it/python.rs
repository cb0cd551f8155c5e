//! Running the Python programs of `tests/naive`, as many at a time as there are cores.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// What pieces of work add up to.
pub(crate) trait Total: Default + Send {
    fn add(&mut self, other: Self);
}

/// A file of `tests/naive`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/naive").join(name)
}

/// Whether there is a Python, said aloud if not.
pub(crate) fn is_there(what: &str) -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        say!("SKIPPED: {what}: there is no python3");
    }
    found
}

/// Starts a program whose output is read.
pub(crate) fn start(command: &mut Command) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let lines = lines(child.stdout.take().expect("a pipe"));
    (child, lines)
}

/// The lines that a program writes.
pub(crate) fn lines(out: ChildStdout) -> impl Iterator<Item = String> {
    BufReader::new(out).lines().map(|line| line.expect("a line"))
}

/// Random clusters from `worlds.py`.
pub(crate) fn worlds(seed: u64, first: u64, count: u64, more: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command
        .arg(script("worlds.py"))
        .args(["--seed", &seed.to_string(), "--first", &first.to_string(), "--count", &count.to_string()])
        .args(more);
    command
}

/// Some clusters of one kind: first and how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<K> {
    pub(crate) kind: K,
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// Cuts work into pieces and does them on as many threads as there are cores.
pub(crate) fn spread<K: Copy + Send, T: Total>(
    work: &[Piece<K>],
    largest: u64,
    run: impl Fn(Piece<K>) -> T + Sync,
) -> T {
    let pieces = work.iter().flat_map(|&whole| {
        (whole.first..whole.first + whole.count)
            .step_by(usize::try_from(largest).expect("a small number"))
            .map(move |first| Piece { first, count: largest.min(whole.first + whole.count - first), ..whole })
    });
    let pieces = Mutex::new(pieces.collect::<Vec<_>>().into_iter());
    let total = Mutex::new(T::default());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = pieces.lock().expect("nobody failed").next();
                    let Some(piece) = next else { break };
                    let found = run(piece);
                    total.lock().expect("nobody failed").add(found);
                }
            });
        }
    });
    total.into_inner().expect("nobody failed")
}
