//! The log: one JSON object a line on standard error.

use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::{Map, Value, json};

use super::clock::{milliseconds, timestamp};

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
}

static LEAST: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// From now on only lines of this level and above are written.
pub(crate) fn least(level: Level) {
    LEAST.store(level as u8, Ordering::Relaxed);
}

/// Writes a line. `fields` is an object.
pub(crate) fn log(level: Level, message: &str, fields: Value) {
    if (level as u8) < LEAST.load(Ordering::Relaxed) {
        return;
    }
    let mut line = Map::new();
    let at = milliseconds();
    let time = timestamp(at / 1000);
    let time = format!("{}.{:03}Z", time.trim_end_matches('Z'), at.rem_euclid(1000));
    line.insert("time".to_owned(), json!(time));
    let level = match level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    line.insert("level".to_owned(), json!(level));
    line.insert("message".to_owned(), json!(message));
    if let Value::Object(fields) = fields {
        line.extend(fields);
    }
    let mut text = Value::Object(line).to_string();
    text.push('\n');
    // A log that cannot be written must not end admission.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// A line about something that happened.
pub(crate) fn info(message: &str, fields: Value) {
    log(Level::Info, message, fields);
}

/// A line about something that somebody should look at.
pub(crate) fn warn(message: &str, fields: Value) {
    log(Level::Warn, message, fields);
}

/// A line about something that failed.
pub(crate) fn error(message: &str, fields: Value) {
    log(Level::Error, message, fields);
}
