"""The naive reference evaluator: decides connections one packet at a time, straight from the rules.

Written from the semantics of the Kubernetes and network-policy-api types alone and independent of the
engine it is compared with. It is slow on purpose: no index, no set algebra, no cache. See README.md.

JSON lines on standard input, one request a line; one answer a line on standard output.
`--bug 1..3` seeds a known mistake, so that a test can prove that a comparison notices it.
"""
import argparse
import copy
import ipaddress
import json
import sys

PROTOCOLS = ("TCP", "UDP", "SCTP")
FIRST, LAST = 1, 65535
NAME_LABEL = "kubernetes.io/metadata.name"
BUG = 0  # 1: NotIn wants the key; 2: `except` is ignored; 3: Pass counts as Allow


class Invalid(Exception):
    """The request cannot be understood; answering anything else would be guessing."""


# ---------------------------------------------------------------- the world

class End:
    """One end of a connection: a pod with labels, or only addresses (maybe none that are known)."""

    def __init__(self, key=None, pod=None, namespace=None, addresses=()):
        self.key, self.pod, self.namespace = key, pod, namespace
        self.addresses = [ipaddress.ip_address(a) for a in addresses if a]
        self.all_addresses = self.addresses  # who it is does not depend on the family of a connection
        self.host_addresses = []
        if pod is not None:
            self.host_addresses = [ipaddress.ip_address(a) for a in host_ips(pod) if a]

    def over(self, family):
        """The same end with its addresses of one family only; all of them if there is none to choose."""
        if family is None:
            return self
        end = copy.copy(self)
        end.addresses = [a for a in self.addresses if a.version == family]
        return end

    @property
    def is_pod(self):
        return self.pod is not None


class World:
    def __init__(self, objects, profile):
        if profile not in ("upstream", "netpol-analyzer"):
            raise Invalid(f"unknown profile {profile!r}")
        self.upstream = profile == "upstream"
        self.namespace_labels, self.pods, self.nodes = {}, {}, []
        self.v1, self.admin, self.baseline = [], [], []
        for o in objects:
            self.add(o)
        # Lower number first; equal numbers are undefined upstream, here the name decides.
        self.admin.sort(key=lambda entry: entry[:3])
        self.baseline.sort(key=lambda entry: entry[:3])

    def add(self, o):
        kind, meta, spec = o.get("kind"), o.get("metadata") or {}, o.get("spec") or {}
        name, namespace = meta.get("name"), meta.get("namespace") or "default"
        if kind == "Namespace":
            self.namespace_labels[name] = {NAME_LABEL: name, **(meta.get("labels") or {})}
        elif kind == "Pod":
            self.pods[f"{namespace}/{name}"] = o
        elif kind == "Node":
            self.nodes.append(o)
        elif kind == "NetworkPolicy":
            self.v1.append((namespace, spec))
        elif kind == "AdminNetworkPolicy":
            self.admin.append((spec.get("priority", 0), name, kind, spec))
        elif kind == "BaselineAdminNetworkPolicy":
            self.baseline.append((LAST, name, kind, spec))  # behind every numbered policy
        elif kind == "ClusterNetworkPolicy":
            tiers = {"Admin": self.admin, "Baseline": self.baseline}
            if spec.get("tier") not in tiers:
                raise Invalid(f"unknown tier {spec.get('tier')!r}")
            tiers[spec["tier"]].append((spec.get("priority", 0), name, kind, spec))
        else:
            raise Invalid(f"unknown kind {kind!r}")

    def labels_of_namespace(self, namespace):
        return self.namespace_labels.get(namespace, {NAME_LABEL: namespace})

    def end(self, written):
        if "ip" in written:
            return End(addresses=[written["ip"]])
        key = written.get("pod")
        if key not in self.pods:
            raise Invalid(f"unknown end {written!r}")
        pod = self.pods[key]
        status = pod.get("status") or {}
        ips = [entry.get("ip") for entry in status.get("podIPs") or []] or [status.get("podIP")]
        if self.upstream and (pod.get("spec") or {}).get("hostNetwork"):
            return End(key=key, addresses=ips + host_ips(pod))
        return End(key=key, pod=pod, namespace=key.split("/")[0], addresses=ips)


def host_ips(pod):
    status = pod.get("status") or {}
    return [status.get("hostIP")] + [entry.get("ip") for entry in status.get("hostIPs") or []]


# ---------------------------------------------------------------- one packet

def allowed(world, src, dst, protocol, port):
    if src.key is not None and src.key == dst.key:
        return True  # a pod always reaches itself
    return all(direction_allows(world, "egress", src.over(family), dst.over(family), dst, protocol, port)
               and direction_allows(world, "ingress", dst.over(family), src.over(family), dst, protocol, port)
               for family in families(src, dst))


def families(src, dst):
    """A connection is made over one family: one that both ends have, as far as is known."""
    known = [{a.version for a in end.addresses} for end in (src, dst) if end.addresses]
    both = set.intersection(*known) if known else set()
    return sorted(both) or [None]


def direction_allows(world, direction, subject, peer, dst, protocol, port):
    """`subject` is the end whose policies are asked, `peer` the other one, `dst` owns the port."""
    if not subject.is_pod:
        return True
    if world.upstream and direction == "ingress" and not peer.is_pod \
            and any(a in subject.host_addresses for a in peer.all_addresses):
        return True  # the pod's own node (kubelet probes)
    packet = (direction, subject, peer, dst, protocol, port)
    action = tier_action(world, world.admin, *packet)
    if action in ("Allow", "Deny"):
        return action == "Allow"
    selecting = [(namespace, spec) for namespace, spec in world.v1
                 if namespace == subject.namespace and isolates(spec, direction)
                 and matches(spec.get("podSelector") or {}, labels(subject.pod))]
    if selecting:
        return any(v1_rule_matches(world, namespace, rule, *packet)
                   for namespace, spec in selecting for rule in spec.get(direction) or [])
    return tier_action(world, world.baseline, *packet) != "Deny"


def isolates(spec, direction):
    types = spec.get("policyTypes") or []
    for written in types:
        if written not in ("Ingress", "Egress"):
            raise Invalid(f"unknown policy type {written!r}")
    if types:
        return direction.capitalize() in types
    return direction == "ingress" or bool(spec.get("egress"))


# ---------------------------------------------------------------- selectors

def labels(o):
    return (o.get("metadata") or {}).get("labels") or {}


def matches(selector, have):
    """A label selector; an empty one matches everything."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if have.get(key) != value:
            return False
    return all(expression_matches(e, have) for e in selector.get("matchExpressions") or [])


def expression_matches(expression, have):
    key, operator, values = expression.get("key"), expression.get("operator"), expression.get("values") or []
    if (operator in ("In", "NotIn")) != bool(values) or not key:
        raise Invalid(f"invalid selector expression {expression!r}")
    if operator == "In":
        return key in have and have[key] in values
    if operator == "NotIn":
        if BUG == 1 and key not in have:
            return False
        return key not in have or have[key] not in values
    if operator == "Exists":
        return key in have
    if operator == "DoesNotExist":
        return key not in have
    raise Invalid(f"unknown operator {operator!r}")


def in_cidr(address, cidr):
    try:
        return address in ipaddress.ip_network(cidr, strict=False)
    except ValueError as error:
        raise Invalid(str(error)) from error


# ---------------------------------------------------------------- NetworkPolicy v1

def v1_rule_matches(world, namespace, rule, direction, subject, peer, dst, protocol, port):
    peers = rule.get("from" if direction == "ingress" else "to") or []
    ports = rule.get("ports") or []
    return ((not peers or any(v1_peer_matches(world, namespace, p, peer) for p in peers))
            and (not ports or any(v1_port_matches(world, p, dst, protocol, port) for p in ports)))


def v1_peer_matches(world, namespace, written, peer):
    pods, namespaces, block = (written.get(k) for k in ("podSelector", "namespaceSelector", "ipBlock"))
    if block is not None:
        if pods is not None or namespaces is not None:
            raise Invalid("ipBlock next to another peer")
        if peer.is_pod and not world.upstream:
            return False
        return any(in_block(a, block) for a in peer.addresses)
    if pods is None and namespaces is None:
        raise Invalid("must specify a peer")
    if not peer.is_pod:
        return False
    if namespaces is None:
        if peer.namespace != namespace:
            return False
    elif not matches(namespaces, world.labels_of_namespace(peer.namespace)):
        return False
    return pods is None or matches(pods, labels(peer.pod))


def in_block(address, block):
    if not in_cidr(address, block.get("cidr")):
        return False
    return BUG == 2 or not any(in_cidr(address, e) for e in block.get("except") or [])


def v1_port_matches(world, written, dst, protocol, port):
    wanted, number, end = written.get("protocol") or "TCP", written.get("port"), written.get("endPort")
    if wanted not in PROTOCOLS:
        raise Invalid(f"unknown protocol {wanted!r}")
    if end is not None and (not isinstance(number, int) or end < number):
        raise Invalid("endPort needs a port that is a number and not above it")
    if wanted != protocol:
        return False
    if number is None:
        return True
    if isinstance(number, str):
        return (protocol, port) in named_ports(world, dst, number)
    return number <= port <= (number if end is None else end)


def named_ports(world, dst, name):
    """Every (protocol, number) that the destination declares under this name; none for an address."""
    if not dst.is_pod:
        return set()
    spec = dst.pod.get("spec") or {}
    containers = list(spec.get("containers") or [])
    if world.upstream:
        containers += [c for c in spec.get("initContainers") or [] if c.get("restartPolicy") == "Always"]
    found = [(p.get("protocol") or "TCP", p.get("containerPort"))
             for c in containers for p in c.get("ports") or [] if p.get("name") == name]
    return set(found if world.upstream else found[:1])


# ---------------------------------------------------------------- admin and baseline tiers

def tier_action(world, policies, direction, subject, peer, dst, protocol, port):
    """`Allow`, `Deny`, `Pass`, or None when no rule matches; the first match counts."""
    for _priority, _name, _kind, spec in policies:
        if not subject_matches(world, spec.get("subject") or {}, subject):
            continue
        for rule in spec.get(direction) or []:
            action = rule_action(world, rule, direction, peer, dst, protocol, port)
            if action is not None:
                return action
    return None


def subject_matches(world, written, subject):
    known = [k for k in ("namespaces", "pods") if written.get(k) is not None]
    if len(known) != 1:
        raise Invalid("a subject wants exactly one of namespaces and pods")
    return selects_pod(world, written, subject)


def selects_pod(world, written, end):
    if not end.is_pod:
        return False
    namespace_labels = world.labels_of_namespace(end.namespace)
    if written.get("namespaces") is not None:
        return matches(written["namespaces"], namespace_labels)
    pods = written["pods"]
    return (matches(pods.get("namespaceSelector") or {}, namespace_labels)
            and matches(pods.get("podSelector") or {}, labels(end.pod)))


def rule_action(world, rule, direction, peer, dst, protocol, port):
    action = {"Accept": "Allow"}.get(rule.get("action"), rule.get("action"))
    if action not in ("Allow", "Deny", "Pass"):
        raise Invalid(f"unknown action {action!r}")
    known = ("namespaces", "pods")
    if direction == "egress":
        known += ("nodes", "networks", "domainNames")
    peers = rule.get("from" if direction == "ingress" else "to") or []
    if not peers:
        raise Invalid("a rule needs at least one peer")
    for written in peers:
        fields = [k for k in known if written.get(k) is not None]
        if len(fields) > 1:
            raise Invalid("a peer wants exactly one field")
        if not fields:  # something newer than us: fail closed
            return None if action == "Allow" else "Deny"
    ports = rule.get("ports") or rule.get("protocols") or []
    if not world.upstream and rule.get("ports") == []:
        return None
    if not any(admin_peer_matches(world, p, peer) for p in peers):
        return None
    if ports and not any(admin_port_matches(world, p, dst, protocol, port) for p in ports):
        return None
    return "Allow" if BUG == 3 and action == "Pass" else action


def admin_peer_matches(world, written, peer):
    if written.get("networks") is not None:
        if peer.is_pod and not world.upstream:
            return False
        return any(in_cidr(a, cidr) for a in peer.addresses for cidr in written["networks"])
    if written.get("nodes") is not None:
        return world.upstream and not peer.is_pod and any(
            matches(written["nodes"], labels(node)) and a in node_addresses(node)
            for node in world.nodes for a in peer.all_addresses)
    if written.get("domainNames") is not None:
        return False  # names are opaque: no address is known to belong to one
    return selects_pod(world, written, peer)


def node_addresses(node):
    return [ipaddress.ip_address(a["address"]) for a in (node.get("status") or {}).get("addresses") or []
            if a.get("type") in ("InternalIP", "ExternalIP")]


def admin_port_matches(world, written, dst, protocol, port):
    name = written.get("namedPort") or written.get("destinationNamedPort")
    if name:
        return (protocol, port) in named_ports(world, dst, name)
    if "portNumber" in written:
        p = written["portNumber"]
        return (p.get("protocol") or "TCP") == protocol and p["port"] == port
    if "portRange" in written:
        p = written["portRange"]
        return (p.get("protocol") or "TCP") == protocol and p["start"] <= port <= p["end"]
    for key in PROTOCOLS:
        if written.get(key.lower()) is not None:
            p = written[key.lower()].get("destinationPort")
            if p is None:
                return key == protocol
            if not p.get("number") and not p.get("range"):
                raise Invalid(f"invalid port {p!r}")
            low, high = (p["number"],) * 2 if p.get("number") else (p["range"]["start"], p["range"]["end"])
            return key == protocol and low <= port <= high
    raise Invalid(f"unknown port {written!r}")


# ---------------------------------------------------------------- every packet

def port_classes(objects):
    """All numbers that stand anywhere in the objects with their neighbours: between two, nothing changes."""
    found = {FIRST, LAST}

    def walk(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, int) and not isinstance(value, bool):
            found.update((value - 1, value, value + 1))
    walk(objects)
    return sorted(p for p in found if FIRST <= p <= LAST)


def allowed_ranges(world, src, dst, protocol, ports):
    ranges, before = [], None
    for port in ports:
        now = allowed(world, src, dst, protocol, port)
        if now and before:
            ranges[-1][1] = port
        elif now:
            ranges.append([port, port])
        before = now
    return ranges


def answer(request):
    world = World(request["objects"], request.get("profile", "upstream"))
    ports = port_classes(request["objects"])
    results = []
    for probe in request["probes"]:
        src, dst = world.end(probe["from"]), world.end(probe["to"])
        results.append({"allowed": {p: allowed_ranges(world, src, dst, p, ports) for p in PROTOCOLS}})
    return results


def main():
    global BUG
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--bug", type=int, default=0, choices=range(4))
    BUG = arguments.parse_args().bug
    for line in sys.stdin:
        if not line.strip():
            continue
        number = None
        try:
            request = json.loads(line)
            number = request.get("id")
            reply = {"id": number, "results": answer(request)}
        except (Invalid, ValueError, KeyError, TypeError, AttributeError) as error:
            reply = {"id": number, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
