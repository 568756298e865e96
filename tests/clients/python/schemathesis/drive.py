"""Schemathesis, on the description that a gateway serves of itself."""

import json
import re
import subprocess
import sys
from pathlib import Path

with open(sys.argv[1], encoding="utf-8") as file:
    settings = json.load(file)

# Ids of things that are there, so that more is tried than the refusal of unknown ones.
config = Path(sys.argv[1]).with_name("schemathesis.toml")
with config.open("w", encoding="utf-8") as file:
    for path, name, value in settings["known"]:
        print(f"[[operations]]\ninclude-path = {json.dumps(path)}", file=file)
        print(f"parameters = {{ {name} = {json.dumps(value)} }}", file=file)

# What no schema can say stands in the way of data that fits it: an id that nobody has, a method that
# no account offers, text that holds a card number.
LEFT_OUT = "positive_data_acceptance"

run = subprocess.run(
    [
        str(Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(config),
        "run",
        settings["url"] + "/openapi.json",
        "--header", f"Authorization: Bearer {settings['api_key']}",
        "--checks", "all",
        "--exclude-checks", LEFT_OUT,
        "--phases", "examples,coverage,fuzzing",
        "--max-time", str(settings["seconds"]),
        # CPython 3.11 counts the depth of syntax trees for all threads together
        # (github.com/python/cpython/issues/106905).
        "--workers", "1",
        "--seed", "1",
        "--no-color",
    ],
    capture_output=True,
    text=True,
)
print(run.stdout)
print(run.stderr, file=sys.stderr)
assert run.returncode == 0, f"schemathesis ended with {run.returncode}"
tested = re.search(r"Tested: (\d+)", run.stdout)
assert tested and int(tested[1]) > 15, run.stdout
print(f"ok {tested[1]} operations")
