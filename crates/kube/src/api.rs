//! One GET, with its deadline, retries and limits.

use std::time::Duration;

use http::header::{ACCEPT, RETRY_AFTER, USER_AGENT};
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ironhull_value::Value;
use kube::Client;
use kube::client::Body;

use crate::failure::{Failure, clean};
use crate::query::Query;

/// A server's JSON, with the aggregated form of discovery where it has one.
pub(crate) const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Plain JSON.
pub(crate) const JSON: &str = "application/json";

/// Beyond this an answer is given up. 500 objects of the largest size that etcd takes by default are 750 MiB.
const LARGEST: usize = 1 << 30;

/// Beyond this the explanation of a refusal is not read.
const LARGEST_REFUSAL: usize = 1 << 20;

/// How often a server that is too busy is asked again.
const RETRIES: u32 = 4;

/// The longest pause between two attempts, whatever the server wishes.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// An API server.
pub(crate) struct Api {
    client: Client,
    timeout: Duration,
}

impl Api {
    /// A server that must answer each request within `timeout`, attempts and body included.
    pub(crate) fn new(client: Client, timeout: Duration) -> Self {
        Self { client, timeout }
    }

    /// The JSON at a path.
    pub(crate) async fn get(&self, query: &Query, accept: &'static str) -> Result<Value, Failure> {
        match tokio::time::timeout(self.timeout, self.attempts(query, accept)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::Timeout(self.timeout)),
        }
    }

    async fn attempts(&self, query: &Query, accept: &'static str) -> Result<Value, Failure> {
        let mut attempt = 0;
        loop {
            let response = self.send(query, accept).await?;
            let code = response.status().as_u16();
            if response.status().is_success() {
                return decode(response).await;
            }
            if attempt == RETRIES || !matches!(code, 429 | 503 | 504) {
                return Err(refusal(code, response).await);
            }
            tokio::time::sleep(pause(&response, attempt)).await;
            attempt += 1;
        }
    }

    /// Not one of the client's own request functions: those write an answer that they cannot decode to the
    /// log, and it may be a list of Secrets.
    async fn send(&self, query: &Query, accept: &'static str) -> Result<Response<Body>, Failure> {
        let request = Request::get(query.as_str())
            .header(ACCEPT, accept)
            .header(USER_AGENT, concat!("ironhull/", env!("CARGO_PKG_VERSION")))
            .body(Body::empty())
            .map_err(|error| Failure::Connection(error.to_string()))?;
        self.client.send(request).await.map_err(|error| Failure::of_sending(&error))
    }
}

/// What the server asks for, or a little longer each time.
fn pause(response: &Response<Body>, attempt: u32) -> Duration {
    let wish = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let pause = wish.map_or_else(|| Duration::from_millis(100 << attempt), Duration::from_secs);
    pause.min(LONGEST_PAUSE)
}

async fn decode(response: Response<Body>) -> Result<Value, Failure> {
    let bytes = match Limited::new(response.into_body(), LARGEST).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Failure::Answer(format!("it is longer than {} MiB", LARGEST >> 20)));
        }
        Err(_) => return Err(Failure::Connection("the connection broke off".to_owned())),
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        // Only the place: the words of a parser may quote what it read.
        Failure::Answer(format!("it is not JSON (line {}, column {})", error.line(), error.column()))
    })
}

/// The message of the `Status` that a refusal carries. Of anything else, such as the page of a gateway, only
/// the code is told.
async fn refusal(code: u16, response: Response<Body>) -> Failure {
    let body = Limited::new(response.into_body(), LARGEST_REFUSAL).collect().await;
    let status = body.ok().and_then(|body| serde_json::from_slice::<Value>(&body.to_bytes()).ok());
    let message = status
        .as_ref()
        .filter(|status| status.dig_str(&["kind"]) == Some("Status"))
        .and_then(|status| status.dig_str(&["message"]))
        .map(|message| format!(": {}", clean(message)));
    Failure::Refused { code, message: message.unwrap_or_default() }
}
