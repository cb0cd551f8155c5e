"""Compares a list of connections with what network-config-analyzer 2.1.0 finds in the same folder.

    VENV/bin/python same_list_nca.py FOLDER LIST.json

LIST.json is what `ironhull network list FOLDER -o json` wrote. Every pair of its kind is compared: each
workload with each other one, and with the first and the last address of every range that stands in the list.
Prints every difference up to ten, and how many pairs were compared; exits with 1 when there is one.
"""
import bisect
import collections
import ipaddress
import json
import re
import sys

import check_nca

# The list has whole ranges: what is not in it at all was denied to all addresses.
RANGE = re.compile(r"^([0-9.]+)-([0-9.]+)(\[External\])?$")


def connections(text):
    """`TCP 80,443,UDP 53` as {protocol: [(first, last)]}."""
    if text == "All Connections":
        return {name: [[1, 65535]] for name in check_nca.PROTOCOL_NUMBERS}
    result = {}
    for part in re.split(r",(?=[A-Z])", text):
        protocol, _, ports = part.partition(" ")
        result[protocol] = [[1, 65535]] if ports in ("", "1-65535") else check_nca.merged(
            (int(low), int(high or low)) for low, _, high in (port.partition("-") for port in ports.split(",")))
    return result


def points_of(title, peers):
    """Numbers that stand for an end in nca's cubes."""
    found = RANGE.match(title)
    if not found:
        return [peers[title]]
    return sorted({check_nca.address_number(ipaddress.ip_address(address)) for address in found.groups()[:2]})


def main():
    folder, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        listed = json.load(file)
    # Three times the same, and below: so it knows all namespaces before the first policy.
    paths = [f"{folder}/**"]
    found = check_nca.Cubes(paths, paths, paths, None)
    peers = {workload_title(peer): number for peer, number in found.numbers()}
    # Sources and destinations are cut into ranges on their own.
    owners = []
    for side in ("src", "dst"):
        titles = {*peers, *(row[side] for row in listed)}
        owners.append({point: title for title in titles for point in points_of(title, peers)})
    points = [sorted(owner) for owner in owners]

    ours = {(row["src"], row["dst"]): connections(row["conn"]) for row in listed}
    theirs = collections.defaultdict(lambda: collections.defaultdict(list))
    numbers = {number: name for name, number in check_nca.PROTOCOL_NUMBERS.items()}
    for sources, destinations, protocols, ports in found.cubes:
        ranges = [(i.start, i.end) for i in ports]
        names = [name for number, name in numbers.items() if check_nca.holds(protocols, number)]
        for source in inside(points[0], sources):
            for destination in inside(points[1], destinations):
                for name in names:
                    theirs[source, destination][name].extend(ranges)
    differences = compared = 0
    for source in points[0]:
        for destination in points[1]:
            pair = owners[0][source], owners[1][destination]
            outside = [bool(RANGE.match(title)) for title in pair]
            if pair[0] == pair[1] or all(outside):
                continue
            compared += 1
            cube = theirs.get((source, destination), {})
            their = {name: check_nca.merged(ranges) for name, ranges in cube.items() if ranges}
            if ours.get(pair, {}) != their:
                differences += 1
                if differences <= 10:
                    print(f"{pair}: ours {ours.get(pair)}, nca {their}", file=sys.stderr)
    print(f"nca: compared {compared} pairs, {differences} differences")
    sys.exit(differences > 0 or compared == 0)


def inside(points, intervals):
    return [point for i in intervals
            for point in points[bisect.bisect_left(points, i.start):bisect.bisect_right(points, i.end)]]


def workload_title(peer):
    return peer.workload_name.replace("(", "[").replace(")", "]")


if __name__ == "__main__":
    main()
