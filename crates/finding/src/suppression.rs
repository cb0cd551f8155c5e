//! Findings that somebody accepted, with a reason and perhaps an end.
//!
//! Two forms, both with a reason that is not optional:
//!
//! ```yaml
//! # ironhull:allow WL014,WL017 until=2027-06-30 the agent writes its state there
//! hostPath: {path: /var/lib/agent}
//! ```
//!
//! A comment on a line of its own covers what begins on the next line, as a whole; a comment behind
//! something covers the field on that line. An annotation `allow.ironhull.dev/WL014: reason`, or
//! `allow.ironhull.dev/WL014.app: reason` for one container, on the object or its pod template covers all
//! of it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ironhull_manifest::{Document, Source, Span};
use ironhull_value::Path;
use ironhull_world::Object;

use crate::suppression_scan::{scan_comments, scan_object};
use crate::{Evidence, Finding, Place};

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day; no calendar is consulted beyond 31 days a month.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self { year, month, day })
    }
}

impl FromStr for Date {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('-');
        let mut next = |length: usize| {
            let part = parts.next().filter(|part| part.len() == length)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok())?
        };
        let (year, month, day) = (next(4).ok_or(())?, next(2).ok_or(())?, next(2).ok_or(())?);
        if parts.next().is_some() {
            return Err(());
        }
        Self::new(year, u8::try_from(month).map_err(|_| ())?, u8::try_from(day).map_err(|_| ())?).ok_or(())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// What is wrong with a suppression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It covers no finding.
    Unused,
    /// Its last day is over.
    Expired(Date),
    /// It has no reason.
    NoReason,
    /// `until=` is no date.
    BadDate(String),
    /// It names a rule that does not exist.
    UnknownRule(String),
}

/// One suppression as written.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// Rules by id or name, as typed.
    pub rules: Vec<String>,
    /// The container that it is limited to.
    pub container: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    pub(crate) bad_date: Option<String>,
    pub(crate) site: Site,
}

#[derive(Clone, Debug)]
pub(crate) enum Site {
    Comment {
        source: Arc<Source>,
        span: Span,
        /// The line that it speaks of.
        line: u32,
        trailing: bool,
    },
    Annotation {
        object: Arc<Object>,
        path: Path,
    },
}

impl Suppression {
    /// Where it is written; none for the annotation of a live object.
    pub fn place(&self) -> Option<Place> {
        match &self.site {
            Site::Comment { source, span, .. } => Some(Place::new(source.clone(), *span)),
            Site::Annotation { object, path } => Evidence::new(object, path.clone()).place(),
        }
    }

    /// The object that it is an annotation of, with the annotation's path.
    pub fn annotated(&self) -> Option<(&Arc<Object>, &Path)> {
        match &self.site {
            Site::Annotation { object, path } => Some((object, path)),
            Site::Comment { .. } => None,
        }
    }

    fn covers(&self, finding: &Finding) -> bool {
        if !self.rules.iter().any(|rule| finding.rule.is_named(rule)) {
            return false;
        }
        if self.container.is_some() && self.container.as_deref() != finding.container() {
            return false;
        }
        match &self.site {
            Site::Annotation { object, .. } => {
                finding.object().is_some_and(|subject| subject.key == object.key)
            }
            Site::Comment { source, line, trailing, .. } => {
                let Some(evidence) = finding.evidence.first() else { return false };
                covers_place(evidence, source, *line, *trailing)
            }
        }
    }
}

/// Whether the field, or something that holds it, begins on the line.
fn covers_place(evidence: &Evidence, source: &Arc<Source>, line: u32, trailing: bool) -> bool {
    let Some((document, _)) = evidence.object.document() else { return false };
    if !Arc::ptr_eq(&document.source, source) {
        return false;
    }
    if evidence.place().is_some_and(|place| place.start.line == line) {
        return true;
    }
    (0..=evidence.path.segments().len()).any(|depth| {
        let Some((_, location)) = evidence.object.locate(&evidence.path.prefix(depth)) else { return false };
        let start = match location.key {
            Some(key) => key.start,
            // An item or the root begins with its first key; behind that key a comment speaks of it alone.
            None if trailing => return false,
            None => location.value.start,
        };
        location.depth == depth && source.position(start).line == line
    })
}

/// The findings that are left, those that are not, and what is wrong with the suppressions.
#[derive(Debug, Default)]
pub struct Applied {
    /// Findings that count.
    pub kept: Vec<Finding>,
    /// Accepted findings, each with the suppression that covers it.
    pub suppressed: Vec<(Finding, Suppression)>,
    /// Suppressions to mend.
    pub problems: Vec<(Suppression, Problem)>,
}

/// All suppressions of an input.
#[derive(Debug, Default)]
pub struct Suppressions(Vec<Suppression>);

impl Suppressions {
    /// Collects from the comments of documents and the annotations of objects.
    pub fn collect<'a>(
        documents: impl IntoIterator<Item = &'a Arc<Document>>,
        objects: impl IntoIterator<Item = &'a Arc<Object>>,
    ) -> Self {
        let mut all = Vec::new();
        for document in documents {
            scan_comments(document, &mut all);
        }
        for object in objects {
            scan_object(object, &mut all);
        }
        Self(all)
    }

    /// Sorts findings out. `today` decides what has expired; `is_rule` says whether a name is a rule's.
    pub fn apply(self, findings: Vec<Finding>, today: Date, is_rule: impl Fn(&str) -> bool) -> Applied {
        let mut applied = Applied::default();
        if self.0.is_empty() {
            applied.kept = findings;
            return applied;
        }
        let mut usable = Vec::new();
        for suppression in self.0 {
            match problem(&suppression, today, &is_rule) {
                Some(problem) => applied.problems.push((suppression, problem)),
                None => usable.push((suppression, false)),
            }
        }
        for finding in findings {
            let mut by: Option<&Suppression> = None;
            for (suppression, used) in &mut usable {
                if suppression.covers(&finding) {
                    *used = true;
                    by = by.or(Some(suppression));
                }
            }
            match by {
                Some(suppression) => applied.suppressed.push((finding, suppression.clone())),
                None => applied.kept.push(finding),
            }
        }
        let unused = usable.into_iter().filter(|(_, used)| !used);
        applied.problems.extend(unused.map(|(suppression, _)| (suppression, Problem::Unused)));
        applied
    }
}

fn problem(suppression: &Suppression, today: Date, is_rule: &impl Fn(&str) -> bool) -> Option<Problem> {
    if let Some(date) = &suppression.bad_date {
        return Some(Problem::BadDate(date.clone()));
    }
    if let Some(rule) = suppression.rules.iter().find(|rule| !is_rule(rule)) {
        return Some(Problem::UnknownRule(rule.clone()));
    }
    if suppression.reason.is_empty() {
        return Some(Problem::NoReason);
    }
    suppression.until.filter(|until| *until < today).map(Problem::Expired)
}
