"""What is deployed beside the program, by the checkers of those who read it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DEPLOY = HERE.parent.parent / "deploy"


def test_the_asyncapi_parser_accepts_the_document(program: Path, folder: Path) -> None:
    """The official parser knows the JSON Schema of AsyncAPI and the rules beyond it."""
    document = folder / "asyncapi.json"
    with document.open("wb") as file:
        subprocess.run([program, "events", "asyncapi"], check=True, stdout=file)
    done = subprocess.run(["node", HERE / "asyncapi.mjs", document], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def expressions(value: Any) -> Iterator[str]:
    """Every PromQL expression of a dashboard."""
    if isinstance(value, dict):
        if isinstance(value.get("expr"), str):
            yield value["expr"]
        for member in value.values():
            yield from expressions(member)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)


def test_promtool_accepts_the_alerts_and_every_expression_of_the_dashboard(folder: Path) -> None:
    found = list(expressions(json.loads((DEPLOY / "grafana/selfsame.json").read_text())))
    assert len(found) > 50, f"only {len(found)} expressions"
    # Grafana fills these in before it asks.
    filled = [text.replace("$__rate_interval", "5m").replace("$instance", ".*") for text in found]
    assert not [text for text in filled if "$" in text], "a variable without a value"
    # As rules, because promtool checks those; JSON is YAML.
    rules = [{"record": f"panel:{place}", "expr": text} for place, text in enumerate(filled)]
    file = folder / "dashboard.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    line = ["promtool", "check", "rules", str(DEPLOY / "prometheus/alerts.yml"), str(file)]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
