//! Paths that somebody else wrote.

use ironhull_value::{Interner, Value};

use crate::Cluster;
use crate::api::{Call, JSON};
use crate::failure::Failure;
use crate::path::ResourcePath;
use crate::query::Query;

/// The largest answer: a policy asked for it, and many may ask at once.
const LARGEST: usize = 8 << 20;

impl Cluster {
    /// The JSON at a path below `/api` or `/apis`, with its query, as `kubectl get --raw` reads it. A path that
    /// could mean another one than it seems to is not sent, and an answer of more than 8 MiB is an error.
    pub async fn get_raw(&self, path: &str) -> Result<Value, Failure> {
        let query = Query::raw(path)
            .ok_or_else(|| Failure::Request(format!("{path:?} is no plain path of the API server")))?;
        let call = Call { largest: LARGEST, ..Call::get(&query, JSON) };
        self.0.api.call(&call, &mut Interner::new()).await
    }
}

impl ResourcePath {
    /// The path as text.
    pub fn text(&self) -> Result<String, Failure> {
        self.query().map(|query| query.as_str().to_owned())
    }
}

impl Query {
    /// A path as it was written, if every part of it means what it says.
    fn raw(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
        let mut parts = path.strip_prefix('/')?.split('/');
        let is_api = matches!(parts.next(), Some("api" | "apis"));
        let is_sound = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(is_plain);
        let is_text = |byte: u8| is_plain(byte) || b"=&%+,!()/".contains(&byte);
        (is_api && parts.all(is_sound) && query.bytes().all(is_text)).then(|| Self::of_text(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_means_what_it_says() {
        for path in ["/api/v1/pods", "/apis/apps/v1/namespaces/a/deployments/b?labelSelector=a%3Db&limit=1"] {
            assert_eq!(Query::raw(path).unwrap().as_str(), path);
        }
        for path in [
            "",
            "api/v1",
            "/version",
            "/api/v1/../../metrics",
            "/api/v1//pods",
            "/api/v1/namespaces/%2e%2e/x",
            "/api/v1/pods#x",
            "/api/v1/pods?a=b c",
            "/api/v1/pods\r\nHost: x",
            "/api/v1/./pods",
            "/apis/a/b?x=\"",
        ] {
            assert!(Query::raw(path).is_none(), "{path}");
        }
    }
}
