"""What axe-core finds against WCAG 2.2 A and AA, and against good practice."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def faults(page: Page, rules: Sequence[str] = (*WCAG, "best-practice")) -> list[str]:
    """What axe has to say. It is put in past the policy, which forbids foreign scripts."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    report = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", list(rules))
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for fault in report["violations"]
        for node in fault["nodes"]
    ]
