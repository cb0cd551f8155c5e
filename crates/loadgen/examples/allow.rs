//! A webhook that allows everything: what the server and the generator cost without any policy.
//!
//! `cargo run --release -p ironhull-loadgen --example allow -- 127.0.0.1:9443 /tmp/ca.crt`

use std::io::Write;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ironhull_loadgen::uid_of;
use ironhull_server::{Authority, Certificates, Exchange, Handler, Lifetimes, Limits, Reply, Server};
use tokio::sync::watch;

struct Allow;

impl Handler for Allow {
    async fn handle(&self, exchange: Exchange) -> Reply {
        let Ok(uid) = uid_of(&exchange.body) else {
            return Reply::text(400, "not a review\n");
        };
        let body = serde_json::json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "response": { "uid": uid, "allowed": true },
        });
        Reply::json(200, body.to_string())
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9443".to_owned()).parse()?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let authority = Authority::new(now, Lifetimes::default())?;
    let certificates = Certificates::none();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    certificates.set(authority.issue(&names, now, Lifetimes::default())?.identity);
    if let Some(file) = arguments.next() {
        std::fs::write(file, &authority.certificate)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::bind(address, Some(&certificates), Limits::default()).await?;
        writeln!(std::io::stdout(), "pid {}", std::process::id())?;
        // Until it is killed: nobody tells it to end.
        let (_end, told) = watch::channel(false);
        server.run(Arc::new(Allow), told).await;
        Ok(())
    })
}
