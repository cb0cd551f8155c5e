//! The two ends of a connection, as they are typed.

use anyhow::{Context, anyhow, bail};
use clap::Args;
use ironhull_network::algebra::{Conns, PortSet, Protocol};
use ironhull_network::engine::Network;
use ironhull_network::{Who, who};

/// Two ends. Those of netpol-analyzer's `eval` are understood too.
#[derive(Args, Debug)]
pub(super) struct Ends {
    /// Where the connection starts: NAMESPACE/NAME of a workload or pod, an address, node/NAME or
    /// ingress-controller.
    #[arg(long, value_name = "END")]
    from: Option<String>,
    /// Where it ends: the same, or a domain name.
    #[arg(long, value_name = "END")]
    to: Option<String>,
    /// The source pod, as netpol-analyzer names it.
    #[arg(long, short = 's', value_name = "NAME", conflicts_with = "from", hide_short_help = true)]
    source_pod: Option<String>,
    /// The namespace of --source-pod.
    #[arg(long, value_name = "NAME", default_value = "default", hide_short_help = true)]
    source_namespace: String,
    /// The source address, as netpol-analyzer names it.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["from", "source_pod"], hide_short_help = true)]
    source_ip: Option<String>,
    /// The destination pod, as netpol-analyzer names it.
    #[arg(long, short = 'd', value_name = "NAME", conflicts_with = "to", hide_short_help = true)]
    destination_pod: Option<String>,
    /// The namespace of --destination-pod.
    #[arg(long, value_name = "NAME", default_value = "default", hide_short_help = true)]
    destination_namespace: String,
    /// The destination address, as netpol-analyzer names it.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["to", "destination_pod"], hide_short_help = true)]
    destination_ip: Option<String>,
}

impl Ends {
    /// Finds both among what the cluster has.
    pub(super) fn resolve(&self, network: &Network) -> anyhow::Result<(Who, Who)> {
        let pod =
            |name: &Option<String>, namespace: &str| name.as_ref().map(|name| format!("{namespace}/{name}"));
        let from = self
            .from
            .clone()
            .or_else(|| pod(&self.source_pod, &self.source_namespace))
            .or(self.source_ip.clone());
        let to = self
            .to
            .clone()
            .or_else(|| pod(&self.destination_pod, &self.destination_namespace))
            .or(self.destination_ip.clone());
        let Some(from) = from else { bail!("where the connection starts is missing: --from NAMESPACE/NAME") };
        let Some(to) = to else { bail!("where the connection ends is missing: --to NAMESPACE/NAME") };
        let (from, to) = (who(network, &from).context("--from")?, who(network, &to).context("--to")?);
        if from.classes.is_empty() && to.classes.is_empty() {
            bail!("{} and {} are both outside of the cluster: no policy is about them", from.title, to.title);
        }
        Ok((from, to))
    }
}

/// `tcp`, in any case.
pub(super) fn protocol(text: &str) -> Result<Protocol, String> {
    Protocol::of(&text.to_uppercase()).ok_or_else(|| "there are tcp, udp and sctp".to_owned())
}

/// `80`, `8000-8080`, or a name that the destination gives a port.
pub(super) fn conns(network: &Network, to: &Who, port: &str, protocol: Protocol) -> anyhow::Result<Conns> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    if let Some(port) = number(port) {
        return Ok(Conns::one(protocol, port));
    }
    if let Some((low, high)) =
        port.split_once('-').and_then(|(low, high)| Some((number(low)?, number(high)?)))
    {
        return Ok(Conns::of(protocol, PortSet::range(low, high)));
    }
    let classes = to.classes.iter();
    let declared = classes.flat_map(|class| network.ports_declared(*class));
    let found = declared.filter(|(name, of, _)| name == port && *of == protocol);
    let conns =
        found.fold(Conns::none(), |conns, (_, _, number)| conns.union(&Conns::one(protocol, *number)));
    if conns.is_empty() {
        return Err(anyhow!(
            "{} declares no {protocol} port that is called {port:?}; write a number from 1 to 65535",
            to.title
        ));
    }
    Ok(conns)
}
