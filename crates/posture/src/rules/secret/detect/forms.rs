//! Forms of known credentials.
//!
//! Sources: the documentation of each issuer about the form of its tokens, such as
//! <https://github.blog/engineering/behind-githubs-new-authentication-token-formats/>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>; RFC 7468 for PEM and RFC
//! 7519 for JSON Web Tokens.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::values::is_placeholder;

/// A credential in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Form {
    /// What it is, with article.
    pub(in super::super) what: &'static str,
    /// Where it begins, in bytes.
    pub(in super::super) offset: usize,
}

/// A token that begins with a fixed text.
struct Prefixed {
    prefix: &'static str,
    /// The characters that follow.
    belongs: fn(u8) -> bool,
    /// How many characters follow the prefix, at least and at most.
    length: (usize, usize),
    what: &'static str,
}

const fn token(
    prefix: &'static str,
    belongs: fn(u8) -> bool,
    length: (usize, usize),
    what: &'static str,
) -> Prefixed {
    Prefixed { prefix, belongs, length, what }
}

const LONG: usize = 512;

const PREFIXED: &[Prefixed] = &[
    token("AKIA", capital, (16, 16), "an AWS access key id"),
    token("ASIA", capital, (16, 16), "an AWS access key id"),
    token("ghp_", letter, (36, 255), "a GitHub token"),
    token("gho_", letter, (36, 255), "a GitHub token"),
    token("ghu_", letter, (36, 255), "a GitHub token"),
    token("ghs_", letter, (36, 255), "a GitHub token"),
    token("ghr_", letter, (36, 255), "a GitHub token"),
    token("github_pat_", snake, (50, 255), "a GitHub token"),
    token("glpat-", dotted, (20, 255), "a GitLab token"),
    token("xoxb-", dashed, (20, 255), "a Slack token"),
    token("xoxp-", dashed, (20, 255), "a Slack token"),
    token("xoxa-", dashed, (20, 255), "a Slack token"),
    token("xoxr-", dashed, (20, 255), "a Slack token"),
    token("xoxs-", dashed, (20, 255), "a Slack token"),
    token("xapp-", dashed, (20, 255), "a Slack token"),
    token("AIza", url_safe, (35, 35), "a Google API key"),
    token("sk_live_", letter, (16, 255), "a Stripe key"),
    token("rk_live_", letter, (16, 255), "a Stripe key"),
    token("npm_", letter, (36, 36), "an npm token"),
    token("pypi-AgE", url_safe, (50, LONG), "a PyPI token"),
    token("hvs.", url_safe, (24, 255), "a Vault token"),
    token("dop_v1_", letter, (64, 64), "a DigitalOcean token"),
    token("SG.", dotted, (66, 66), "a SendGrid key"),
];

/// The first credential of a known form in `text`, if there is one.
pub(in super::super) fn known_form(text: &str) -> Option<Form> {
    prefixed(text)
        .or_else(|| private_key(text))
        .or_else(|| json_web_token(text))
        .or_else(|| password_in_url(text))
        .or_else(|| password_in_settings(text))
}

/// All prefixes in one pass: texts are searched far more often than anything is found.
static PREFIXES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(PREFIXED.iter().map(|form| form.prefix)).ok());

fn prefixed(text: &str) -> Option<Form> {
    let mut found = PREFIXES.as_ref()?.find_overlapping_iter(text);
    found.find_map(|found| {
        let form = PREFIXED.get(found.pattern().as_usize())?;
        at(text, form, found.start())
    })
}

/// The token of a form whose prefix stands at `offset`.
fn at(text: &str, form: &Prefixed, offset: usize) -> Option<Form> {
    if !begins_word(text, offset) {
        return None;
    }
    let rest = text.get(offset + form.prefix.len()..)?.as_bytes();
    // One more than may follow, so that hostile text is not read again and again to its end.
    let longest = rest.get(..form.length.1.saturating_add(1)).unwrap_or(rest);
    let length = longest.iter().take_while(|byte| (form.belongs)(**byte)).count();
    let whole = !rest.get(length).is_some_and(u8::is_ascii_alphanumeric);
    let fits = length >= form.length.0 && length <= form.length.1 && whole;
    (fits && is_random(rest.get(..length)?)).then_some(Form { what: form.what, offset })
}

fn capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn snake(byte: u8) -> bool {
    letter(byte) || byte == b'_'
}

fn dashed(byte: u8) -> bool {
    letter(byte) || byte == b'-'
}

fn url_safe(byte: u8) -> bool {
    dashed(byte) || byte == b'_'
}

fn dotted(byte: u8) -> bool {
    url_safe(byte) || byte == b'.'
}

/// A PEM block with some content; a lone header in a text about keys is none.
fn private_key(text: &str) -> Option<Form> {
    const BEGIN: &str = "-----BEGIN ";
    const LONGEST_LABEL: usize = 48;
    text.match_indices(BEGIN).find_map(|(offset, _)| {
        let label = text.get(offset + BEGIN.len()..)?;
        let end = label.get(..label.floor_char_boundary(LONGEST_LABEL))?.find("-----")?;
        let (kind, body) = (label.get(..end)?, label.get(end + 5..)?);
        if !(kind.ends_with("PRIVATE KEY") || kind == "PGP PRIVATE KEY BLOCK") {
            return None;
        }
        // One line of a file, or with the line ends written out.
        let body = body.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\\' | 'n' | 'r'));
        let digits =
            body.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).count();
        let is_key = body.starts_with("Proc-Type")
            || body.get(..digits).is_some_and(|body| digits >= 16 && is_random(body.as_bytes()));
        is_key.then_some(Form { what: "a private key", offset })
    })
}

/// Three parts of base64url, of which the first two are JSON objects. A signature whose payload is kept
/// elsewhere, as in the ConfigMap `cluster-info`, has an empty second part.
fn json_web_token(text: &str) -> Option<Form> {
    text.match_indices("eyJ").find_map(|(offset, _)| {
        if !begins_word(text, offset) || text.get(..offset).is_some_and(|before| before.ends_with('.')) {
            return None;
        }
        let rest = text.get(offset..)?;
        let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let token = rest.split(|c| !belongs(c)).next()?;
        let mut parts = token.split('.');
        let (head, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let whole =
            head.len() >= 16 && payload.len() >= 12 && payload.starts_with("eyJ") && signature.len() >= 16;
        (whole && is_random(signature.as_bytes())).then_some(Form { what: "a JSON Web Token", offset })
    })
}

/// `postgres://user:password@host`.
fn password_in_url(text: &str) -> Option<Form> {
    text.match_indices("://").find_map(|(at, mark)| {
        let scheme = text
            .get(..at)?
            .bytes()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-'))
            .count();
        let authority = text.get(at + mark.len()..)?;
        let end = authority
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | ',' | '\\'));
        let authority = authority.get(..end.unwrap_or(authority.len()))?;
        let (userinfo, host) = authority.rsplit_once('@')?;
        let (user, password) = userinfo.split_once(':')?;
        let documented = matches!(user, "user" | "username" | "u")
            && matches!(password, "pass" | "password" | "passwd" | "pwd" | "p");
        let odd =
            password.contains(['<', '>', '{', '}', '$', '*', '[', '%']) && !is_percent_encoded(password);
        // `image:1.2@sha256:…` is a digest and not a host.
        let real = scheme > 0
            && !host.is_empty()
            && !host.starts_with("sha256:")
            && !password.is_empty()
            && !is_placeholder(password);
        (real && !documented && !odd)
            .then_some(Form { what: "a URL with a password", offset: at.saturating_sub(scheme) })
    })
}

fn is_percent_encoded(text: &str) -> bool {
    !text.contains(['<', '>', '{', '}', '$', '*', '['])
        && text
            .split('%')
            .skip(1)
            .all(|rest| rest.get(..2).is_some_and(|code| code.bytes().all(|b| b.is_ascii_hexdigit())))
}

/// `Server=db;User Id=app;Password=…`, on one line.
fn password_in_settings(text: &str) -> Option<Form> {
    /// What tells such a line from program text.
    const PLACES: &[&str] = &[
        "server",
        "data source",
        "host",
        "addr",
        "endpoint",
        "accountname",
        "database",
        "initial catalog",
        "user id",
        "uid",
    ];
    let mut offset = 0;
    for line in text.split('\n') {
        let mut parts = line.split(';');
        let several = line.split(';').any(|part| PLACES.contains(&setting_name(part).as_str()));
        let found = several
            && !line.trim_start().starts_with(['#', '/'])
            && parts.any(|part| {
                let (name, value) = (setting_name(part), part.split_once('=').map_or("", |(_, value)| value));
                let value = value.trim().trim_matches(['"', '\'', ',']);
                matches!(name.as_str(), "password" | "pwd" | "accountkey" | "sharedaccesskey")
                    && value.len() >= 3
                    && !value.contains(['(', ' '])
                    && !value.starts_with(['$', '%'])
                    && !is_placeholder(value)
            });
        if found {
            return Some(Form { what: "a connection string with a password", offset });
        }
        offset += line.len() + 1;
    }
    None
}

fn setting_name(part: &str) -> String {
    let name = part.split_once('=').map_or("", |(name, _)| name);
    name.rsplit(['"', '\'']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn begins_word(text: &str, offset: usize) -> bool {
    let before = text.get(..offset).and_then(|before| before.chars().next_back());
    before.is_none_or(|before| !before.is_ascii_alphanumeric() && !matches!(before, '_' | '-'))
}

/// Tokens in documentation are mostly `x` or end in `EXAMPLE`, as those of AWS do.
fn is_random(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in body {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    seen.iter().filter(|seen| **seen).count() >= 6 && !text.contains("example") && !text.contains("xxxxxx")
}
