"""Fails when the tests leave too much of a module of the component unrun: ``coverage_floor.py REPORT.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ABOVE = 95.0
"""Percent of the lines of each module; Home Assistant's rule test-coverage."""

ALL_OF = {"config_flow.py"}
"""Every line; Home Assistant's rule config-flow-test-coverage."""

COMPONENT = Path("custom_components/readers")


def main(report: Path) -> int:
    files = json.loads(report.read_text())["files"]
    unrun = {str(path) for path in COMPONENT.rglob("*.py")} - files.keys()
    complaints = [f"{name}: not measured" for name in sorted(unrun)]
    for name, told in sorted(files.items()):
        percent = told["summary"]["percent_covered"]
        wanted = 100.0 if Path(name).name in ALL_OF else ABOVE
        if percent < wanted or (percent == ABOVE and wanted == ABOVE):
            lines = ", ".join(str(line) for line in told["missing_lines"])
            complaints.append(f"{name}: {percent:.1f} % of it runs in the tests; not line {lines}")
    for complaint in complaints:
        print(complaint)
    if not complaints:
        print(f"coverage: above {ABOVE:.0f} % in each of {len(files)} modules, 100 % of {', '.join(ALL_OF)}")
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
