//! Findings about the input itself: what could not be read, or not read as its author thinks.

use std::sync::Arc;

use ironhull_finding::{Evidence, Finding, Fix, Problem, Safety, Subject, Suppression};
use ironhull_manifest::{Code, Diagnostic, Source, Span};
use ironhull_world::Malformed;

use crate::rule::Rule;
use crate::rules::input;

/// The finding of a diagnostic of the reader.
pub fn of_diagnostic(source: &Arc<Source>, diagnostic: &Diagnostic) -> Finding {
    let rule = match diagnostic.code {
        Code::Binary => &input::UNREADABLE_INPUT,
        // The reader keeps no text of an input that is too large; other limits are those of a document.
        Code::Limit if source.text().is_empty() => &input::UNREADABLE_INPUT,
        Code::Syntax | Code::NotJson | Code::Limit | Code::NotUtf8 => &input::BROKEN_DOCUMENT,
        Code::DuplicateKey => &input::DUPLICATE_KEY,
        Code::IgnoredByKubectl | Code::BadSeparator => &input::UNREAD_BY_KUBECTL,
    };
    finding(rule, source.clone(), diagnostic.span, diagnostic.message.clone())
}

/// The finding of a document that is not an object. What is [`foreign`](Malformed::foreign) is something
/// else on purpose: for that nobody should ask.
pub fn of_malformed(malformed: &Malformed) -> Finding {
    let span = malformed.document.locate(&malformed.root).value;
    finding(&input::NOT_AN_OBJECT, malformed.document.source.clone(), span, malformed.reason.to_owned())
}

/// The finding of a suppression that is of no use. An annotation is a field of its object and is reported
/// there; a comment is a part of its input.
pub fn of_suppression_problem(suppression: &Suppression, problem: &Problem) -> Finding {
    let (rule, what) = match problem {
        Problem::Unused => (&input::UNUSED_SUPPRESSION, "covers no finding".to_owned()),
        Problem::Expired(day) => (&input::INVALID_SUPPRESSION, format!("ended on {day}")),
        Problem::NoReason => (&input::INVALID_SUPPRESSION, "has no reason".to_owned()),
        Problem::BadDate(text) => {
            (&input::INVALID_SUPPRESSION, format!("has until={text}, which is not a date such as 2027-06-30"))
        }
        Problem::UnknownRule(name) => {
            (&input::INVALID_SUPPRESSION, format!("names {name:?}, which is not a rule"))
        }
    };
    let message = match suppression.rules.as_slice() {
        [] => format!("the suppression {what}"),
        rules => format!("the suppression of {} {what}", rules.join(", ")),
    };
    let Some((object, path)) = suppression.annotated() else {
        // A comment always has its place.
        let (source, span) = suppression.place().map_or_else(
            || (Arc::new(Source::new("", "")), Span::default()),
            |place| (place.source, place.span),
        );
        return finding(rule, source, span, message);
    };
    let fix = match problem {
        Problem::Unused | Problem::Expired(_) => Fix::remove(path.clone(), Safety::Safe),
        Problem::NoReason | Problem::BadDate(_) | Problem::UnknownRule(_) => {
            Fix::manual("Write the rule and the reason, or remove the annotation")
        }
    };
    Finding {
        rule: (&rule.meta).into(),
        subject: Subject::Object { object: object.clone(), container: None },
        message,
        evidence: vec![Evidence::new(object, path.clone())],
        fix: Some(fix),
        cause: None,
    }
}

/// The finding of an item of a dump that could not be read. The text of a dump is not kept, so the line is
/// part of the message.
pub fn in_dump(source: &Arc<Source>, line: u32, message: &str) -> Finding {
    let message = format!("the item at line {line}: {message}");
    finding(&input::BROKEN_DOCUMENT, source.clone(), Span::default(), message)
}

/// Whether a finding says that something was not read, so that no rule could judge it.
pub fn is_unread(finding: &Finding) -> bool {
    [&input::BROKEN_DOCUMENT, &input::NOT_AN_OBJECT, &input::UNREADABLE_INPUT]
        .iter()
        .any(|rule| finding.rule.id == rule.meta.id)
}

/// The finding of an input that could not even be opened. `name` is that of the input as the user gave it,
/// `message` says why, in one sentence without full stop.
pub fn unreadable(name: &str, message: impl Into<String>) -> Finding {
    finding(&input::UNREADABLE_INPUT, Arc::new(Source::new(name, "")), Span::default(), message.into())
}

fn finding(rule: &'static Rule, source: Arc<Source>, span: Span, message: String) -> Finding {
    Finding {
        rule: (&rule.meta).into(),
        subject: Subject::Input { source, span },
        message,
        evidence: Vec::new(),
        fix: None,
        cause: None,
    }
}

#[cfg(test)]
mod tests;
