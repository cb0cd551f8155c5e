//! The answer to a review.

use ironhull_value::{CompactString, Value};

/// Where there are many warnings the API server cuts each beyond so many characters.
pub const WARNING_WIDTH: usize = 256;

/// The API server cuts warnings when all of them are longer than so many characters.
pub const MOST_WARNINGS: usize = 4096;

/// Why a request is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP code; `None` leaves it to the API server.
    pub code: Option<u16>,
    /// The machine-readable reason, `Forbidden`; empty for none.
    pub reason: &'static str,
    /// What users read behind `admission webhook "…" denied the request: `.
    pub message: String,
}

/// The answer to a review.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdmissionResponse {
    /// Why it is refused; none when it is allowed.
    pub refusal: Option<Refusal>,
    /// A JSON Patch for the object; none without a change.
    pub patch: Option<Value>,
    /// What whoever asked is told. `v1beta1` knows them too, since Kubernetes 1.19.
    pub warnings: Vec<String>,
    /// What goes to the audit log, each key behind the webhook's name and a slash.
    pub annotations: Vec<(CompactString, String)>,
}

impl AdmissionResponse {
    /// A refusal without a code.
    pub fn refused(message: String) -> Self {
        Self { refusal: Some(Refusal { message, ..Refusal::default() }), ..Self::default() }
    }

    /// Whether the request may go on.
    pub fn is_allowed(&self) -> bool {
        self.refusal.is_none()
    }
}

/// Warnings as the API server shows them whole: where all together are beyond [`MOST_WARNINGS`] it cuts each at
/// [`WARNING_WIDTH`] characters and drops what is still too much
/// (`kubernetes/apiserver:pkg/endpoints/filters/warning.go`). The last line then counts the rest, so that nothing
/// goes missing unseen.
pub fn fit_warnings(warnings: Vec<String>) -> Vec<String> {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let warnings: Vec<String> =
        warnings.into_iter().map(|warning| warning.chars().map(plain).collect()).collect();
    if warnings.iter().map(|warning| warning.chars().count()).sum::<usize>() <= MOST_WARNINGS {
        return warnings;
    }
    let mut fit: Vec<String> = Vec::with_capacity(warnings.len());
    let (count, mut room) = (warnings.len(), MOST_WARNINGS - 64);
    for (place, warning) in warnings.into_iter().enumerate() {
        let warning = cut(&warning);
        let width = warning.chars().count();
        if width > room {
            fit.push(format!("and {} more warnings, which are in the audit log", count - place));
            break;
        }
        room -= width;
        fit.push(warning);
    }
    fit
}

/// A warning no longer than is shown of many.
fn cut(text: &str) -> String {
    if text.chars().count() <= WARNING_WIDTH {
        return text.to_owned();
    }
    text.chars().take(WARNING_WIDTH - 1).chain(['…']).collect()
}
