//! Package `net/url`: parts of a URL, with the errors of `url.Parse`.

use core::net::Ipv6Addr;
use std::fmt::Write as _;

use ironhull_value::{Key, Map, Value};

use super::quote;

/// `url.Parse` and `URL.Hostname`. The error is Go's text.
pub(crate) fn hostname(raw: &str) -> Result<String, String> {
    parse(raw).map(|url| without_port(&url.host).to_owned())
}

/// `url.Parse`, as `encoding/json` shows the result. User information has no fields there.
pub(crate) fn show(raw: &str) -> Result<Value, String> {
    let url = parse(raw)?;
    let user = if url.has_user { Value::Map(Map::default()) } else { Value::Null };
    let text = |text: &str| Value::from(text);
    let fields = [
        ("Scheme", text(&url.scheme)),
        ("Opaque", text(&url.opaque)),
        ("User", user),
        ("Host", text(&url.host)),
        ("Path", text(&url.path)),
        ("Fragment", text(&url.fragment)),
        ("RawQuery", text(&url.query)),
        ("RawPath", text(&url.raw_path)),
        ("RawFragment", text(&url.raw_fragment)),
        ("ForceQuery", Value::Bool(url.force_query)),
        ("OmitHost", Value::Bool(url.omit_host)),
    ];
    Ok(fields.into_iter().map(|(name, value)| (Key::new(name), value)).collect())
}

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    has_user: bool,
    host: String,
    path: String,
    raw_path: String,
    query: String,
    fragment: String,
    raw_fragment: String,
    force_query: bool,
    omit_host: bool,
}

fn parse(raw: &str) -> Result<Url, String> {
    let (before, fragment) = raw.split_once('#').unwrap_or((raw, ""));
    let wrap = |text: &str, error: String| format!("parse {}: {error}", quote::text(text));
    let mut url = parse_before(before).map_err(|error| wrap(before, error))?;
    url.fragment = unescape(fragment, Part::Other).map_err(|error| wrap(raw, error))?;
    if escape(&url.fragment, "$&+,/:;=?@!()*") != fragment {
        url.raw_fragment = fragment.into();
    }
    Ok(url)
}

/// All before the fragment.
fn parse_before(text: &str) -> Result<Url, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".into());
    }
    let mut url = Url::default();
    if text == "*" {
        url.path = "*".into();
        return Ok(url);
    }
    let (scheme, mut rest) = scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    if let Some(without) = rest.strip_suffix('?').filter(|without| !without.contains('?')) {
        url.force_query = true;
        rest = without;
    } else if let Some((before, query)) = rest.split_once('?') {
        url.query = query.into();
        rest = before;
    }
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            url.opaque = rest.into();
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    match rest.strip_prefix("//") {
        Some(after) if !scheme.is_empty() || !rest.starts_with("///") => {
            let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
            url.host = self::authority(&url.scheme, authority)?;
            url.has_user = authority.contains('@');
            rest = path;
        }
        _ => url.omit_host = !scheme.is_empty() && rest.starts_with('/'),
    }
    url.path = unescape(rest, Part::Other)?;
    if escape(&url.path, "$&+,/:;=@") != rest {
        url.raw_path = rest.into();
    }
    Ok(url)
}

/// The default escaping, but for the characters that stay.
fn escape(text: &str, stays: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if character.is_ascii_alphanumeric() || "-_.~".contains(character) || stays.contains(character) {
            escaped.push(character);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn scheme(url: &str) -> Result<(&str, &str), String> {
    for (index, byte) in url.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok(url.split_once(':').unwrap_or(("", url))),
            _ => break,
        }
    }
    Ok(("", url))
}

fn authority(scheme: &str, authority: &str) -> Result<String, String> {
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let host = parse_host(scheme, host)?;
    if let Some(user) = user {
        let is_valid =
            |character: char| character.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(character);
        if !user.chars().all(is_valid) {
            return Err("net/url: invalid userinfo".into());
        }
        unescape(user, Part::Other)?;
    }
    Ok(host)
}

fn parse_host(scheme: &str, host: &str) -> Result<String, String> {
    match host.rfind('[') {
        Some(0) => return literal(host),
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    if let Some(first) = host.find(':') {
        // Other schemes may have several hosts with ports.
        let at = if matches!(scheme, "http" | "https") { first } else { host.rfind(':').unwrap_or(first) };
        check_port(host.get(at..).unwrap_or_default())?;
    }
    unescape(host, Part::Host)
}

/// An IPv6 address in brackets.
fn literal(host: &str) -> Result<String, String> {
    let Some((inner, port)) = host.rsplit_once(']') else { return Err("missing ']' in host".into()) };
    check_port(port)?;
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    let name = match inner.find("%25").and_then(|at| inner.split_at_checked(at)) {
        Some((address, zone)) => unescape(address, Part::Host)? + &unescape(zone, Part::Zone)?,
        None => unescape(inner, Part::Host)?,
    };
    let (address, zone) =
        name.split_once('%').map_or((name.as_str(), None), |(address, zone)| (address, Some(zone)));
    if address.parse::<core::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".into());
    }
    if address.parse::<Ipv6Addr>().is_err() || zone == Some("") {
        return Err(format!("invalid host: ParseAddr({}): unable to parse IP", quote::text(&name)));
    }
    Ok(format!("[{name}]{port}"))
}

fn check_port(port: &str) -> Result<(), String> {
    if is_port(port) { Ok(()) } else { Err(format!("invalid port {} after host", quote::text(port))) }
}

fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn without_port(host: &str) -> &str {
    let name = match host.rfind(':').and_then(|at| host.split_at_checked(at)) {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    };
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Host,
    Zone,
    Other,
}

/// Undoes `%41`. In a host only what is not ASCII may be written so.
fn unescape(text: &str, part: Part) -> Result<String, String> {
    let bad = |what: &str| format!("invalid URL escape {}", quote::text(what));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        if character != '%' {
            if part != Part::Other && character.is_ascii() && !is_host_byte(character) {
                return Err(format!(
                    "invalid character {} in host name",
                    quote::text(&character.to_string())
                ));
            }
            bytes.extend(rest.get(..character.len_utf8()).unwrap_or_default().bytes());
            rest = after;
            continue;
        }
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            let end = rest.char_indices().map(|(at, _)| at).find(|at| *at >= 3).unwrap_or(rest.len());
            return Err(bad(rest.get(..end).unwrap_or(rest)));
        };
        let whole = rest.get(..3).unwrap_or(rest);
        let is_refused = match part {
            Part::Host => byte < 0x80 && whole != "%25",
            Part::Zone => whole != "%25" && byte != b' ' && !is_host_byte(char::from(byte)),
            Part::Other => false,
        };
        if is_refused {
            return Err(bad(whole));
        }
        bytes.push(byte);
        rest = rest.get(3..).unwrap_or_default();
    }
    Ok(crate::term::lossy(&bytes))
}

/// What may stand in a host as it is.
fn is_host_byte(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (url, host) in [
            ("https://a.example/x?y#z", "a.example"),
            ("http://user:p@10.0.0.1:80/", "10.0.0.1"),
            ("http://[::1]:8080/", "::1"),
            ("mailto:a@b", ""),
            ("a/b", ""),
            ("", ""),
            ("//host/x", "host"),
            ("http://[fe80::1%25en0]/", "fe80::1%en0"),
        ] {
            assert_eq!(hostname(url).unwrap(), host, "{url}");
        }
    }

    #[test]
    fn errors() {
        for (url, error) in [
            (":a", r#"parse ":a": missing protocol scheme"#),
            ("1a:b", r#"parse "1a:b": first path segment in URL cannot contain colon"#),
            ("http://a:b", r#"parse "http://a:b": invalid port ":b" after host"#),
            ("http://a b/", r#"parse "http://a b/": invalid character " " in host name"#),
            ("http://a/%zz", r#"parse "http://a/%zz": invalid URL escape "%zz""#),
            ("http://%41/", r#"parse "http://%41/": invalid URL escape "%41""#),
            ("http://[::1", r#"parse "http://[::1": missing ']' in host"#),
            ("a\n", r#"parse "a\n": net/url: invalid control character in URL"#),
        ] {
            assert_eq!(hostname(url).unwrap_err(), error);
        }
    }
}
