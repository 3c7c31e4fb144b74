"""What axe-core, the accessibility checker, finds on a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return the violations on an open page: rule, element, and what is wrong with it.

    Parameters
    ----------
    rules
        Only these, such as ``color-contrast``; all if there are none.
    """
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(document, options).then(result => result.violations)", options
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: "
        f"{node['failureSummary'].splitlines()[1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]
