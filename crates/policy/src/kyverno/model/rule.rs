//! One rule.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::action::{self, Generate, Mutate, Validate};
use super::conditions::{self, Conditions};
use super::context::{self, ContextEntry};
use super::filter::{self, Matching};
use super::reader::{At, Problem, Reader};
use super::verify_images::verify_images;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: CompactString,
    /// Where it is written; for one that was made for controllers of pods, where the rule is that it was made
    /// from.
    pub path: Path,
    /// As it is written.
    pub source: Value,
    /// Which resources it is about.
    pub matching: Matching,
    /// Which of them it is not about.
    pub exclude: Option<Matching>,
    /// Variables.
    pub context: Vec<ContextEntry>,
    /// What must hold for it to say anything.
    pub preconditions: Option<Conditions>,
    /// Whether requests of the background controller are not its business.
    pub skip_background_requests: bool,
    /// What goes into reports.
    pub properties: Vec<(CompactString, CompactString)>,
    /// What it does.
    pub action: Action,
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Action {
    /// It judges.
    Validate(Box<Validate>),
    /// It changes.
    Mutate(Box<Mutate>),
    /// It makes other objects.
    Generate(Box<Generate>),
    /// It verifies images, which is read and not evaluated yet.
    VerifyImages(Value),
    /// It has none: a problem says so.
    None,
}

impl Rule {
    /// A rule that was made from the one at a path.
    pub(in crate::kyverno) fn made(source: &Value, origin: &Path) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::default();
        let rule = rule(&mut reader, &At { value: source, path: origin.clone() });
        if reader.problems.is_empty() { Ok(rule) } else { Err(reader.problems) }
    }
}

const ACTIONS: [&str; 4] = ["validate", "mutate", "generate", "verifyImages"];

/// The fields of a rule.
const FIELDS: [&str; 13] = [
    "name",
    "match",
    "exclude",
    "context",
    "preconditions",
    "celPreconditions",
    "imageExtractors",
    "skipBackgroundRequests",
    "reportProperties",
    "validate",
    "mutate",
    "generate",
    "verifyImages",
];

pub(super) fn rule(reader: &mut Reader, at: &At<'_>) -> Rule {
    reader.only(at, &FIELDS);
    let name = reader.text(at, "name").unwrap_or_default();
    if name.is_empty() {
        reader.wrong(&at.path, "a rule needs a name");
    } else if name.chars().count() > 63 {
        reader.wrong(&at.path.child("name"), "the name of a rule has at most 63 characters");
    }
    let matching = if let Some(at) = at.get("match") {
        filter::matching(reader, &at)
    } else {
        reader.wrong(&at.path, "a rule needs a `match`");
        Matching::default()
    };
    let exclude = at.get("exclude").map(|at| filter::matching(reader, &at));
    let given: Vec<&str> = ACTIONS.into_iter().filter(|action| at.get(action).is_some()).collect();
    let action = match given.as_slice() {
        [one] => at.get(one).map_or(Action::None, |at| match *one {
            "validate" => Action::Validate(Box::new(action::validate(reader, &at))),
            "mutate" => Action::Mutate(Box::new(action::mutate(reader, &at))),
            "generate" => Action::Generate(Box::new(action::generate(reader, &at))),
            _ => {
                verify_images(reader, &at);
                Action::VerifyImages(at.value.clone())
            }
        }),
        [] => {
            reader.wrong(&at.path, format!("a rule needs one of {}", ACTIONS.join(", ")));
            Action::None
        }
        several => {
            reader.wrong(&at.path, format!("a rule does one thing, this one has {}", several.join(" and ")));
            Action::None
        }
    };
    Rule {
        name,
        path: at.path.clone(),
        source: at.value.clone(),
        matching,
        exclude,
        context: context::entries(reader, at),
        preconditions: at.get("preconditions").map(|at| conditions::conditions(reader, &at)),
        skip_background_requests: reader.flag(at, "skipBackgroundRequests").unwrap_or(true),
        properties: reader.map(at, "reportProperties").unwrap_or_default(),
        action,
    }
}
