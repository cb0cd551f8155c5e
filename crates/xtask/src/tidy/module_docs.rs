//! Every crate says in its first lines what lives there.

use super::{Problem, tree::Crate};

/// The crate's main file begins with a `//!` comment.
pub(crate) fn check(krate: &Crate, text: Option<&str>) -> Option<Problem> {
    let first = text.unwrap_or_default().lines().find(|line| !line.trim().is_empty());
    let documented = first.is_some_and(|line| line.starts_with("//!") && line.len() > 4);
    (!documented).then(|| Problem {
        file: krate.main_file.clone(),
        line: Some(1),
        what: format!("crate `{}` does not say what it is", krate.name),
        remedy: "begin the file with `//!`: what lives here, and what must never".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::krate;
    use super::*;

    #[test]
    fn only_a_comment_at_the_top_counts() {
        let own = krate("ironhull-value", &[]);
        assert_eq!(check(&own, Some("//! Values.\n")), None);
        for text in [None, Some(""), Some("use x;\n//! late"), Some("// plain"), Some("//!\n")] {
            assert!(check(&own, text).is_some(), "{text:?}");
        }
    }
}
