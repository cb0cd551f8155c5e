"""Compares the naive evaluator with network-config-analyzer 2.1.0 on random NetworkPolicy v1 clusters.

    python3 check_nca.py VENV [--seed N] [--count N] [--first N] [--answers]

VENV holds an installed nca; all clusters are analysed in one process of its interpreter, by its Python
classes. Prints every difference and `nca: compared N clusters, M differences`; exits with 1 when M > 0.
With `--answers` it compares nothing and prints what nca says, a line for each cluster in the form of
`worlds.py` with the `results` of `evaluator.py`, for a comparison with the engine.

What it is known to do differently is kept out of the clusters, by `OPTIONS` and by `adapt`, which rewrites
policies into ones that mean the same by the Kubernetes semantics:

- No pod has addresses: its address blocks never select pods.
- No sidecars: it does not read the ports of initContainers (PodsFinder._add_pod_from_yaml).
- No port name twice in a pod: the last declaration replaces the others (ClusterEP.add_named_port).
- A label expression Exists or DoesNotExist in a podSelector looks only at pods of the policy's own namespace,
  also next to a namespaceSelector (K8sPolicyYamlParser.parse_label_selector_requirement passes
  self.namespace to get_peers_with_key). Rewritten as In and NotIn of every value there is.
- A namespace label that is absent is taken for one with an empty value in In and NotIn
  (PeerContainer.get_namespace_pods_with_label). Empty values are taken out of namespaceSelectors.
- `egress: []` without policyTypes isolates for egress (K8sPolicyYamlParser.parse_policy asks whether the key is
  there; the API server asks whether there are rules). Such a key is taken out.
- Rules of a direction that policyTypes does not name are an error. They are taken out.
- A pod is not always allowed to reach itself. Such pairs are left out.
"""
import argparse
import contextlib
import ipaddress
import json
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import evaluator  # noqa: E402
import worlds  # noqa: E402

OPTIONS = {"anp": False, "cnp": False, "host_network": False, "nodes": False, "pod_ips": False,
           "sidecars": False, "duplicate_names": False}
PROTOCOL_NUMBERS = {"TCP": 6, "UDP": 17, "SCTP": 132}
EVERY_VALUE = [*worlds.VALUES, ""]


def adapt(objects):
    for o in objects:
        if o["kind"] == "NetworkPolicy":
            adapt_policy(o["spec"])
    return objects


def adapt_policy(spec):
    types = spec.get("policyTypes")
    if not types and not spec.get("egress"):
        spec.pop("egress", None)
    for direction, side in (("ingress", "from"), ("egress", "to")):
        if types and direction.capitalize() not in types:
            spec.pop(direction, None)
        for rule in spec.get(direction, []):
            for peer in rule.get(side, []):
                for e in peer.get("podSelector", {}).get("matchExpressions", []):
                    if e["operator"] in ("Exists", "DoesNotExist") and "namespaceSelector" in peer:
                        e["operator"] = "In" if e["operator"] == "Exists" else "NotIn"
                        e["values"] = EVERY_VALUE
                for e in peer.get("namespaceSelector", {}).get("matchExpressions", []):
                    if "values" in e:
                        e["values"] = [v for v in e["values"] if v] or ["x"]


@contextlib.contextmanager
def silence():
    """Its warnings go to streams that it kept when it was imported, so the descriptors are turned away."""
    kept = [(fd, os.dup(fd)) for fd in (1, 2)]
    with open(os.devnull, "w") as nowhere:
        sys.stdout.flush()
        for fd, _ in kept:
            os.dup2(nowhere.fileno(), fd)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for fd, copy in kept:
                os.dup2(copy, fd)
                os.close(copy)


class Cubes:
    """What nca allows in a network, as cubes of indices. Its arguments are lists of paths: of policies, of
    namespaces, of pods, and of files that hold all of it in an order that it can follow."""

    def __init__(self, policies, namespaces, pods, resources):
        from nca.CoreDS.Peer import BasePeerSet
        from nca.NetworkConfig.ResourcesHandler import ResourcesHandler
        from nca.Resources.PolicyResources.NetworkPolicy import PolicyConnectionsFilter
        BasePeerSet.reset()
        with silence():
            config = ResourcesHandler().get_network_config(policies, namespaces, pods, resources)
            wanted = PolicyConnectionsFilter.only_all_allowed_connections()
            allowed = config.allowed_connections(res_conns_filter=wanted)
        self.peers = BasePeerSet()
        properties = config.filter_conns_by_peer_types(allowed.all_allowed_conns)
        cubes = [properties.get_connectivity_cube(cube) for cube in properties]
        self.cubes = [[cube.get_dim_directly(d) for d in ("src_peers", "dst_peers", "protocols", "dst_ports")]
                      for cube in cubes]

    def numbers(self):
        return [(peer, self.peers.min_pod_index + i) for peer, i in self.peers.peer_to_index.items()]


def address_number(address):
    from nca.CoreDS.Peer import BasePeerSet
    peers = BasePeerSet()
    return int(address) + (peers.min_ipv4_index if address.version == 4 else peers.min_ipv6_index)


class Analysis(Cubes):
    """What nca allows in one cluster."""

    def __init__(self, objects):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "cluster.yaml")
            path.write_text("\n---\n".join(json.dumps(o) for o in objects))
            super().__init__(None, None, None, [str(path)])
        self.index = {peer.full_name(): number for peer, number in self.numbers()}

    def number(self, end):
        if "pod" in end:
            return self.index[end["pod"]]
        return address_number(ipaddress.ip_address(end["ip"]))

    def allowed(self, probe):
        src, dst = self.number(probe["from"]), self.number(probe["to"])
        cubes = [c for c in self.cubes if holds(c[0], src) and holds(c[1], dst)]
        return {name: merged([(i.start, i.end) for c in cubes if holds(c[2], number) for i in c[3]])
                for name, number in PROTOCOL_NUMBERS.items()}


def holds(intervals, number):
    return any(i.start <= number <= i.end for i in intervals)


def merged(ranges):
    result = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1][1] = max(high, result[-1][1])
        else:
            result.append([low, high])
    return result


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("venv")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--first", type=int, default=0, help="number of the first cluster")
    arguments.add_argument("--bug", type=int, default=0, help="seed a mistake into the evaluator")
    arguments.add_argument("--answers", action="store_true", help="print what nca says and compare nothing")
    given = arguments.parse_args()
    evaluator.BUG = given.bug
    if pathlib.Path(sys.prefix).resolve() != pathlib.Path(given.venv).resolve():
        python = os.path.join(given.venv, "bin", "python")
        os.execv(python, [python, __file__, *sys.argv[1:]])
    differing = 0
    for i in range(given.first, given.first + given.count):
        objects = adapt(worlds.Generator(f"{given.seed}/{i}", worlds.Options(**OPTIONS)).world())
        probes = [p for p in worlds.probes(objects) if p["from"] != p["to"]]
        if given.answers:
            theirs = Analysis(objects)
            results = [{"allowed": theirs.allowed(p)} for p in probes]
            request = {"id": i, "profile": "upstream", "objects": objects, "probes": probes, "results": results}
            print(json.dumps(request, separators=(",", ":")), flush=True)
            continue
        ours = evaluator.answer({"objects": objects, "probes": probes})
        try:
            theirs = Analysis(objects)
            found = [(p, our["allowed"], theirs.allowed(p)) for p, our in zip(probes, ours, strict=True)
                     if our["allowed"] != theirs.allowed(p)]
        except Exception as error:  # noqa: BLE001 whatever it raises is a difference
            found = [("all", "no error", f"{type(error).__name__}: {error}")]
        differing += bool(found)
        for probe, our, their in found[:3]:
            print(f"cluster {given.seed}/{i}: {probe}: ours {our}, theirs {their}")
    if given.answers:
        return
    print(f"nca: compared {given.count} clusters, {differing} differences")
    sys.exit(differing > 0)


if __name__ == "__main__":
    main()
