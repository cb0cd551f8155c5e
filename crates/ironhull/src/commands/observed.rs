//! Flags of who wants to know what `serve` does: names of metrics, a collector of traces.

use std::time::Duration;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use ironhull_sinks::{Endpoint, Exporter, Ids, Limits};
use serde_json::json;

use crate::live::random_key;
use crate::serve::kyverno_metrics::KyvernoMetrics;
use crate::serve::loaded::Loaded;
use crate::serve::log;
use crate::serve::observed::Observed;
use crate::serve::traces::Traces;

#[derive(Args, Clone, Debug)]
pub(super) struct ObservedArgs {
    /// Names of metrics beside our own: Kyverno's, with its labels, for dashboards that are there already.
    #[arg(long, value_name = "NAMES")]
    metrics_names: Option<MetricsNames>,
    /// A collector of traces that takes OTLP over HTTP, such as http://host:4318. Without it what
    /// OTEL_EXPORTER_OTLP_ENDPOINT says.
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// The share of traces that are kept, from 0 to 1. Where the API server says itself whether it keeps a trace, that
    /// counts.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = share)]
    trace_sample: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MetricsNames {
    /// As Kyverno 1.19 names them.
    Kyverno,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "write a number from 0 to 1".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("write a number from 0 to 1".to_owned()) }
}

impl ObservedArgs {
    /// Starts what is asked for. `loaded` is what is there to begin with.
    pub(super) fn start(&self, loaded: &Loaded) -> anyhow::Result<Observed> {
        let kyverno = self.metrics_names.map(|MetricsNames::Kyverno| {
            let metrics = Box::<KyvernoMetrics>::default();
            metrics.changes(None, loaded);
            metrics
        });
        Ok(Observed { kyverno, traces: self.traces()?.map(Box::new) })
    }

    fn traces(&self) -> anyhow::Result<Option<Traces>> {
        let Some(url) = self.url() else { return Ok(None) };
        let has_password = url.split('/').nth(2).is_some_and(|authority| authority.contains('@'));
        ensure!(
            !has_password,
            "the URL of the collector must not have a password in it; headers are set with OTEL_EXPORTER_OTLP_HEADERS"
        );
        let told = || format!("traces to {url}");
        let protocol = of_traces("PROTOCOL").unwrap_or_default();
        ensure!(
            !protocol.starts_with("grpc"),
            "traces to {url}: OTLP is sent over HTTP, not as {protocol}; name the collector's HTTP port, usually 4318"
        );
        let authorities = of_traces("CERTIFICATE").map(|file| std::fs::read(&file).context(file)).transpose();
        let authorities = authorities.with_context(told)?;
        let headers = pairs(&of_traces("HEADERS").unwrap_or_default());
        let timeout = of_traces("TIMEOUT").and_then(|text| text.parse().ok()).unwrap_or(10_000);
        let timeout = Duration::from_millis(timeout);
        let endpoint = Endpoint::new(&url, &headers, authorities.as_deref(), timeout).with_context(told)?;
        let tell = move |why: Option<&str>| match why {
            Some(why) => log::warn("traces are not taken", json!({ "collector": url, "error": why })),
            None => log::info("traces are taken again", json!({ "collector": url })),
        };
        let pause = variable("OTEL_BSP_SCHEDULE_DELAY").and_then(|text| text.parse().ok()).unwrap_or(5000);
        let limits = Limits { pause: Duration::from_millis(pause), ..Limits::default() };
        let exporter = Exporter::start(endpoint, resource(), limits, Box::new(tell));
        let key = random_key()?;
        let seed = key.first_chunk().copied().map(u64::from_le_bytes).unwrap_or_default();
        Ok(Some(Traces::new(exporter, Ids::new(seed), self.trace_sample)))
    }

    /// The full URL, as the specification of OTLP exporters has it: a variable of traces alone is used as it is.
    fn url(&self) -> Option<String> {
        let below = |base: &str| format!("{}/v1/traces", base.trim_end_matches('/'));
        if let Some(base) = &self.otlp_endpoint {
            return Some(below(base));
        }
        let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"))
            || variable("OTEL_TRACES_EXPORTER").is_some_and(|text| text == "none");
        if is_off {
            return None;
        }
        variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            .or_else(|| variable("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| below(&base)))
    }
}

/// Who we are, in traces.
fn resource() -> Vec<(String, String)> {
    let mut resource = pairs(&variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default());
    let has = |resource: &[(String, String)], key: &str| resource.iter().any(|(own, _)| own == key);
    if let Some(name) = variable("OTEL_SERVICE_NAME") {
        resource.retain(|(key, _)| key != "service.name");
        resource.push(("service.name".to_owned(), name));
    }
    let own = [("service.name", "ironhull"), ("service.version", env!("CARGO_PKG_VERSION"))];
    for (key, value) in own {
        if !has(&resource, key) {
            resource.push((key.to_owned(), value.to_owned()));
        }
    }
    resource
}

/// A variable of the exporter: that of traces before that of everything.
fn of_traces(name: &str) -> Option<String> {
    variable(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
        .or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{name}")))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// `a=b,c=d%20e`, as the specification has it: values are percent-encoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        let value = value.trim().replace('+', "%2B");
        Some((key.trim().to_owned(), crate::serve::api::decoded(&value)?))
    };
    text.split(',').filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_the_specification_has_them() {
        let own = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(pairs("a=b, c=d%20e+f,,x"), [own("a", "b"), own("c", "d e+f")]);
        assert_eq!(share("0.01"), Ok(0.01));
        assert!(["2", "-1", "x", "NaN"].iter().all(|text| share(text).is_err()));
    }
}
