//! Package `net/url`: the host of a URL, with the errors of `url.Parse`.

use core::net::Ipv6Addr;

use super::quote;

/// `url.Parse` and `URL.Hostname`. The error is Go's text.
pub(crate) fn hostname(raw: &str) -> Result<String, String> {
    let (url, fragment) = raw.split_once('#').unwrap_or((raw, ""));
    let wrap = |text: &str, error: String| format!("parse {}: {error}", quote::text(text));
    let host = host(url).map_err(|error| wrap(url, error))?;
    unescape(fragment, Part::Other).map_err(|error| wrap(raw, error))?;
    Ok(without_port(&host).to_owned())
}

fn host(url: &str) -> Result<String, String> {
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".into());
    }
    if url == "*" {
        return Ok(String::new());
    }
    let (scheme, rest) = scheme(url)?;
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Ok(String::new());
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    let mut path = rest;
    let mut host = String::new();
    if (!scheme.is_empty() || !rest.starts_with("///"))
        && let Some(after) = rest.strip_prefix("//")
    {
        let (authority, after) = after.split_at(after.find('/').unwrap_or(after.len()));
        host = self::authority(&scheme.to_ascii_lowercase(), authority)?;
        path = after;
    }
    unescape(path, Part::Other)?;
    Ok(host)
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
