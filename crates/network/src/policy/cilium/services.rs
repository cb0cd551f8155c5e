//! `toServices`: the pods behind services.

use ironhull_value::{Path, Value};

use super::peers::Peers;
use super::{Frame, selector};
use crate::policy::context::Service;
use crate::policy::{LabelMatch, Namespaces, Peer};

/// One item of `toServices`.
pub(super) fn read(frame: &mut Frame<'_, '_, '_>, item: &Value, path: &Path, found: &mut Peers) {
    let Some(services) = services(frame, item, path) else {
        found.uncertain.push(Peer::Everything);
        return;
    };
    let pods: Vec<Option<Peer>> = services
        .iter()
        .map(|service| {
            Some(Peer::Pods { namespaces: Namespaces::One(service.namespace.clone()), pods: service.pods()? })
        })
        .collect();
    if pods.is_empty() || pods.contains(&None) {
        frame.reader.not_modelled(
            path,
            "a Service that is meant is not among the objects, or it has no selector",
            "give its manifest too; what stands behind a Service without selector is shown as unknown",
        );
        found.uncertain.push(Peer::Everything);
    }
    found.certain.extend(pods.into_iter().flatten());
}

fn services<'c>(frame: &mut Frame<'_, '_, 'c>, item: &Value, path: &Path) -> Option<Vec<&'c Service>> {
    frame.reader.mapping(item, path)?;
    if !frame.reader.only_fields(item, path, &["k8sService", "k8sServiceSelector"]) {
        return None;
    }
    let (field, value) = match (item.get("k8sService"), item.get("k8sServiceSelector")) {
        (Some(value), None) => ("k8sService", value),
        (None, Some(value)) => ("k8sServiceSelector", value),
        _ => {
            frame.reader.invalid(
                path,
                "exactly one of k8sService and k8sServiceSelector must be given",
                "keep one of them",
            );
            return None;
        }
    };
    let at = path.child(field);
    frame.reader.mapping(value, &at)?;
    // Without a namespace, of every namespace (`serviceRefMatches` in `pkg/policy/k8s/service.go`).
    let namespace = value.get("namespace").and_then(Value::as_str).filter(|name| !name.is_empty());
    if field == "k8sServiceSelector" {
        if !frame.reader.only_fields(value, &at, &["selector", "namespace"]) {
            return None;
        }
        let selector = selector::read(
            frame.reader,
            value.get("selector").unwrap_or(&Value::Null),
            &at.child("selector"),
        )?;
        return Some(frame.context.services_with(namespace, &selector::plain(&selector)));
    }
    if !frame.reader.only_fields(value, &at, &["serviceName", "namespace"]) {
        return None;
    }
    let name =
        frame.reader.text(value.get("serviceName"), &at.child("serviceName"), "the name of a Service")?;
    if let Some(namespace) = namespace {
        return Some(frame.context.service(namespace, &name).into_iter().collect());
    }
    let mut found = frame.context.services_with(None, &LabelMatch::everything());
    found.retain(|service| service.object.key.name == name);
    Some(found)
}
