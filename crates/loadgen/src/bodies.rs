//! What is sent: recorded reviews in turn, or one that gets another uid and name each time.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;

use crate::LoadError;

/// Reviews to be sent.
#[derive(Clone, Debug)]
pub struct Bodies(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Recorded(Vec<(String, Bytes)>),
    Template(Vec<Piece>),
}

/// A part of a template.
#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Uid,
    Name,
}

/// A review as it was recorded; only what an answer is compared with.
#[derive(Deserialize)]
struct Review {
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    uid: String,
}

/// The uid of a review, which its answer repeats.
///
/// # Errors
/// When it is no review.
pub fn uid_of(review: &[u8]) -> Result<String, serde_json::Error> {
    serde_json::from_slice(review).map(|Review { request }| request.uid)
}

impl Bodies {
    /// Recorded reviews: a JSONL file, or a directory of such and of `.json` files with one review each.
    ///
    /// # Errors
    /// When something cannot be read or is no review, or there is none.
    pub fn recorded(path: &Path) -> Result<Self, LoadError> {
        let mut bodies = Vec::new();
        let read = |source| LoadError::Read { path: path.to_owned(), source };
        if path.is_dir() {
            let mut files = Vec::new();
            for entry in fs::read_dir(path).map_err(read)? {
                files.push(entry.map_err(read)?.path());
            }
            files.sort();
            for file in files {
                match file.extension().and_then(|extension| extension.to_str()) {
                    Some("json") => bodies.push(review(&text(&file)?, &file.display().to_string())?),
                    Some("jsonl") => lines(&file, &mut bodies)?,
                    _ => {}
                }
            }
        } else {
            lines(path, &mut bodies)?;
        }
        if bodies.is_empty() {
            return Err(LoadError::Empty(path.to_owned()));
        }
        Ok(Self(Kind::Recorded(bodies)))
    }

    /// A template: a review in which `@UID@` and `@NAME@` stand for what changes.
    ///
    /// # Errors
    /// When it cannot be read, or is no review once they are filled in.
    pub fn template(path: &Path) -> Result<Self, LoadError> {
        let text = text(path)?;
        let mut pieces = Vec::new();
        for (part, text) in text.split("@UID@").enumerate() {
            if part > 0 {
                pieces.push(Piece::Uid);
            }
            for (part, text) in text.split("@NAME@").enumerate() {
                if part > 0 {
                    pieces.push(Piece::Name);
                }
                pieces.push(Piece::Text(text.to_owned()));
            }
        }
        let filled = fill(&pieces, 0);
        let filled = String::from_utf8_lossy(&filled.1).into_owned();
        review(&filled, &path.display().to_string())?;
        Ok(Self(Kind::Template(pieces)))
    }

    /// The body of the request with this number, and the uid that its answer must have.
    pub(crate) fn of(&self, number: u64) -> (String, Bytes) {
        match &self.0 {
            Kind::Template(pieces) => fill(pieces, number),
            Kind::Recorded(bodies) => {
                let count = bodies.len().max(1) as u64;
                let index = usize::try_from(number % count).unwrap_or(0);
                bodies.get(index).cloned().unwrap_or_default()
            }
        }
    }
}

fn text(path: &Path) -> Result<String, LoadError> {
    fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })
}

fn lines(path: &Path, bodies: &mut Vec<(String, Bytes)>) -> Result<(), LoadError> {
    for (number, line) in text(path)?.lines().enumerate() {
        if !line.trim().is_empty() {
            bodies.push(review(line, &format!("{}:{}", path.display(), number + 1))?);
        }
    }
    Ok(())
}

fn review(text: &str, origin: &str) -> Result<(String, Bytes), LoadError> {
    let uid = uid_of(text.as_bytes())
        .map_err(|error| LoadError::Review { origin: origin.to_owned(), why: error.to_string() })?;
    Ok((uid, Bytes::copy_from_slice(text.trim().as_bytes())))
}

fn fill(pieces: &[Piece], number: u64) -> (String, Bytes) {
    let uid = format!("00000000-0000-4000-8000-{number:012x}");
    let mut body = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => body.push_str(text),
            Piece::Uid => body.push_str(&uid),
            Piece::Name => {
                // A string can always be written to.
                let _ = write!(body, "load-{number:x}");
            }
        }
    }
    // A template with a fixed uid is answered with that.
    let is_fixed = !pieces.iter().any(|piece| matches!(piece, Piece::Uid));
    let uid = if is_fixed { uid_of(body.as_bytes()).unwrap_or_default() } else { uid };
    (uid, Bytes::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_reviews_are_reviews_of_the_sizes_they_should_have() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reviews");
        let bodies = Bodies::recorded(&dir).unwrap();
        let Kind::Recorded(bodies) = bodies.0 else { panic!() };
        let mut kinds = std::collections::BTreeMap::<String, usize>::new();
        for (uid, body) in &bodies {
            let review: serde_json::Value = serde_json::from_slice(body).unwrap();
            assert_eq!(review["request"]["uid"], **uid);
            let kind = review["request"]["kind"]["kind"].as_str().unwrap();
            assert_eq!(review["request"]["object"]["kind"], kind);
            if kind == "Pod" {
                assert!((2000..13_000).contains(&body.len()), "{}", body.len());
            }
            *kinds.entry(kind.to_owned()).or_default() += 1;
        }
        assert!(["Pod", "Deployment", "ConfigMap", "Service"].iter().all(|kind| kinds.contains_key(*kind)));
        let mut uids: Vec<_> = bodies.iter().map(|(uid, _)| uid).collect();
        uids.sort();
        uids.dedup();
        assert_eq!(uids.len(), bodies.len());
    }

    #[test]
    fn a_template_changes_uid_and_name_each_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.json");
        fs::write(&path, r#"{"request":{"uid":"@UID@","name":"@NAME@","object":"@NAME@"}}"#).unwrap();
        let bodies = Bodies::template(&path).unwrap();
        let (uid, body) = bodies.of(255);
        assert_eq!(uid, "00000000-0000-4000-8000-0000000000ff");
        let want = format!(r#"{{"request":{{"uid":"{uid}","name":"load-ff","object":"load-ff"}}}}"#);
        assert_eq!(body, want);
        assert_ne!(bodies.of(256).0, uid);
        fs::write(&path, r#"{"request":{"uid":"fixed","name":"@NAME@"}}"#).unwrap();
        assert_eq!(Bodies::template(&path).unwrap().of(3).0, "fixed");
    }

    #[test]
    fn what_is_no_review_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.jsonl");
        fs::write(&path, "{\"request\":{\"uid\":\"a\"}}\n\n{\"kind\":\"Pod\"}\n").unwrap();
        let error = Bodies::recorded(&path).unwrap_err().to_string();
        assert!(error.contains("r.jsonl:3: not an AdmissionReview"), "{error}");
        fs::write(&path, "\n").unwrap();
        assert!(matches!(Bodies::recorded(dir.path()), Err(LoadError::Empty(_))));
    }
}
