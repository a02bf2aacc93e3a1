"""Writes every expression of the dashboard given as the first argument as a rule, for promtool to check."""

import json
import sys


def expressions(value):
    if isinstance(value, dict):
        if isinstance(value.get("expr"), str):
            yield value["expr"]
        for member in value.values():
            yield from expressions(member)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)


with open(sys.argv[1], encoding="utf-8") as file:
    found = list(expressions(json.load(file)))
assert len(found) > 50, f"only {len(found)} expressions"
# Grafana puts these in before it asks; JSON is YAML.
filled = [text.replace("$__rate_interval", "5m").replace("$instance", ".*") for text in found]
assert not any("$" in text for text in filled), "a variable that nobody fills in"
rules = [{"record": f"panel:{place}", "expr": text} for place, text in enumerate(filled)]
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout)
