"""The statement that a report prints for a service, pasted into the key policy, lets the service in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.support import program
from tests.pasting import paste, printed

EXAMPLES = Path(__file__).resolve().parent.parent / "rules" / "SD001"


@pytest.mark.parametrize(
    "name",
    [
        "bad-condition-on-another-trail",
        "bad-config-as-itself",
        "bad-flow-log-under-default-key",
        "bad-inventory-of-another-bucket",
        "bad-storage-lens",
    ],
)
def test_the_printed_statement_lets_the_service_in(name: str, tmp_path: Path) -> None:
    copy = shutil.copytree(EXAMPLES / name, tmp_path / name)
    (help_,) = printed(program("check", cwd=copy).out)
    (finding,) = program("check", "--format", "json", cwd=copy).json["findings"]
    paste(copy, finding, help_.statements[0])
    report = program("check", "--format", "json", cwd=copy).json
    assert (report["findings"], report["undetermined"]) == ([], [])
