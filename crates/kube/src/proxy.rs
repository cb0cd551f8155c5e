//! Whether the API server is reached through a proxy of the environment.
//!
//! The client reads `HTTPS_PROXY` for every server, plain and local ones too, and compares `NO_PROXY` with
//! the proxy's own name. So it is decided here, as Go programs do: the variables of a user's shell are set
//! with kubectl in mind.

use std::net::IpAddr;

use http::Uri;

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProxyEnvironment {
    /// `HTTPS_PROXY`, or in lower case.
    pub(crate) proxy: Option<String>,
    /// `NO_PROXY`, or in lower case.
    pub(crate) except: Option<String>,
}

impl ProxyEnvironment {
    /// The variables of this process.
    pub(crate) fn read() -> Self {
        let read = |names: [&str; 2]| {
            names.into_iter().filter_map(|name| std::env::var(name).ok()).find(|value| !value.is_empty())
        };
        Self { proxy: read(["HTTPS_PROXY", "https_proxy"]), except: read(["NO_PROXY", "no_proxy"]) }
    }

    /// The proxy for a server, if any.
    pub(crate) fn proxy_for(&self, server: &Uri) -> Option<Uri> {
        let (host, port) = (server.host()?, server.port_u16().unwrap_or(443));
        if server.scheme_str() != Some("https") || is_local(host) || self.is_excepted(host, port) {
            return None;
        }
        let proxy = self.proxy.as_ref()?;
        let with_scheme = if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") };
        with_scheme.parse().ok()
    }

    fn is_excepted(&self, host: &str, port: u16) -> bool {
        let entries = self.except.iter().flat_map(|list| list.split(',')).map(str::trim);
        entries.filter(|entry| !entry.is_empty()).any(|entry| excepts(entry, host, port))
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|address| address.is_loopback())
}

/// An IP address, also in the brackets of a URL.
fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// `*`, an address, a network, or a name with all below it; a leading dot means only what is below it.
fn excepts(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/')
        && let (Some(network), Ok(bits)) = (address(network), bits.parse::<u32>())
    {
        return address(host).is_some_and(|host| is_within(host, network, bits));
    }
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, wanted)) if address(entry).is_none() => (name, wanted.parse::<u16>().ok()),
        _ => (entry, None),
    };
    if wanted.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if let Some(own) = address(name) {
        return address(host) == Some(own);
    }
    let (name, host) = (name.trim_start_matches('*').to_ascii_lowercase(), host.to_ascii_lowercase());
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(&name),
        None => host == name || host.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.')),
    }
}

fn is_within(host: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            host.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(host), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            host.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_proxied(server: &str, except: &str) -> bool {
        let environment = ProxyEnvironment {
            proxy: Some("proxy.example:3128".to_owned()),
            except: Some(except.to_owned()),
        };
        environment.proxy_for(&server.parse().unwrap()).is_some()
    }

    #[test]
    fn local_and_plain_servers_are_reached_directly() {
        assert!(is_proxied("https://api.example", ""));
        for server in ["http://api.example", "https://127.0.0.1:6443", "https://[::1]", "https://localhost"] {
            assert!(!is_proxied(server, ""), "{server}");
        }
    }

    #[test]
    fn exceptions_are_those_of_go() {
        for (server, except) in [
            ("https://api.example", "*"),
            ("https://api.example", "other, api.example,"),
            ("https://a.api.example", "api.example"),
            ("https://a.api.example", ".api.example"),
            ("https://a.api.example", "*.api.example"),
            ("https://api.example:6443", "API.example:6443"),
            ("https://10.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3", "10.1.2.3"),
            ("https://10.1.2.3", "0.0.0.0/0"),
            ("https://[fd00::7]", "fd00::/8"),
            ("https://[fd00::7]", "fd00::7"),
        ] {
            assert!(!is_proxied(server, except), "{server} {except}");
        }
        for (server, except) in [
            ("https://api.example", ".api.example"),
            ("https://myapi.example", "api.example"),
            ("https://api.example", "api.example:6443"),
            ("https://11.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3", "10.0.0.0/99"),
        ] {
            assert!(is_proxied(server, except), "{server} {except}");
        }
    }
}
