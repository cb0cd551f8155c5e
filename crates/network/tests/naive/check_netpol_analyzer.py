"""Compares the naive evaluator (profile netpol-analyzer) with netpol-analyzer on random clusters.

    python3 check_netpol_analyzer.py --oracle PATH [--seed N] [--count N]

PATH is the program built from `oracles/network`. Prints every difference and
`netpol-analyzer: compared N clusters, M differences (…)`; exits with 1 when something differs.
"""
import argparse
import copy
import ipaddress
import json
import pathlib
import random
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import evaluator  # noqa: E402
import worlds  # noqa: E402

ALL = {protocol: [[1, 65535]] for protocol in evaluator.PROTOCOLS}
NONE = {protocol: [] for protocol in evaluator.PROTOCOLS}
# It reads IPv6 blocks as IPv4, equal priorities are an error, and ClusterNetworkPolicy is not read.
OPTIONS = {"cnp": False, "ipv6": False, "equal_priorities": False}
NAMED_TO_ADDRESS = "cannot convert named port for an IP destination"


def parse_connection(text):
    if text == "All Connections":
        return ALL
    allowed, protocol = copy.deepcopy(NONE), None
    if text == "No Connections":
        return allowed
    for part in text.split(","):
        if " " in part:
            protocol, part = part.split(" ")
        low, _, high = part.partition("-")
        allowed[protocol].append([int(low), int(high or low)])
    return allowed


class Listed:
    """The rows of the list, by pair of ends."""

    def __init__(self, text):
        self.rows = {}
        for row in json.loads(text):
            pair = tuple(self.end(row[side]) for side in ("src", "dst"))
            self.rows.setdefault(pair, []).append(parse_connection(row["conn"]))
        self.ranges = {end for pair in self.rows for end in pair if isinstance(end, tuple)}

    @staticmethod
    def end(text):
        range_of = re.fullmatch(r"([\d.]+)(?:-([\d.]+))?", text)
        if range_of:
            low, high = range_of.groups()
            return int(ipaddress.ip_address(low)), int(ipaddress.ip_address(high or low))
        return re.sub(r"\[\w+\]$", "", text)

    def ends(self, written):
        if "pod" in written:
            return [written["pod"]]
        number = int(ipaddress.ip_address(written["ip"]))
        return [r for r in self.ranges if r[0] <= number <= r[1]]

    def allowed(self, probe):
        rows = [row for src in self.ends(probe["from"]) for dst in self.ends(probe["to"])
                for row in self.rows.get((src, dst), [])]
        if len(rows) > 1:
            raise ValueError(f"{len(rows)} rows for {probe}")
        return rows[0] if rows else NONE


def generate(seed, count):
    for i in range(count):
        name = f"{seed}/{i}"
        objects = worlds.Generator(name, worlds.Options(**OPTIONS)).world()
        yield i, objects, worlds.as_workloads(objects, random.Random(name))


def names_a_port_of_addresses(objects):
    """Whether an egress rule has a named port and selects addresses: it ends the analysis when it is met."""
    return any(isinstance(port.get("port"), str) and (not rule.get("to") or any("ipBlock" in p for p in rule["to"]))
               for o in objects if o["kind"] == "NetworkPolicy"
               for rule in o["spec"].get("egress", []) for port in rule.get("ports", []))


def contradicts_itself(oracle, objects, difference):
    """Whether `evaluate`, which is other code, takes our side at every port where the list differs from us.

    AugmentedCanonicalSet.AddAugmentedInterval drops a piece of a range that starts inside one interval of the
    set and ends inside the next one, so the list lacks ports.
    """
    probe, ours, theirs = difference
    ports = evaluator.port_classes(objects)
    packets, expected = [], []
    for protocol in evaluator.PROTOCOLS:
        for port in ports:
            our, their = (any(low <= port <= high for low, high in side[protocol]) for side in (ours, theirs))
            if our != their:
                ends = [probe[side].get("pod") or probe[side].get("ip") for side in ("from", "to")]
                packets.append({"src": ends[0], "dst": ends[1], "protocol": protocol, "port": str(port)})
                expected.append(our)
    return ask(oracle, {"id": 0, "objects": objects, "packets": packets}).get("allowed") == expected


def ask(oracle, request):
    oracle.stdin.write(json.dumps(request) + "\n")
    oracle.stdin.flush()
    return json.loads(oracle.stdout.readline())


def compare(objects, reply):
    """The differences of one cluster as (probe, ours, theirs)."""
    probes = [p for p in worlds.probes(objects, ipv6=False) if p["from"] != p["to"]]
    try:
        ours = evaluator.answer({"objects": objects, "probes": probes, "profile": "netpol-analyzer"})
    except evaluator.Invalid as error:
        return [] if "error" in reply else [("all", f"Invalid: {error}", "no error")]
    if NAMED_TO_ADDRESS in reply.get("error", "") and names_a_port_of_addresses(objects):
        return []
    if "error" in reply:
        return [("all", "no error", reply["error"])]
    listed = Listed(reply["connections"])
    return [(p, our["allowed"], listed.allowed(p)) for p, our in zip(probes, ours, strict=True)
            if our["allowed"] != listed.allowed(p)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--oracle", required=True)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=300)
    arguments.add_argument("--bug", type=int, default=0, help="seed a mistake into the evaluator")
    given = arguments.parse_args()
    evaluator.BUG = given.bug
    oracle = subprocess.Popen([given.oracle], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    differing = errors = contradictions = 0
    for i, objects, written in generate(given.seed, given.count):
        reply = ask(oracle, {"id": i, "objects": written})
        errors += "error" in reply
        found = compare(objects, reply)
        if found and found[0][0] != "all" and all(contradicts_itself(oracle, objects, f) for f in found):
            contradictions += 1
            continue
        differing += bool(found)
        for probe, ours, theirs in found[:3]:
            print(f"cluster {given.seed}/{i}: {probe}: ours {ours}, theirs {theirs}")
    oracle.stdin.close()
    print(f"netpol-analyzer: compared {given.count} clusters, {differing} differences "
          f"({errors} errors for named ports of addresses, {contradictions} where it contradicts itself)")
    sys.exit(differing > 0)


if __name__ == "__main__":
    main()
