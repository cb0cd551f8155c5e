"""Checks a report against its published schema, and that the schema refuses nonsense."""

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    report = json.load(file)
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
validator = kind(schema)
errors = sorted(validator.iter_errors(report), key=lambda error: list(map(str, error.path)))
for error in errors[:10]:
    print("json:", "/".join(map(str, error.path)), error.message[:300])
assert not errors, f"{len(errors)} differences from the schema"
assert list(validator.iter_errors({"nonsense": 1})), "the schema accepts nonsense"
print("json: as the schema says")
