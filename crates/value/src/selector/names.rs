//! What may be a label key and a label value (`k8s.io/apimachinery/pkg/api/validate/content`).

const NAME_CHARACTERS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
     alphanumeric character";
const NAME_PATTERN: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LONGEST_NAME: usize = 63;
const LONGEST_SUBDOMAIN: usize = 253;

/// Everything that is wrong with a label key, in the API server's words. Empty for a valid one.
pub fn label_key_problems(key: &str) -> Vec<String> {
    let pattern = format!(
        "{NAME_CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
         '{NAME_PATTERN}')"
    );
    let (prefix, name) = match key.split_once('/') {
        None => (None, key),
        Some((_, rest)) if rest.contains('/') => {
            return vec![format!(
                "a valid label key {pattern} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            )];
        }
        Some((prefix, name)) => (Some(prefix), name),
    };
    let mut problems = Vec::new();
    match prefix {
        Some("") => problems.push("prefix part must be non-empty".into()),
        Some(prefix) => {
            problems.extend(
                subdomain_problems(prefix).into_iter().map(|problem| format!("prefix part {problem}")),
            );
        }
        None => {}
    }
    if name.is_empty() {
        problems.push("name part must be non-empty".into());
    } else if name.len() > LONGEST_NAME {
        problems.push(format!("name part must be no more than {LONGEST_NAME} bytes"));
    }
    if !is_name(name) {
        problems.push(format!("name part {pattern}"));
    }
    problems
}

/// Everything that is wrong with a label value, in the API server's words. Empty for a valid one.
pub fn label_value_problems(value: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if value.len() > LONGEST_NAME {
        problems.push(format!("must be no more than {LONGEST_NAME} bytes"));
    }
    if !value.is_empty() && !is_name(value) {
        problems.push(format!(
            "a valid label must be an empty string or {} (e.g. 'MyValue',  or 'my_value',  or '12345', regex \
             used for validation is '({NAME_PATTERN})?')",
            NAME_CHARACTERS.strip_prefix("must ").unwrap_or(NAME_CHARACTERS)
        ));
    }
    problems
}

fn subdomain_problems(text: &str) -> Vec<String> {
    let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    let mut problems = Vec::new();
    if text.len() > LONGEST_SUBDOMAIN {
        problems.push(format!("must be no more than {LONGEST_SUBDOMAIN} bytes"));
    }
    let in_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if !text.split('.').all(|part| is_row(part, in_label, |byte| in_label(byte) || byte == b'-')) {
        problems.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
             and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
             validation is '{label}(\\.{label})*')"
        ));
    }
    problems
}

fn is_name(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_alphanumeric();
    is_row(text, edge, |byte| edge(byte) || b"-_.".contains(&byte))
}

/// Not empty, `edge` at both ends and `inner` between.
fn is_row(text: &str, edge: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    match text.as_bytes() {
        [] => false,
        [only] => edge(*only),
        [first, middle @ .., last] => edge(*first) && edge(*last) && middle.iter().all(|byte| inner(*byte)),
    }
}
