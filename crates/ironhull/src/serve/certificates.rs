//! Where the certificate comes from, and changing it in time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ironhull_server::{Authority, CertificateError, CertificateFiles, Certificates, Lifetimes};
use serde_json::json;
use tokio::sync::{Mutex, Notify, watch};

use super::clock::{seconds, timestamp};
use super::engine::Engine;
use super::log;
use super::secret::Kept;

/// Where the certificate comes from.
pub(crate) enum Keeper {
    /// Files that somebody else keeps: cert-manager, or the controller by a mounted Secret.
    Files(CertificateFiles),
    /// An authority of our own, which lives as long as the process.
    Own(Box<Own>),
    /// A Secret that we keep for those who answer reviews. Nothing is shown here.
    Secret(Box<Kept>),
    /// The registration's own: somebody else writes `caBundle` there, and nothing is shown here.
    Elsewhere,
}

/// An authority of our own. While one takes the place of another the API server is told both, so that it trusts
/// whichever certificate it meets.
pub(crate) struct Own {
    authority: Authority,
    /// The authority that was before, until its certificates are gone.
    before: Option<String>,
    names: Vec<String>,
    lifetimes: Lifetimes,
    /// A new authority that the API server was told of, and from when its certificate is shown.
    next: Option<(Authority, i64)>,
}

/// How long the API server may take to learn of an authority.
const LEARNING: i64 = 30;

impl Keeper {
    /// Files of a directory.
    pub(crate) fn files(dir: &Path) -> Self {
        Self::Files(CertificateFiles::new(dir))
    }

    /// An authority of our own, for a server with these names.
    pub(crate) fn own(names: Vec<String>, lifetimes: Lifetimes) -> Result<Self, CertificateError> {
        let authority = Authority::new(seconds(), lifetimes)?;
        Ok(Self::Own(Box::new(Own { authority, before: None, names, lifetimes, next: None })))
    }

    /// What the API server has to trust, as PEM; none where nobody told us.
    pub(crate) fn authorities(&self) -> Option<String> {
        match self {
            Self::Files(files) => files.authority(),
            Self::Secret(kept) => kept.authorities(),
            Self::Elsewhere => None,
            Self::Own(own) => {
                let next = own.next.as_ref().map(|(next, _)| next.certificate.as_str());
                let parts = [Some(own.authority.certificate.as_str()), next, own.before.as_deref()];
                Some(parts.into_iter().flatten().collect::<String>())
            }
        }
    }

    /// Brings the certificate up to date. The answer is whether it or its authority changed.
    pub(crate) async fn tend(&mut self, certificates: &Certificates) -> anyhow::Result<bool> {
        match self {
            Self::Files(files) => {
                let Some(identity) = files.changed()? else { return Ok(false) };
                told(identity.not_after);
                certificates.set(identity);
                Ok(true)
            }
            Self::Own(own) => Ok(own.tend(certificates, seconds())?),
            Self::Secret(kept) => kept.tend().await,
            Self::Elsewhere => Ok(false),
        }
    }

    /// The API server knows these authorities now.
    pub(crate) fn registered(&mut self, authorities: &str) {
        if let Self::Secret(kept) = self {
            kept.registered(authorities);
        }
    }

    /// Whether a certificate is shown in this process, without which it is not ready.
    pub(crate) fn shows(&self) -> bool {
        matches!(self, Self::Files(_) | Self::Own(_))
    }

    /// Whether the registration's `caBundle` is somebody else's.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Elsewhere)
    }

    /// How long it may be left alone.
    pub(crate) fn pace(&self) -> Duration {
        match self {
            // What is mounted may come at any time, and reading three files costs nothing.
            Self::Files(_) => Duration::from_secs(1),
            Self::Secret(kept) => kept.pace(),
            Self::Own(_) | Self::Elsewhere => Duration::from_secs(5),
        }
    }
}

impl Own {
    fn tend(&mut self, certificates: &Certificates, now: i64) -> Result<bool, CertificateError> {
        let mut changed = false;
        // Where the clock went back it would wait for as long again, and where it went forth it may have ended itself.
        let is_good = |next: &Authority| !Lifetimes::is_due(next.not_before, next.not_after, now);
        self.next = self.next.take().filter(|(next, from)| now >= *from - LEARNING && is_good(next));
        let (begin, end) = (self.authority.not_before, self.authority.not_after);
        if self.next.is_none() && Lifetimes::is_due(begin, end, now) {
            // Nobody takes a certificate of one that has ended, or not begun: there is nothing to wait for.
            let is_void = now < begin || now >= end;
            let from = if is_void { now } else { now + LEARNING };
            self.next = Some((Authority::new(now, self.lifetimes)?, from));
            log::info("a new authority takes over", json!({ "from": timestamp(from) }));
            changed = true;
        }
        if let Some((_, from)) = &self.next
            && now >= *from
            && let Some((next, _)) = self.next.take()
        {
            let before = std::mem::replace(&mut self.authority, next);
            self.before = Some(before.certificate);
            self.issue(certificates, now)?;
            changed = true;
        }
        let shown = certificates.current();
        let is_due = shown.is_none_or(|shown| Lifetimes::is_due(shown.not_before, shown.not_after, now));
        if is_due {
            self.issue(certificates, now)?;
            changed = true;
        }
        Ok(changed)
    }

    fn issue(&self, certificates: &Certificates, now: i64) -> Result<(), CertificateError> {
        let issued = self.authority.issue(&self.names, now, self.lifetimes)?;
        told(issued.identity.not_after);
        certificates.set(issued.identity);
        Ok(())
    }
}

fn told(not_after: i64) {
    log::info("a new certificate is shown", json!({ "notAfter": timestamp(not_after) }));
}

/// Ready is who has loaded everything, and has a certificate where one is shown.
pub(crate) async fn tell_ready(
    mut loaded: watch::Receiver<bool>,
    certificates: Option<Certificates>,
    ready: watch::Sender<bool>,
) {
    if loaded.wait_for(|loaded| *loaded).await.is_err() {
        return;
    }
    while certificates.as_ref().is_some_and(|certificates| certificates.current().is_none()) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let _ = ready.send(true);
}

/// Changes the certificate in time.
pub(crate) async fn tend(
    keeper: Arc<Mutex<Keeper>>,
    certificates: Certificates,
    changed: Arc<Notify>,
    engine: Arc<Engine>,
    mut end: watch::Receiver<bool>,
) {
    let mut last = String::new();
    loop {
        let pace = keeper.lock().await.pace();
        tokio::select! {
            () = tokio::time::sleep(pace) => {}
            () = super::controller::ended(&mut end) => return,
        }
        match keeper.lock().await.tend(&certificates).await {
            Ok(is_new) => {
                last.clear();
                if is_new {
                    engine.metrics.add("ironhull_certificates_changed_total", &[]);
                    changed.notify_one();
                }
            }
            Err(error) => {
                // Said once: it is tried every second.
                let error = error.to_string();
                if error != last {
                    log::warn("the certificate stays as it is", json!({ "error": error.as_str() }));
                }
                last = error;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_told_before_its_certificate_is_shown() {
        let hours = |hours: u64| Duration::from_hours(hours);
        let lifetimes = Lifetimes { authority: hours(90), server: hours(9) };
        let mut keeper = Keeper::own(vec!["localhost".to_owned()], lifetimes).unwrap();
        let certificates = Certificates::none();
        let begin = |keeper: &mut Keeper| match keeper {
            Keeper::Own(own) => own.tend(&certificates, seconds()).unwrap(),
            _ => panic!("it is our own"),
        };
        assert!(begin(&mut keeper));
        let first = certificates.current().unwrap();
        assert!(!begin(&mut keeper), "nothing is due");
        let count = |keeper: &Keeper| keeper.authorities().unwrap().matches("BEGIN CERTIFICATE").count();
        assert_eq!(count(&keeper), 1);
        let Keeper::Own(own) = &mut keeper else { panic!("it is our own") };
        let start = seconds();
        assert!(own.tend(&certificates, start + 7 * 3600).unwrap(), "a third of its life is left");
        assert!(certificates.current().unwrap().not_after > first.not_after);
        assert!(own.tend(&certificates, start + 61 * 3600).unwrap());
        assert!(own.next.is_some(), "told, and not shown");
        assert!(own.tend(&certificates, start + 61 * 3600 + LEARNING).unwrap());
        assert!(own.next.is_none() && own.before.is_some(), "shown, and the old one still trusted");
        assert_eq!(count(&keeper), 2);
    }

    /// Forth and back, by an hour and by ten years: what is shown is good by the clock as it is, and so is what issued it.
    #[test]
    fn a_clock_that_jumps_leaves_no_certificate_that_nobody_takes() {
        let hours = |hours: u64| Duration::from_hours(hours);
        let lifetimes = Lifetimes { authority: hours(360 * 24), server: hours(90 * 24) };
        for jump in [3600, -3600, 7200, -7200, 10 * 365 * 86_400, -10 * 365 * 86_400] {
            for is_changing in [false, true] {
                let mut keeper = Keeper::own(vec!["localhost".to_owned()], lifetimes).unwrap();
                let Keeper::Own(own) = &mut keeper else { panic!("it is our own") };
                let certificates = Certificates::none();
                let mut now = seconds();
                own.tend(&certificates, now).unwrap();
                if is_changing {
                    now += 250 * 86_400;
                    own.tend(&certificates, now).unwrap();
                    assert!(own.next.is_some());
                }
                for now in [now + jump, now + jump + 5, now + jump + 10 + LEARNING, now] {
                    own.tend(&certificates, now).unwrap();
                    let shown = certificates.current().unwrap();
                    assert!(shown.not_before <= now && now < shown.not_after, "{jump} {is_changing}");
                    let issuer = &own.authority;
                    assert!(issuer.not_before <= now && now < issuer.not_after, "{jump} {is_changing}");
                    let is_over = own.next.as_ref().is_some_and(|(_, from)| *from > now + LEARNING);
                    assert!(!is_over, "{jump}: the next would wait for years");
                }
            }
        }
    }
}
