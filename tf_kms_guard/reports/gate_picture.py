"""The gates of a finding as a Mermaid picture, which GitHub and GitLab draw: the way, and where it is shut."""

from __future__ import annotations

import re
from typing import Final

from tf_kms_guard.reports.words import gate_words
from tf_kms_guard.rules.finding import Finding, GateState

_WAY: Final = ("identity-s3", "identity-kms", "bucket-policy", "key-policy")
"""The outsider's own account comes first, then the owner's."""
_STATES: Final = {"allowed": ("✅", "open"), "denied": ("⛔", "CLOSED"), "undetermined": ("❔", "unknown")}
_CLASSES: Final = {
    "allowed": "fill:#dafbe1,stroke:#1a7f37,color:#116329",
    "denied": "fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-width:3px",
    "undetermined": "fill:#f6f8fa,stroke:#6e7781,color:#24292f,stroke-dasharray:4",
}


def picture(finding: Finding) -> str:
    """A fenced Mermaid flowchart; empty where a finding has no gates. It holds our own words alone."""
    states = _ordered(finding)
    if not states:
        return ""
    lines = ["```mermaid", "flowchart LR", f'  who(["{_plain(finding.principal.kind if finding.principal else "")}"])']
    before, arrow = "who", "-->"
    for number, state in enumerate(states):
        sign, word = _STATES.get(state.verdict, _STATES["undetermined"])
        lines.append(f'  {before} {arrow} g{number}["{sign} {_plain(gate_words(state.gate))}<br/>{word}"]')
        before, arrow = f"g{number}", "--x" if state.verdict == "denied" else "-->"
    lines.append(f'  {before} {arrow} object[("object")]')
    for verdict, style in _CLASSES.items():
        members = [f"g{number}" for number, state in enumerate(states) if state.verdict == verdict]
        if members:
            lines += [f"  classDef {verdict} {style}", f"  class {','.join(members)} {verdict}"]
    return "\n".join([*lines, "```"])


def _ordered(finding: Finding) -> list[GateState]:
    """The gates by way; before the object the key's choice or reference, which are gates of no policy."""
    states = sorted(finding.gates, key=lambda state: _WAY.index(state.gate) if state.gate in _WAY else len(_WAY))
    gate = finding.gate
    if states and gate is not None and gate not in {state.gate for state in states}:
        states.append(GateState(gate, "denied"))
    return states


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ]", "", text)[:40] or "outsider"
