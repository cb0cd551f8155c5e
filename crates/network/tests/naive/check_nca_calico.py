"""Answers probes of random clusters with Calico policies by network-config-analyzer 2.1.0.

    VENV/bin/python check_nca_calico.py [--seed N] [--count N]

Prints two lines a cluster: a request as `evaluator.py` reads them, and nca's answer. The test `nca_calico`
compares the engine's answers with them.

What nca is known to do differently is kept out of the clusters:

- Tiers, network sets, accounts, services and the prefixes pcns. and pcsa. are not read.
- Networks together with selectors match nothing (CalicoPolicyYamlParser._get_rule_peers); `notNets` alone
  never matches pods, `notSelector` alone in a policy of a namespace also matches other namespaces.
- NetworkPolicy of Kubernetes and Calico's are not put into one order.
- `types` that leave out a direction with rules are an error.
- `notProtocol` together with `protocol` matches nothing.
- Numbers in `notPorts` do not take away what a name in `ports` stands for.
- No pod has addresses: its address blocks never select pods.
"""
import argparse
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_nca  # noqa: E402
import worlds  # noqa: E402

OPTIONS = dict(check_nca.OPTIONS, v1=False)


class Generator(worlds.Generator):
    def world(self):
        objects = super().world()
        orders = self.random.sample(range(1, 100), 6)
        for i in range(self.random.randint(1, 5)):
            objects.append(self.calico(i, orders[i]))
        return objects

    def atom(self, keys):
        key, value = self.pick(keys), self.pick(worlds.VALUES)
        return self.pick((
            f"{key} == '{value}'", f"{key} != '{value}'", f"has({key})", f"!has({key})", "all()",
            f"{key} in {{'x', 'y'}}", f"{key} not in {{'{value}'}}",
        ))

    def selector(self, keys, depth=2):
        if depth and self.maybe(0.35):
            parts = [self.selector(keys, depth - 1) for _ in range(2)]
            text = self.pick((" && ", " || ")).join(parts)
            return f"!({text})" if self.maybe(0.2) else f"({text})"
        return self.atom(keys)

    def nets(self):
        family = self.pick((worlds.V4, worlds.V6) if self.options.ipv6 else (worlds.V4,))
        return self.random.sample(family, self.random.randint(1, 2)), self.random.sample(family, 1)

    def entity(self, namespaced):
        entity = {}
        kind = self.pick(("selector", "selector", "namespace", "both", "nets", "none"))
        if kind in ("selector", "both"):
            entity["selector"] = self.selector(worlds.POD_KEYS)
            if self.maybe(0.3):
                entity["notSelector"] = self.atom(worlds.POD_KEYS)
        if kind in ("namespace", "both"):
            entity["namespaceSelector"] = self.selector(worlds.NAMESPACE_KEYS, 1)
        if kind == "nets":
            entity["nets"], holes = self.nets()
            if self.maybe(0.4):
                entity["notNets"] = holes
        if kind == "none" and not namespaced and self.maybe(0.5):
            entity["notSelector"] = self.atom(worlds.POD_KEYS)
        return entity

    def ports(self):
        low, high = sorted(self.random.sample(worlds.NUMBERS, 2))
        return self.random.sample([80, 443, f"{low}:{high}", *worlds.PORT_NAMES], self.random.randint(1, 2))

    def rule(self, direction, namespaced):
        rule = {"action": self.pick(("Allow", "Allow", "Deny", "Pass"))}
        other, own = ("source", "destination") if direction == "ingress" else ("destination", "source")
        entities = {other: self.entity(namespaced)}
        if self.maybe(0.2):
            entities[own] = {"selector": self.selector(worlds.POD_KEYS)}
        if self.maybe(0.7):
            rule["protocol"] = self.pick(("TCP", "TCP", "UDP", "SCTP", 6, 17))
            destination = entities.setdefault("destination", {})
            if self.maybe(0.6):
                destination["ports"] = self.ports()
            names = [port for port in destination.get("ports", []) if port in worlds.PORT_NAMES]
            if not names and self.maybe(0.3):
                destination["notPorts"] = [self.pick((80, "79:443"))]
        elif self.maybe(0.2):
            rule["notProtocol"] = self.pick(("TCP", "UDP"))
        rule.update({side: entity for side, entity in entities.items() if entity})
        return rule

    def calico(self, index, order):
        namespaced = self.maybe(0.5)
        spec = {"order": order, "selector": self.selector(worlds.POD_KEYS)}
        metadata = {"name": f"p{index}"}
        if namespaced:
            metadata["namespace"] = self.pick(self.names)
        elif self.maybe(0.3):
            spec["namespaceSelector"] = self.selector(worlds.NAMESPACE_KEYS, 1)
        directions = self.pick((("ingress",), ("egress",), ("ingress", "egress")))
        if self.maybe(0.5):
            spec["types"] = [d.capitalize() for d in directions]
        for direction in directions:
            rules = [self.rule(direction, namespaced) for _ in range(self.random.randint(1, 3))]
            spec[direction] = rules
        kind = "NetworkPolicy" if namespaced else "GlobalNetworkPolicy"
        return {"apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": metadata, "spec": spec}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--bug", action="store_true", help="have nca read other policies than are printed")
    given = arguments.parse_args()
    for i in range(given.count):
        objects = Generator(f"calico/{given.seed}/{i}", worlds.Options(**OPTIONS)).world()
        probes = [p for p in worlds.probes(objects) if p["from"] != p["to"]]
        text = json.dumps(objects)
        theirs = check_nca.Analysis(json.loads(text.replace('"Deny"', '"Pass"') if given.bug else text))
        results = [{"allowed": theirs.allowed(probe)} for probe in probes]
        request = {"profile": "calico", "objects": objects, "probes": probes}
        print(json.dumps(request, separators=(",", ":")))
        print(json.dumps({"results": results}, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
