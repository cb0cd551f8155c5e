//! Addresses in the text of manifests: URLs, `host:port`, host names.

use core::net::IpAddr;

/// Text beyond this length is not looked at: it is a file and no address.
const LONGEST: usize = 256 << 10;

/// An address that a text mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) host: Host,
    pub(super) port: Option<u16>,
    /// `https` of `https://…`, in lower case.
    pub(super) scheme: Option<String>,
    /// Whether it is all that the text says.
    pub(super) whole: bool,
}

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Name(String),
    Address(IpAddr),
}

/// All addresses in a text, in order. Whether a bare word is a host is for the caller to know.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let between = |letter: char| letter.is_whitespace() || "\"'`,;(){}<>|\\&=".contains(letter);
    let whole = text.trim();
    let tokens = whole.split(between).filter(|token| !token.is_empty());
    tokens.filter_map(|token| mention(token, token.len() == whole.len())).collect()
}

fn mention(token: &str, whole: bool) -> Option<Mention> {
    let (scheme, rest) = match token.split_once("://") {
        Some((left, rest)) => {
            let name = left.rsplit([':', '+']).next().unwrap_or(left).to_ascii_lowercase();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return None;
            }
            (Some(name), rest)
        }
        None => (None, token),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    if scheme.is_none() {
        let a_block =
            behind.strip_prefix('/').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        if authority.is_empty() || (a_block && !behind.is_empty()) {
            return None;
        }
    }
    let (account, authority) = match authority.rsplit_once('@') {
        Some((account, authority)) => (Some(account), authority),
        None => (None, authority),
    };
    let (host, port) = split_port(authority)?;
    // `someone@example.com` is a person.
    if scheme.is_none() && account.is_some() && port.is_none() {
        return None;
    }
    Some(Mention { host: parse_host(host)?, port, scheme, whole })
}

/// Host and port of `host:80`, `[2001:db8::1]:80`, `2001:db8::1`.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = authority.strip_prefix('[')
        && let Some((address, port)) = rest.split_once(']')
    {
        return match port.strip_prefix(':') {
            Some(port) => Some((address, Some(number(port)?))),
            None => Some((address, None)),
        };
    }
    if authority.parse::<IpAddr>().is_ok() {
        return Some((authority, None));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((host, Some(number(port)?))),
        None => Some((authority, None)),
    }
}

fn number(port: &str) -> Option<u16> {
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    if digits { port.parse().ok().filter(|port| *port > 0) } else { None }
}

fn parse_host(host: &str) -> Option<Host> {
    if let Ok(address) = host.parse::<IpAddr>() {
        let elsewhere = !address.is_loopback() && !address.is_unspecified() && !address.is_multicast();
        return elsewhere.then_some(Host::Address(address));
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let fits = name.len() <= 253
        && name.split('.').all(label)
        && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    (fits && name != "localhost").then_some(Host::Name(name))
}

/// The port that a scheme stands for.
pub(super) fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "postgres" | "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        "redis" | "rediss" => 6379,
        "amqp" => 5672,
        "amqps" => 5671,
        "mongodb" => 27_017,
        "nats" => 4222,
        "kafka" => 9092,
        "ldap" => 389,
        "ldaps" => 636,
        "smtp" => 25,
        "smtps" => 465,
        "ftp" => 21,
        "ssh" | "sftp" => 22,
        "mqtt" => 1883,
        "mqtts" => 8883,
        "memcached" => 11_211,
        "cassandra" => 9042,
        "clickhouse" => 9000,
        "etcd" => 2379,
        "sqlserver" => 1433,
        "oracle" => 1521,
        _ => return None,
    })
}

/// Whether a setting of this name holds an address.
pub(super) fn hints_at_address(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    const WORDS: [&str; 14] = [
        "HOST",
        "ADDR",
        "URL",
        "URI",
        "ENDPOINT",
        "SERVER",
        "SERVICE",
        "UPSTREAM",
        "TARGET",
        "BROKER",
        "BACKEND",
        "DSN",
        "PEER",
        "BOOTSTRAP",
    ];
    WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let shown = |mention: Mention| {
            let host = match mention.host {
                Host::Name(name) => name,
                Host::Address(address) => address.to_string(),
            };
            let port = mention.port.map_or_else(String::new, |port| format!(":{port}"));
            let scheme = mention.scheme.map_or_else(String::new, |scheme| format!("{scheme} "));
            format!("{scheme}{host}{port}")
        };
        mentions(text).into_iter().map(shown).collect()
    }

    #[test]
    fn urls_and_lists_of_hosts() {
        assert_eq!(found("http://catalog"), ["http catalog"]);
        assert_eq!(
            found("mysql://u:p@db.shop.svc:3306/x?y=1"),
            ["mysql db.shop.svc:3306", "1"].map(String::from)[..1]
        );
        assert_eq!(found("jdbc:postgresql://db:5432/x"), ["postgresql db:5432"]);
        assert_eq!(found("mongodb://a:27017,b:27017/x"), ["mongodb a:27017", "b:27017"]);
        assert_eq!(found("--ledger=ledger:9090"), ["ledger:9090"]);
        assert_eq!(found("https://[2001:db8::1]:8443/"), ["https 2001:db8::1:8443"]);
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "10.0.0.0/16",
            "noreply@example.com",
            "127.0.0.1:80",
            "localhost:9",
            "/var/run/x.sock",
            ":9100",
            "0.0.0.0",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }
}
