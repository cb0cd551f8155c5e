"""Cases worked out by hand for `evaluator.py`, and proof that each seeded mistake is noticed.

Prints `selfcheck: N cases, all as expected`, or fails.
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ALL = [[1, 65535]]


def run(requests, *options):
    program = [sys.executable, str(HERE / "evaluator.py"), *options]
    text = "".join(json.dumps(r) + "\n" for r in requests)
    done = subprocess.run(program, input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def pod(name, labels, ports=(), ip=None, **spec):
    status = {"podIPs": [{"ip": ip}], "hostIP": "192.0.2.1"} if ip else {}
    return {"kind": "Pod", "metadata": {"name": name, "namespace": "n", "labels": labels}, "status": status,
            "spec": {"containers": [{"ports": list(ports)}], **spec}}


def v1(**spec):
    return {"kind": "NetworkPolicy", "metadata": {"name": "np", "namespace": "n"}, "spec": spec}


def admin(action, kind="AdminNetworkPolicy", direction="ingress", peer=None, **more):
    side = "from" if direction == "ingress" else "to"
    rule = {"action": action, side: [peer or {"namespaces": {}}], **more.pop("rule", {})}
    return {"kind": kind, "metadata": {"name": more.pop("name", "p")},
            "spec": {"subject": {"namespaces": {}}, direction: [rule], **more}}


A, B = pod("a", {"app": "a"}, ip="10.0.0.1"), pod("b", {"app": "b"}, ip="10.0.0.2")
A_TO_B = ({"pod": "n/a"}, {"pod": "n/b"})
WEB = [{"name": "web", "containerPort": 80}, {"name": "web", "containerPort": 53, "protocol": "UDP"},
       {"name": "web", "containerPort": 81}]
HOST = pod("a", {"app": "a"}, ip="192.0.2.1", hostNetwork=True)
FROM_APP_A = {"podSelector": {"matchLabels": {"app": "a"}}}
NOT_IN = {"matchExpressions": [{"key": "role", "operator": "NotIn", "values": ["x"]}]}
PASS_THEN_V1 = [admin("Pass", priority=1), admin("Allow", priority=2, name="q"), v1(podSelector={})]
BLOCK = {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/31"]}}

# title, more objects, ends, allowed TCP, allowed UDP
CASES = [
    ("no policy", [A, B], A_TO_B, ALL, ALL),
    ("ingress missing", [A, B, v1(podSelector={})], A_TO_B, [], []),
    ("ingress of one empty rule", [A, B, v1(podSelector={}, ingress=[{}])], A_TO_B, ALL, ALL),
    ("egress only policy isolates ingress too", [A, B, v1(podSelector={}, egress=[{}])], A_TO_B, [], []),
    ("policyTypes egress", [A, B, v1(podSelector={}, policyTypes=["Egress"], egress=[{}])], A_TO_B, ALL, ALL),
    ("itself", [A, B, v1(podSelector={})], ({"pod": "n/a"}, {"pod": "n/a"}), ALL, ALL),
    ("named port", [A, pod("b", {}, WEB), v1(podSelector={}, ingress=[{"ports": [{"port": "web"}]}])],
     A_TO_B, [[80, 81]], []),
    ("named port of the other protocol",
     [A, pod("b", {}, WEB), v1(podSelector={}, ingress=[{"ports": [{"port": "web", "protocol": "UDP"}]}])],
     A_TO_B, [], [[53, 53]]),
    ("endPort", [A, B, v1(podSelector={}, ingress=[{"ports": [{"port": 80, "endPort": 90}, {"port": 91}]}])],
     A_TO_B, [[80, 91]], []),
    ("NotIn without the key", [A, B, v1(podSelector={}, ingress=[{"from": [{"podSelector": NOT_IN}]}])],
     A_TO_B, ALL, ALL),
    ("except", [A, B, v1(podSelector={}, ingress=[{"from": [BLOCK]}])], A_TO_B, [], []),
    ("except, outside", [A, B, v1(podSelector={}, ingress=[{"from": [BLOCK]}])],
     ({"ip": "10.0.0.2"}, {"pod": "n/b"}), ALL, ALL),
    ("host network is no pod peer", [HOST, B, v1(podSelector={}, ingress=[{"from": [FROM_APP_A]}])],
     ({"pod": "n/a"}, {"ip": "8.8.8.8"}), ALL, ALL),
    ("own node", [A, B, v1(podSelector={})], ({"ip": "192.0.2.1"}, {"pod": "n/b"}), ALL, ALL),
    ("another node", [A, B, v1(podSelector={})], ({"ip": "192.0.2.9"}, {"pod": "n/b"}), [], []),
    ("pass skips the tier", [A, B, *PASS_THEN_V1], A_TO_B, [], []),
    ("allow beats v1", [A, B, admin("Allow", priority=2), v1(podSelector={})], A_TO_B, ALL, ALL),
    ("priorities", [A, B, admin("Allow", priority=2), admin("Deny", priority=1, name="q")], A_TO_B, [], []),
    ("baseline only where v1 does not isolate",
     [A, B, admin("Deny", "BaselineAdminNetworkPolicy", "egress"), v1(podSelector={}, ingress=[{}])],
     A_TO_B, [], []),
    ("baseline behind v1",
     [A, B, admin("Deny", "BaselineAdminNetworkPolicy"), v1(podSelector={}, ingress=[{}])], A_TO_B, ALL, ALL),
    ("unknown peer of an Accept",
     [A, B, admin("Accept", "ClusterNetworkPolicy", peer={"new": {}}, tier="Admin"), v1(podSelector={})],
     A_TO_B, [], []),
    ("unknown peer of a Pass", [A, B, admin("Pass", "ClusterNetworkPolicy", peer={"new": {}}, tier="Admin",
                                            rule={"protocols": [{"tcp": {}}]})], A_TO_B, [], []),
    ("cluster policy ports", [A, B, admin("Deny", "ClusterNetworkPolicy", tier="Baseline", rule={
        "protocols": [{"tcp": {"destinationPort": {"range": {"start": 80, "end": 65535}}}}]})],
     A_TO_B, [[1, 79]], ALL),
]


def main():
    requests = [{"id": i, "objects": objects, "probes": [{"from": ends[0], "to": ends[1]}]}
                for i, (_, objects, ends, _, _) in enumerate(CASES)]
    right = run(requests)
    for case, answer in zip(CASES, right, strict=True):
        got = answer.get("results", [{"allowed": answer}])[0]["allowed"]
        if (got.get("TCP"), got.get("UDP")) != case[3:]:
            sys.exit(f"selfcheck: {case[0]}: {answer}, expected {case[3:]}")
    for bug in ("1", "2", "3"):
        if run(requests, "--bug", bug) == right:
            sys.exit(f"selfcheck: seeded mistake {bug} is not noticed")
    print(f"selfcheck: {len(CASES)} cases, all as expected; 3 seeded mistakes noticed")


if __name__ == "__main__":
    main()
