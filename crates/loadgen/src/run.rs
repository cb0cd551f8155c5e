//! A run, open or closed loop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use tokio::task::JoinSet;

use crate::connection::Connections;
use crate::tally::{Failure, Tally, verdict};
use crate::{Bodies, LoadError, Report, Target, Usage};

/// Timers are good to a millisecond. What is nearer is waited for by asking the clock again and again.
const NEAR: Duration = Duration::from_millis(2);

/// When the next request is sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many a second, whether answers come or not.
    Rate(f64),
    /// As soon as one of so many is answered.
    InFlight(usize),
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where to.
    pub target: Target,
    /// What.
    pub bodies: Bodies,
    /// Over how many connections.
    pub connections: usize,
    /// How fast.
    pub pace: Pace,
    /// How long before anything is counted.
    pub warm_up: Duration,
    /// How long it is counted.
    pub duration: Duration,
    /// How long an answer may take, counted from when its request was to be sent.
    pub timeout: Duration,
    /// The server, to say what it used.
    pub pid: Option<u32>,
}

/// Runs it on the thread of the caller, which should be a runtime with one thread.
///
/// # Errors
/// When nothing can be sent. Requests that fail are counted, not errors.
pub async fn run(plan: &Plan) -> Result<Report, LoadError> {
    if let Pace::Rate(rate) = plan.pace
        && !(rate.is_finite() && rate > 0.0)
    {
        return Err(LoadError::Plan("the rate must be more than nothing"));
    }
    let connections = Connections::open(plan.target.clone(), plan.connections)
        .await
        .map_err(|error| LoadError::Connect { address: plan.target.address, why: error.to_string() })?;
    let begin = Instant::now();
    let counted = begin + plan.warm_up;
    let load = Arc::new(Load {
        connections,
        bodies: plan.bodies.clone(),
        timeout: plan.timeout,
        counted,
        tally: Mutex::default(),
    });
    // Both looks are taken when counting begins, by a task of its own: the loops must not wait for it.
    let pid = plan.pid;
    let before = tokio::spawn(async move {
        tokio::time::sleep_until(counted.into()).await;
        (Usage::of(None), pid.and_then(|pid| Usage::of(Some(pid))))
    });
    let end = counted + plan.duration;
    match plan.pace {
        Pace::Rate(rate) => open(&load, rate, begin, end).await,
        Pace::InFlight(count) => closed(&load, count.max(1), end).await,
    }
    let lasted = counted.elapsed();
    let (own, server) = before.await.unwrap_or_default();
    let since = |now: Option<Usage>, before: Option<Usage>| Some(now?.since(before?));
    let own = since(Usage::of(None), own);
    let server = since(pid.and_then(|pid| Usage::of(Some(pid))), server);
    let tally = load.tally.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Report::new(&tally, plan, lasted, own, server))
}

/// What all requests share.
struct Load {
    connections: Connections,
    bodies: Bodies,
    timeout: Duration,
    counted: Instant,
    tally: Mutex<Tally>,
}

impl Load {
    /// Sends the request that was to be sent then, and counts it if that was after the warm-up.
    async fn one(&self, number: u64, scheduled: Instant) {
        let is_counted = scheduled >= self.counted;
        let (uid, body) = self.bodies.of(number);
        if is_counted {
            let lag = scheduled.elapsed();
            self.tally(|tally| {
                tally.sent += 1;
                tally.lag.record(lag);
            });
        }
        let asking = async {
            let answer = self.connections.send(number, body).await?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.map_err(|_| Failure::Broken)?.to_bytes();
            if status == 200 { verdict(&body, &uid) } else { Err(Failure::Status(status)) }
        };
        let outcome = tokio::time::timeout_at((scheduled + self.timeout).into(), asking).await;
        let took = scheduled.elapsed();
        if is_counted {
            self.tally(|tally| tally.add(outcome.unwrap_or(Err(Failure::Timeout)), took));
        }
    }

    fn tally(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The times are those of the plan: number times the distance from the beginning, so that being late once does not
/// shift the rest.
async fn open(load: &Arc<Load>, rate: f64, begin: Instant, end: Instant) {
    let mut under_way = JoinSet::new();
    for number in 0_u32.. {
        let scheduled = begin + Duration::from_secs_f64(f64::from(number) / rate);
        if scheduled >= end {
            break;
        }
        until(scheduled).await;
        let load = Arc::clone(load);
        under_way.spawn(async move { load.one(u64::from(number), scheduled).await });
        while under_way.try_join_next().is_some() {}
    }
    under_way.join_all().await;
}

async fn until(scheduled: Instant) {
    let left = scheduled.saturating_duration_since(Instant::now());
    if left > NEAR {
        tokio::time::sleep(left.saturating_sub(NEAR)).await;
    }
    // Once in any case: when it is late the answers must be read nevertheless.
    tokio::task::yield_now().await;
    while Instant::now() < scheduled {
        tokio::task::yield_now().await;
    }
}

async fn closed(load: &Arc<Load>, count: usize, end: Instant) {
    let mut workers = JoinSet::new();
    for worker in 0..count {
        let load = Arc::clone(load);
        workers.spawn(async move {
            let mut number = worker as u64;
            while Instant::now() < end {
                load.one(number, Instant::now()).await;
                number += count as u64;
            }
        });
    }
    workers.join_all().await;
}
