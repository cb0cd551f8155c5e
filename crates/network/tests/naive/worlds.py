"""Random small clusters for comparing engines: few names, few labels, few numbers, so that things collide.

`python3 worlds.py --seed 1 --count 100` prints requests for `evaluator.py`, one a line.
"""
import argparse
import copy
import json
import random
import sys

NAMESPACES = ("a", "b", "c", "d")
NAMESPACE_KEYS = ("env", "team")
POD_KEYS = ("app", "role", "tier")
VALUES = ("x", "y")
PORT_NAMES = ("web", "dns", "alt")
NUMBERS = (1, 53, 79, 80, 81, 443, 8080, 65534, 65535)
V4 = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.4/30", "10.0.0.5/32", "10.0.0.9/24",
      "192.0.2.0/24", "192.0.2.128/25", "128.0.0.0/1")
V6 = ("::/0", "fd00::/8", "fd00::/64", "fd00::5/128", "2001:db8::/32")


class Options:
    """What a world may hold; a comparison switches off what the other side does not read."""

    def __init__(self, **given):
        self.v1 = self.anp = self.cnp = self.ipv6 = self.host_network = self.sidecars = True
        self.pod_ips = self.nodes = self.fail_closed = self.sctp = self.named_ports = True
        self.empty_ports = True  # `ports: []` in an AdminNetworkPolicy
        self.named_ports_to_addresses = self.equal_priorities = self.duplicate_names = True
        for key, value in given.items():
            if not hasattr(self, key):
                raise AttributeError(key)
            setattr(self, key, value)


class Generator:
    def __init__(self, seed, options):
        self.random, self.options = random.Random(seed), options
        self.maybe = lambda chance: self.random.random() < chance
        self.pick = self.random.choice

    def world(self):
        objects = [self.namespace(n) for n in NAMESPACES[:self.random.randint(2, 4)]]
        names = [o["metadata"]["name"] for o in objects]
        self.names = names
        if self.maybe(0.1):
            objects.pop()  # pods may live in a namespace that is not written down
        objects += [self.pod(i, self.pick(names)) for i in range(self.random.randint(3, 8))]
        if self.options.nodes:
            objects += [self.node(i) for i in range(2)]
        if self.options.v1:
            objects += [self.network_policy(i, self.pick(names)) for i in range(self.random.randint(0, 5))]
        if self.options.anp and (not self.options.cnp or self.maybe(0.5)):
            priorities = self.random.sample(range(0, 8), 3)
            if self.options.equal_priorities and self.maybe(0.2):
                priorities[1] = priorities[0]
            for i in range(self.pick((0, 1, 2, 2, 3, 3))):
                objects.append(self.admin("AdminNetworkPolicy", f"anp{i}", {"priority": priorities[i]},
                                          ("Allow", "Deny", "Pass")))
            if self.maybe(0.5):
                objects.append(self.admin("BaselineAdminNetworkPolicy", "default", {}, ("Allow", "Deny")))
        elif self.options.cnp:
            priorities = self.random.sample(range(0, 8), 3)
            for i in range(self.pick((0, 1, 2, 2, 3, 3))):
                more = {"tier": self.pick(("Admin", "Admin", "Baseline")), "priority": priorities[i]}
                objects.append(self.admin("ClusterNetworkPolicy", f"cnp{i}", more, ("Accept", "Deny", "Pass")))
        return objects

    # ------------------------------------------------------------ things

    def labels(self, keys, most):
        return {k: self.pick(VALUES) if self.maybe(0.97) else ""
                for k in self.random.sample(keys, self.random.randint(0, most))}

    def namespace(self, name):
        meta = {"name": name}
        if self.maybe(0.9):
            meta["labels"] = self.labels(NAMESPACE_KEYS, 2)
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}

    def node(self, i):
        return {"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": f"node{i}", "labels": self.labels(POD_KEYS, 2)},
                "status": {"addresses": [{"type": "InternalIP", "address": f"192.0.2.{i + 1}"},
                                         {"type": "Hostname", "address": f"node{i}"},
                                         {"type": "ExternalIP", "address": f"203.0.113.{i + 1}"}]}}

    def pod(self, i, namespace):
        spec = {"containers": [self.container(f"c{j}") for j in range(self.random.randint(1, 2))]}
        if self.options.sidecars and self.maybe(0.3):
            init = self.container("init")
            if self.maybe(0.6):
                init["restartPolicy"] = "Always"
            spec["initContainers"] = [init]
        if not self.options.duplicate_names:
            seen = set()
            for c in spec["containers"] + spec.get("initContainers", []):
                c["ports"] = [p for p in c["ports"]
                              if "name" not in p or not (p["name"] in seen or seen.add(p["name"]))]
        status = {}
        host = f"192.0.2.{self.random.randint(1, 2)}"
        if self.options.pod_ips and self.maybe(0.7):
            status = {"hostIP": host, "podIP": f"10.0.0.{i + 3}", "podIPs": [{"ip": f"10.0.0.{i + 3}"}]}
            if self.options.ipv6 and self.maybe(0.4):
                status["podIPs"].append({"ip": f"fd00::{i + 3}"})
        if self.options.host_network and self.maybe(0.1):
            spec["hostNetwork"] = True
            if status and self.maybe(0.7):
                status["podIP"], status["podIPs"] = host, [{"ip": host}]
        return {"apiVersion": "v1", "kind": "Pod", "spec": spec, "status": status,
                "metadata": {"name": f"p{i}", "namespace": namespace, "labels": self.labels(POD_KEYS, 3)}}

    def container(self, name):
        return {"name": name, "image": "i", "ports": [self.container_port() for _ in range(self.random.randint(0, 2))]}

    def container_port(self):
        port = {"containerPort": self.pick(NUMBERS)}
        if self.options.named_ports and self.maybe(0.8):
            port["name"] = self.pick(PORT_NAMES)
        if self.maybe(0.5):
            port["protocol"] = self.protocol()
        return port

    def protocol(self):
        return self.pick(("TCP", "TCP", "UDP", "SCTP") if self.options.sctp else ("TCP", "UDP"))

    # ------------------------------------------------------------ selectors and addresses

    def selector(self, keys):
        selector, shape = {}, self.random.random()
        if shape < 0.3:
            return selector
        if shape < 0.7:
            selector["matchLabels"] = {self.pick(keys): self.pick(VALUES)}
        if shape > 0.6:
            selector["matchExpressions"] = [self.expression(keys) for _ in range(self.random.randint(1, 2))]
        return selector

    def namespace_selector(self):
        if self.maybe(0.2):
            return {"matchLabels": {"kubernetes.io/metadata.name": self.pick(self.names)}}
        return self.selector(NAMESPACE_KEYS)

    def expression(self, keys):
        operator = self.pick(("In", "NotIn", "Exists", "DoesNotExist"))
        expression = {"key": self.pick(keys), "operator": operator}
        if operator in ("In", "NotIn"):
            expression["values"] = self.random.sample(VALUES + ("",), self.random.randint(1, 2))
        return expression

    def cidr(self):
        return self.pick(V4 + (V6 if self.options.ipv6 else ()))

    def block(self):
        import ipaddress
        cidr = self.cidr()
        whole = ipaddress.ip_network(cidr, strict=False)
        inside = [c for c in V4 + V6 for n in [ipaddress.ip_network(c, strict=False)]
                  if n.version == whole.version and n != whole and n.subnet_of(whole)]
        block = {"cidr": cidr}
        if inside and self.maybe(0.6):
            block["except"] = self.random.sample(inside, min(len(inside), self.random.randint(1, 2)))
        return block

    # ------------------------------------------------------------ v1

    def network_policy(self, i, namespace):
        spec = {"podSelector": self.selector(POD_KEYS)}
        types = self.pick((None, None, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"]))
        if types is not None:
            spec["policyTypes"] = types
        for direction in ("ingress", "egress"):
            if self.maybe(0.7):
                spec[direction] = [self.v1_rule(direction) for _ in range(self.random.randint(0, 2))]
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": spec,
                "metadata": {"name": f"np{i}", "namespace": namespace}}

    def v1_rule(self, direction):
        rule = {}
        if self.maybe(0.8):
            rule["from" if direction == "ingress" else "to"] = [
                self.v1_peer() for _ in range(self.pick((0, 1, 1, 2, 2)))]
        if self.maybe(0.75):
            peers = rule.get("to") or [{"ipBlock": 1}]
            named = direction == "ingress" or not any("ipBlock" in p for p in peers)
            named = named or self.options.named_ports_to_addresses
            rule["ports"] = [self.v1_port(named) for _ in range(self.pick((0, 1, 1, 2, 3)))]
        return rule

    def v1_peer(self):
        shape = self.random.random()
        if shape < 0.3:
            return {"ipBlock": self.block()}
        peer = {}
        if shape < 0.8:
            peer["podSelector"] = self.selector(POD_KEYS)
        if shape > 0.55:
            peer["namespaceSelector"] = self.namespace_selector()
        return peer

    def v1_port(self, named):
        port = {}
        if self.maybe(0.6):
            port["protocol"] = self.protocol()
        shape = self.random.random()
        if shape < 0.35 and named and self.options.named_ports:
            port["port"] = self.pick(PORT_NAMES)
        elif shape < 0.85:
            port["port"] = self.pick(NUMBERS)
            if self.maybe(0.5):
                port["endPort"] = self.pick([n for n in NUMBERS if n >= port["port"]])
        return port

    # ------------------------------------------------------------ admin, baseline, cluster

    def admin(self, kind, name, more, actions):
        spec = {**more, "subject": self.admin_pods()}
        for direction in ("ingress", "egress"):
            if self.maybe(0.75):
                spec[direction] = [self.admin_rule(kind, direction, actions)
                                   for _ in range(self.random.randint(0, 3))]
        version = "v1alpha2" if kind == "ClusterNetworkPolicy" else "v1alpha1"
        return {"apiVersion": f"policy.networking.k8s.io/{version}", "kind": kind, "spec": spec,
                "metadata": {"name": name}}

    def admin_pods(self):
        if self.maybe(0.4):
            return {"namespaces": self.namespace_selector()}
        return {"pods": {"namespaceSelector": self.namespace_selector(), "podSelector": self.selector(POD_KEYS)}}

    def admin_rule(self, kind, direction, actions):
        peers = [self.admin_peer(kind, direction) for _ in range(self.random.randint(1, 2))]
        rule = {"action": self.pick(actions), "from" if direction == "ingress" else "to": peers}
        if self.maybe(0.6):
            pods_only = all("pods" in p or "namespaces" in p for p in peers)
            named = self.options.named_ports and (pods_only or kind != "ClusterNetworkPolicy")
            make, key = (self.cnp_port, "protocols") if kind == "ClusterNetworkPolicy" else (self.anp_port, "ports")
            counts = (0, 1, 1, 1, 2, 2) if key == "ports" else (1, 2)
            if not self.options.empty_ports:
                counts = tuple(filter(None, counts))
            rule[key] = [make(named) for _ in range(self.pick(counts))]
        return rule

    def admin_peer(self, kind, direction):
        if self.options.fail_closed and kind == "ClusterNetworkPolicy" and self.maybe(0.04):
            return {"somethingNew": {}}
        shape = self.random.random()
        if direction == "egress":
            if shape < 0.25:
                return {"networks": [self.cidr() for _ in range(self.random.randint(1, 2))]}
            if shape < 0.33 and self.options.nodes:
                return {"nodes": self.selector(POD_KEYS)}
            if shape < 0.37 and kind == "ClusterNetworkPolicy":
                return {"domainNames": ["*.example.org"]}
        return self.admin_pods()

    def bounds(self):
        return sorted(self.random.sample(NUMBERS, 2))

    def anp_port(self, named):
        shape = self.random.random()
        if shape < 0.3 and named:
            return {"namedPort": self.pick(PORT_NAMES)}
        if shape < 0.7:
            return {"portNumber": {"protocol": self.protocol(), "port": self.pick(NUMBERS)}}
        low, high = self.bounds()
        return {"portRange": {"protocol": self.protocol(), "start": low, "end": high}}

    def cnp_port(self, named):
        shape = self.random.random()
        if shape < 0.3 and named:
            return {"destinationNamedPort": self.pick(PORT_NAMES)}
        protocol = self.protocol().lower()
        if shape < 0.4:
            return {protocol: {}}
        if shape < 0.7:
            return {protocol: {"destinationPort": {"number": self.pick(NUMBERS)}}}
        low, high = self.bounds()
        return {protocol: {"destinationPort": {"range": {"start": low, "end": high}}}}


def external_addresses(objects, ipv6=True):
    """Addresses outside the cluster on both sides of every border that the objects draw."""
    import ipaddress
    found = {"8.8.8.8", "192.0.2.1", "203.0.113.2"}

    def walk(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, str) and "/" in value:
            try:
                network = ipaddress.ip_network(value, strict=False)
            except ValueError:
                return
            if network.version == 6 and not ipv6:
                return
            first, last = network[0], network[-1]
            found.update((str(first), str(last)))
            if int(first) > 0:
                found.add(str(first - 1))
            if int(last) < int(type(last)(2 ** last.max_prefixlen - 1)):
                found.add(str(last + 1))
    walk(objects)
    return sorted(found)


def probes(objects, ipv6=True, addresses=None):
    pods = [{"pod": f"{o['metadata']['namespace']}/{o['metadata']['name']}"} for o in objects if o["kind"] == "Pod"]
    outside = [{"ip": a} for a in (external_addresses(objects, ipv6) if addresses is None else addresses)]
    return ([{"from": s, "to": d} for s in pods for d in pods]
            + [{"from": s, "to": d} for s in pods for d in outside]
            + [{"from": s, "to": d} for s in outside for d in pods])


def as_workloads(objects, chance):
    """Some pods become Deployments of one class of pods, the other way in which an analyzer learns of pods."""
    written = []
    for o in objects:
        if o["kind"] == "Pod" and chance.random() < 0.4:
            meta = o["metadata"]
            o = {"apiVersion": "apps/v1", "kind": "Deployment",
                 "metadata": {"name": meta["name"], "namespace": meta["namespace"]},
                 "spec": {"replicas": chance.randint(1, 3), "selector": {"matchLabels": {"n": meta["name"]}},
                          "template": {"metadata": {"labels": meta["labels"]}, "spec": o["spec"]}}}
        written.append(copy.deepcopy(o))
    return written


def spell_out_protocols(objects):
    """Writes `port: 1, endPort: 65535` where a NetworkPolicy names a protocol alone, which means the same."""
    for o in objects:
        if o["kind"] == "NetworkPolicy":
            for rule in o["spec"].get("ingress", []) + o["spec"].get("egress", []):
                for port in rule.get("ports", []):
                    if "port" not in port:
                        port.update(port=1, endPort=65535)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--profile", default="upstream")
    arguments.add_argument("--first", type=int, default=0, help="number of the first world")
    arguments.add_argument("--probes", type=int, default=0, help="only this many of the probes, by chance")
    arguments.add_argument("--written", action="store_true",
                           help="add `written`: the same objects with Deployments in place of some pods; "
                                "`objects` names no protocol without ports then")
    arguments.add_argument("--without", default="", help="options to switch off, comma separated")
    given = arguments.parse_args()
    options = Options(**{name: False for name in given.without.split(",") if name})
    for i in range(given.first, given.first + given.count):
        generator = Generator(f"{given.seed}/{i}", options)
        objects = generator.world()
        wanted = probes(objects, options.ipv6)
        if given.probes and given.probes < len(wanted):
            wanted = generator.random.sample(wanted, given.probes)
        written = {}
        if given.written:
            written = {"written": as_workloads(objects, generator.random)}
            spell_out_protocols(objects)
        request = {"id": i, "profile": given.profile, **written, "objects": objects, "probes": wanted}
        json.dump(request, sys.stdout, separators=(",", ":"))
        print()


if __name__ == "__main__":
    main()
