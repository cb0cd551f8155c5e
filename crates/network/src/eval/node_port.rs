//! Connections to a node's port that a Service has: they end at the pods behind it.

use std::sync::Arc;

use ironhull_value::Value;
use ironhull_world::{World, kinds};

use super::{Query, decided};
use crate::algebra::Protocol;
use crate::engine::Network;
use crate::entry::{DoorKind, Entries};
use crate::explain::Answer;
use crate::who::{Who, WhoKind};

/// The answer, if the port is some Service's.
///
/// The node sends the connection on to any of the pods. Unless `externalTrafficPolicy` is `Local` it may put
/// its own address in the place of the client's, so that both have to be allowed for the answer to be sure.
pub(super) fn behind(
    world: &World,
    network: &Network,
    entries: &Entries,
    query: &Query,
    port: u16,
) -> Option<(Answer, Vec<String>)> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut because = Vec::new();
    for service in world.of_kind(kinds::SERVICE) {
        let asked = |item: &&Value| {
            let protocol = item.dig_str(&["protocol"]).map_or(Some(Protocol::Tcp), Protocol::of);
            item.get("nodePort").and_then(Value::as_i64) == Some(i64::from(port))
                && protocol == Some(query.protocol)
        };
        let Some(item) = service.value.dig_items(&["spec", "ports"]).iter().find(asked) else { continue };
        let doors = entries
            .doors()
            .iter()
            .filter(|door| matches!(door.kind, DoorKind::NodePort) && Arc::ptr_eq(&door.service, service));
        for door in doors {
            let Some(entry) = network.workload(door.workload) else { continue };
            let mut classes = entry.classes.to_vec();
            classes.sort_unstable();
            classes.dedup();
            let to = Who {
                title: entry.workload.title(),
                kind: WhoKind::Workload(door.workload),
                classes,
                note: None,
            };
            let target = item.get("targetPort").or_else(|| item.get("port"));
            let number = match target {
                Some(Value::Str(name)) => super::named(network, &to, query.protocol, name),
                target => target.and_then(Value::as_i64).and_then(|number| u16::try_from(number).ok()),
            };
            let Some(number) = number else { continue };
            let mut sources = vec![&query.from];
            if !door.keeps_client {
                sources.push(&query.to);
            }
            for source in sources {
                let (answer, said) = decided(network, source, &to, query.protocol, number);
                because.push(format!(
                    "node port {port} of Service {} leads to {} port {number}, {} from {}: {}",
                    service.key.name,
                    to.title,
                    answer.name(),
                    source.title,
                    said.because.join("; ")
                ));
                if !answers.contains(&answer) {
                    answers.push(answer);
                }
            }
        }
    }
    match answers.as_slice() {
        [] => None,
        [one] => Some((*one, because)),
        _ => {
            because.insert(
                0,
                "it depends on the pod, and on whether the node puts its own address in the client's place"
                    .to_owned(),
            );
            Some((Answer::Unknown, because))
        }
    }
}
