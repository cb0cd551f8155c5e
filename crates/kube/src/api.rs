//! One request, with its deadline, retries and limits.

use std::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ironhull_value::{Interner, Value};
use kube::Client;
use kube::client::Body;

use crate::failure::Failure;
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

/// What is sent.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) query: &'a Query,
    pub(crate) accept: &'static str,
    /// Type and text.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    /// Bytes that the answer may have.
    pub(crate) largest: usize,
}

impl<'a> Call<'a> {
    /// A request that only reads.
    pub(crate) fn get(query: &'a Query, accept: &'static str) -> Self {
        Self { method: Method::GET, query, accept, body: None, largest: LARGEST }
    }
}

impl Api {
    /// A server that must answer each request within `timeout`, attempts and body included.
    pub(crate) fn new(client: Client, timeout: Duration) -> Self {
        Self { client, timeout }
    }

    /// The JSON at a path.
    pub(crate) async fn get(&self, query: &Query, accept: &'static str) -> Result<Value, Failure> {
        self.call(&Call::get(query, accept), &mut Interner::new()).await
    }

    /// The JSON that a request is answered with, its keys shared by `interner`.
    pub(crate) async fn call(&self, call: &Call<'_>, interner: &mut Interner) -> Result<Value, Failure> {
        let answer = async {
            let response = self.attempts(call).await?;
            decode(response, call.largest, interner).await
        };
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(result) => result,
            Err(_) => Err(Failure::Timeout(self.timeout)),
        }
    }

    /// An answer that goes on: the deadline is for its head only.
    pub(crate) async fn open(&self, query: &Query, accept: &'static str) -> Result<Response<Body>, Failure> {
        match tokio::time::timeout(self.timeout, self.attempts(&Call::get(query, accept))).await {
            Ok(result) => result,
            Err(_) => Err(Failure::Timeout(self.timeout)),
        }
    }

    async fn attempts(&self, call: &Call<'_>) -> Result<Response<Body>, Failure> {
        let mut attempt = 0;
        loop {
            let response = self.send(call).await?;
            let code = response.status().as_u16();
            if response.status().is_success() {
                return Ok(response);
            }
            // What only reads may be asked again. A write that was answered with 503 or 504 may have been
            // done; with 429 it was not.
            let is_busy = code == 429 || (call.method == Method::GET && matches!(code, 503 | 504));
            if attempt == RETRIES || !is_busy {
                return Err(refusal(code, response).await);
            }
            tokio::time::sleep(pause(&response, attempt)).await;
            attempt += 1;
        }
    }

    /// Not one of the client's own request functions: those write an answer that they cannot decode to the
    /// log, and it may be a list of Secrets.
    async fn send(&self, call: &Call<'_>) -> Result<Response<Body>, Failure> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.query.as_str())
            .header(ACCEPT, call.accept)
            // Servers from 1.37 on compress each event of a watch by itself.
            .header(ACCEPT_ENCODING, "identity")
            .header(USER_AGENT, concat!("ironhull/", env!("CARGO_PKG_VERSION")));
        let mut body = Body::empty();
        if let Some((kind, bytes)) = &call.body {
            request = request.header(CONTENT_TYPE, *kind);
            body = Body::from(bytes.clone());
        }
        let request = request.body(body).map_err(|error| Failure::Connection(error.to_string()))?;
        self.client.send(request).await.map_err(|error| Failure::of_sending(&error))
    }
}

/// What the server asks for, or a little longer each time.
fn pause(response: &Response<Body>, attempt: u32) -> Duration {
    let wish = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let pause = wish.map_or_else(|| Duration::from_millis(100 << attempt), Duration::from_secs);
    pause.min(LONGEST_PAUSE)
}

async fn decode(response: Response<Body>, largest: usize, interner: &mut Interner) -> Result<Value, Failure> {
    let bytes = match Limited::new(response.into_body(), largest).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Failure::Answer(format!("it is longer than {} MiB", largest >> 20)));
        }
        Err(_) => return Err(Failure::Connection("the connection broke off".to_owned())),
    };
    parse(&bytes, interner)
}

/// Reads one JSON text.
pub(crate) fn parse(bytes: &[u8], interner: &mut Interner) -> Result<Value, Failure> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Value::deserialize_interned(&mut reader, interner);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        // Only the place: the words of a parser may quote what it read.
        Failure::Answer(format!("it is not JSON (line {}, column {})", error.line(), error.column()))
    })
}

/// The `Status` that a refusal carries. Of anything else, such as the page of a gateway, only the code is
/// told.
async fn refusal(code: u16, response: Response<Body>) -> Failure {
    let body = Limited::new(response.into_body(), LARGEST_REFUSAL).collect().await;
    let status = body.ok().and_then(|body| serde_json::from_slice::<Value>(&body.to_bytes()).ok());
    Failure::of_status(code, status.as_ref())
}
