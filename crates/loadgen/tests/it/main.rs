//! The generator against a server that behaves badly in known ways.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ironhull_loadgen::{Bodies, LoadError, Pace, Plan, Report, Target, Trust, run};
use ironhull_server::{Authority, Certificates, Exchange, Handler, Lifetimes, Limits, Reply, Server};
use tokio::sync::watch;

/// Makes an answer to the review with this uid.
type Tenth = fn(&str) -> Reply;

/// A server that answers at once, but for what it is told to do.
#[derive(Default)]
struct Fake {
    asked: AtomicU64,
    /// Nothing is answered from then until then.
    stall: Option<(Instant, Instant)>,
    /// Never answers at all.
    is_mute: bool,
    /// Every tenth gets this instead.
    tenth: Option<Tenth>,
}

impl Handler for Fake {
    async fn handle(&self, exchange: Exchange) -> Reply {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let review: serde_json::Value = serde_json::from_slice(&exchange.body).unwrap();
        let uid = review["request"]["uid"].as_str().unwrap();
        if self.is_mute {
            std::future::pending::<()>().await;
        }
        if let Some((from, until)) = self.stall
            && Instant::now() > from
        {
            tokio::time::sleep_until(until.into()).await;
        }
        if let Some(tenth) = self.tenth
            && number % 10 == 9
        {
            return tenth(uid);
        }
        review_of(uid, number.is_multiple_of(2))
    }
}

fn review_of(uid: &str, allowed: bool) -> Reply {
    Reply::json(
        200,
        format!(r#"{{"kind":"AdmissionReview","response":{{"uid":"{uid}","allowed":{allowed}}}}}"#),
    )
}

fn plan(fake: Fake, pace: Pace, is_http1: bool) -> (Plan, watch::Sender<bool>) {
    let dir = tempfile::tempdir().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let authority = Authority::new(now, Lifetimes::default()).unwrap();
    let certificates = Certificates::none();
    certificates.set(authority.issue(&["127.0.0.1".to_owned()], now, Lifetimes::default()).unwrap().identity);
    let (tell, told) = std::sync::mpsc::channel();
    let (end, ending) = watch::channel(false);
    // On a thread of its own: the generator may be busy with waiting.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let address = "127.0.0.1:0".parse().unwrap();
            let limits = Limits { drain: Duration::from_millis(100), ..Limits::default() };
            let server = Server::bind(address, Some(&certificates), limits).await.unwrap();
            tell.send(server.address().unwrap()).unwrap();
            server.run(Arc::new(fake), ending).await;
        });
    });
    let url = format!("https://{}/validate?timeout=10s", told.recv().unwrap());
    let ca = dir.path().join("ca.crt");
    std::fs::write(&ca, &authority.certificate).unwrap();
    let target = Target::new(&url, &Trust::Authority(ca), is_http1).unwrap();
    let reviews = Path::new(env!("CARGO_MANIFEST_DIR")).join("reviews");
    let plan = Plan {
        target,
        bodies: Bodies::recorded(&reviews).unwrap(),
        connections: 2,
        pace,
        warm_up: Duration::from_millis(200),
        duration: Duration::from_secs(2),
        timeout: Duration::from_secs(5),
        pid: Some(std::process::id()),
    };
    (plan, end)
}

fn milliseconds(us: f64) -> f64 {
    us / 1000.0
}

#[tokio::test]
async fn a_stall_is_charged_for_all_that_was_due_in_it() {
    let from = Instant::now() + Duration::from_millis(700);
    let stall = Some((from, from + Duration::from_secs(1)));
    let (plan, _end) = plan(Fake { stall, ..Fake::default() }, Pace::Rate(300.0), false);
    let report = run(&plan).await.unwrap();
    assert_eq!((report.sent, report.answered, report.failures()), (600, 600, 0), "{report}");
    // Of two seconds one was stalled: half of what was due waited for half a second on the average. Who counts from
    // the sending, and sends nothing while he waits, would see one slow answer in 600.
    let (p50, p90, max) = (report.latency_us.p50, report.latency_us.p90, report.latency_us.max);
    assert!(milliseconds(max) > 900.0 && milliseconds(max) < 2000.0, "{report}");
    assert!(milliseconds(p90) > 600.0, "{report}");
    assert!(milliseconds(p50) < 500.0, "{report}");
    assert!((report.rate - 300.0).abs() < 60.0, "{report}");
    assert!(report.generator.unwrap().cpu_seconds > 0.0 && report.server.is_some());
}

#[tokio::test]
async fn over_http_1_what_waits_for_a_connection_is_charged_too() {
    let from = Instant::now() + Duration::from_millis(700);
    let stall = Some((from, from + Duration::from_secs(1)));
    let (plan, _end) = plan(Fake { stall, ..Fake::default() }, Pace::Rate(100.0), true);
    let report = run(&plan).await.unwrap();
    // Two connections: two requests are at the server while it stalls, the others were due all the same.
    assert_eq!((report.sent, report.answered), (200, 200), "{report}");
    assert!(milliseconds(report.latency_us.p90) > 600.0, "{report}");
}

#[tokio::test]
async fn the_closed_loop_counts_what_comes_back() {
    for is_http1 in [false, true] {
        let (plan, _end) = plan(Fake::default(), Pace::InFlight(8), is_http1);
        let plan = Plan { duration: Duration::from_millis(500), ..plan };
        let report = run(&plan).await.unwrap();
        assert!(report.sent > 50 && report.answered == report.sent, "{report}");
        assert!(report.allowed.abs_diff(report.denied) <= 16, "{report}");
        assert!(report.rate_wanted.is_none());
    }
}

async fn with_tenth(tenth: Tenth) -> Report {
    let fake = Fake { tenth: Some(tenth), ..Fake::default() };
    let (plan, _end) = plan(fake, Pace::Rate(200.0), false);
    run(&Plan { warm_up: Duration::ZERO, duration: Duration::from_secs(1), ..plan }).await.unwrap()
}

#[tokio::test]
async fn failures_are_counted_by_kind() {
    let cases: [(&str, Tenth); 4] = [
        ("status-500", |_| Reply::text(500, "no")),
        ("status-429", |uid| Reply { status: 429, ..review_of(uid, true) }),
        ("not-a-review", |_| Reply::json(200, "{}")),
        ("wrong-uid", |_| review_of("another", true)),
    ];
    for (kind, tenth) in cases {
        let report = with_tenth(tenth).await;
        assert_eq!((report.sent, report.answered), (200, 180), "{kind} {report}");
        assert_eq!(report.failed.into_iter().collect::<Vec<_>>(), [(kind.to_owned(), 20)]);
    }
}

#[tokio::test]
async fn no_answer_is_a_timeout_and_stays_in_the_latency() {
    let (plan, _end) = plan(Fake { is_mute: true, ..Fake::default() }, Pace::Rate(50.0), false);
    let plan = Plan {
        warm_up: Duration::ZERO,
        duration: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        ..plan
    };
    let report = run(&plan).await.unwrap();
    assert_eq!((report.sent, report.answered, report.failed["timeout"]), (50, 0, 50), "{report}");
    assert!(milliseconds(report.latency_us.p50) >= 1000.0, "{report}");
}

#[tokio::test]
async fn a_server_that_goes_away_is_failures_and_none_at_all_an_error() {
    let (plan, end) = plan(Fake::default(), Pace::Rate(100.0), false);
    let plan = Plan { warm_up: Duration::ZERO, duration: Duration::from_secs(2), ..plan };
    let again = plan.clone();
    let running = tokio::spawn(async move { run(&plan).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    end.send(true).unwrap();
    let report = running.await.unwrap().unwrap();
    assert_eq!(report.sent, 200, "the schedule is kept: {report}");
    assert_eq!(report.answered + report.failures(), 200, "{report}");
    assert!(report.failed["connect"] > 50, "{report}");
    assert!(matches!(run(&again).await, Err(LoadError::Connect { .. })));
}

#[tokio::test]
async fn the_report_has_the_figures_in_both_forms() {
    let (plan, _end) = plan(Fake::default(), Pace::Rate(100.0), false);
    let report = run(&Plan { duration: Duration::from_millis(500), ..plan }).await.unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["sent"], 50);
    assert_eq!(json["rateWanted"], 100.0);
    assert!(json["latencyUs"]["p999"].as_f64().unwrap() > 0.0);
    assert!(json["server"]["residentPeak"].as_u64().unwrap() > 0);
    let text = report.to_string();
    for part in ["of 100/s wanted", "sent      50", "failed    0", "p99.9", "KiB resident"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
