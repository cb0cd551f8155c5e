//! `ironhull serve`: what the engines decide becomes what the cluster does.
//!
//! - `engine`: one review in, one answer out; `pods`: Pod Security; `loaded`: what it decides by; `ports`: what policies look up
//! - `slow`: what takes long, and is kept apart from what does not
//! - `decision`, `recorder`: what is remembered of each answer; `recorded`, `again`: reading it, and deciding again
//! - `api`: what people and programs may ask us
//! - `web`: paths, health, metrics; `metrics`: what is counted; `kyverno_metrics`: the same under Kyverno's names
//! - `observed`: who wants to know of each review; `traces`: one span of it
//! - `registration`: what the API server has to send us; `registrar`: writing it; `statuses`: that of policies; `controller`: keeping that, and
//!   everything else that is written, in step
//! - `conditional`: policies with match conditions, which have webhooks of their own
//! - `certificates`, `secret`: which certificate is shown, and the Secret in which the controller keeps it
//! - `demo`: all of it on one machine, without a cluster
//! - `guest`: who else is at work here; `compare`: what became of what we only listened to
//!
//! Lives here: the wiring of policies, Pod Security, the watched cluster and the server. Never lives here: a
//! decision, which is an engine's, and a protocol, which is an adapter's.

pub(crate) mod again;
pub(crate) mod api;
pub(crate) mod certificates;
pub(crate) mod clock;
pub(crate) mod compare;
pub(crate) mod conditional;
pub(crate) mod controller;
pub(crate) mod decision;
pub(crate) mod demo;
pub(crate) mod engine;
pub(crate) mod guest;
pub(crate) mod kyverno_metrics;
pub(crate) mod loaded;
pub(crate) mod local;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod modes;
pub(crate) mod observed;
pub(crate) mod pod_security_config;
pub(crate) mod pods;
pub(crate) mod ports;
pub(crate) mod recorded;
pub(crate) mod recorder;
pub(crate) mod registrar;
pub(crate) mod registration;
pub(crate) mod route;
pub(crate) mod secret;
pub(crate) mod slow;
pub(crate) mod source;
pub(crate) mod statuses;
pub(crate) mod traces;
pub(crate) mod web;
