//! Findings about the input itself: what could not be read, or not read as its author thinks.

use std::sync::Arc;

use ironhull_finding::{Finding, Subject};
use ironhull_manifest::{Code, Diagnostic, Source, Span};
use ironhull_world::Malformed;

use crate::rule::Rule;
use crate::rules::input;

/// The finding of a diagnostic of the reader.
pub fn of_diagnostic(source: &Arc<Source>, diagnostic: &Diagnostic) -> Finding {
    let rule = match diagnostic.code {
        Code::Syntax | Code::NotJson | Code::Limit | Code::NotUtf8 | Code::Binary | Code::BadSeparator => {
            &input::BROKEN_DOCUMENT
        }
        Code::DuplicateKey => &input::BROKEN_DOCUMENT,
        Code::IgnoredByKubectl => &input::BROKEN_DOCUMENT,
    };
    finding(rule, source.clone(), diagnostic.span, diagnostic.message.clone())
}

/// The finding of a document that is not an object.
pub fn of_malformed(malformed: &Malformed) -> Finding {
    let span = malformed.document.locate(&malformed.root).value;
    finding(&input::BROKEN_DOCUMENT, malformed.document.source.clone(), span, malformed.reason.to_owned())
}

fn finding(rule: &'static Rule, source: Arc<Source>, span: Span, message: String) -> Finding {
    Finding {
        rule: &rule.meta,
        subject: Subject::Input { source, span },
        message,
        evidence: Vec::new(),
        fix: None,
    }
}
