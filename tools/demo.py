"""Check every sample module, show what is said about it, and compare that with what was expected.

Ends with 0 only if each sample gave the exit code and the findings that are named in
``tests/samples/expected.json``.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_modules" / "cross_account_read"
EXPECTED = ROOT / "tests" / "samples" / "expected.json"
WIDTH = 80


def main() -> int:
    """Run the demonstration and return its exit code."""
    expected: dict[str, list[dict[str, Any]]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    samples = [path for path in SAMPLES.iterdir() if path.is_dir()]
    rows = []
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for sample in sorted(samples, key=lambda path: (path.name != "ok", path.name)):
            name = sample.name
            print(f"\n=== {name} {'=' * (WIDTH - len(name) - 5)}\n", flush=True)
            trouble = check(sample, expected.get(name), Path(scratch) / f"{name}.json")
            failed = failed or bool(trouble)
            rules = sorted(finding["rule"] for finding in expected.get(name, []))
            rows.append((name, ", ".join(rules) or "silent", trouble))
    print(f"\n=== summary {'=' * (WIDTH - 12)}\n")
    for name, wanted, trouble in rows:
        print(f"  {name:<20} expected {wanted:<8} {trouble or 'as expected'}")
    missing = sorted(set(expected) - {name for name, _, _ in rows})
    if missing:
        print(f"\n  no sample module for: {', '.join(missing)}")
    return 1 if failed or missing else 0


def check(sample: Path, expected: list[dict[str, Any]] | None, report: Path) -> str:
    """Check one sample, which prints the report for people.

    Args:
        sample: the root module.
        expected: its findings, or None where nobody wrote them down.
        report: where the report in JSON goes.

    Returns:
        What differs from the expectation, or an empty string.
    """
    where = sample.relative_to(ROOT).as_posix()
    command = [str(program()), "check", where, "--format", "text", "--format", f"json={report}"]
    print(f"$ tf-kms-guard check {where}\n", flush=True)
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if expected is None:
        return f"{EXPECTED.relative_to(ROOT)} does not name it"
    if code != (1 if expected else 0):
        return f"exit code {code}"
    if not report.exists():
        return "no report in JSON was written"
    found = json.loads(report.read_text(encoding="utf-8"))
    if found["undetermined"]:
        return f"{len(found['undetermined'])} undetermined"
    got = sorted(brief(finding) for finding in found["findings"])
    wanted = sorted(
        f"{it['rule']} {it['severity']} {it['resource']} {it['file']}:{it['line']} {it['principal']}" for it in expected
    )
    return "" if got == wanted else f"found {got}, expected {wanted}"


def brief(finding: dict[str, Any]) -> str:
    """What an expectation names of a finding, in one line."""
    location = finding["location"] or {}
    principal = finding["principal"] or {}
    where = f"{location.get('file')}:{location.get('line')}"
    return f"{finding['rule']} {finding['severity']} {finding['resource']} {where} {principal.get('value')}"


def program() -> Path:
    """The ``tf-kms-guard`` beside the Python that runs this, or the one on the PATH."""
    beside = Path(sys.executable).with_name("tf-kms-guard")
    return beside if beside.exists() else Path(shutil.which("tf-kms-guard") or beside)


if __name__ == "__main__":
    sys.exit(main())
