"""``tf_kms_guard.check`` as ``docs/api.md`` describes it."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tf_kms_guard
from tests.cli.support import CLOSED, OPEN, PARTNER, ROOT, check, guard, shared_bucket, write

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_of_the_page_runs(here: Path) -> None:
    write(here / "envs" / "prod", {"main.tf": CLOSED})
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r"^KP001 error 777788889999|^KP001 error .*\n  envs/prod/main\.tf:\d+$", done.stdout, re.MULTILINE)


def test_importing_the_package_imports_nothing_else() -> None:
    script = "before = set(sys.modules); import tf_kms_guard; print(*sorted(set(sys.modules) - before))"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {script}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["__future__", "tf_kms_guard"]


def test_a_report_is_what_the_program_prints(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    printed, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(told):
        report = tf_kms_guard.check()
    assert (printed.getvalue(), told.getvalue()) == ("", "")
    assert report.as_dict() == check().json
    assert report.render() == guard("check").out
    assert json.loads(report.render("sarif"))["version"] == "2.1.0"
    (finding,) = report.findings
    assert isinstance(finding, tf_kms_guard.Finding)
    assert (finding.rule.id, finding.severity.value, finding.resource) == ("KP001", "error", "aws_kms_key.data")
    assert (report.exit_code(), report.exit_code("never")) == (1, 0)
    assert repr(report) == "<tf_kms_guard.Report: 1 findings, 0 undetermined, 0 errors>"
    with pytest.raises(AttributeError):
        finding.message = "changed"  # type: ignore[misc]


def test_values_are_given_as_python_has_them(here: Path) -> None:
    variables = 'variable "who" {\n  type = object({ ids = list(string), on = bool, n = number })\n}\n'
    write(here, {"main.tf": shared_bucket(key_principal='"arn:aws:iam::${var.who.ids[0]}:root"', extra=variables)})
    assert tf_kms_guard.check(variables={"who": {"ids": [PARTNER], "on": True, "n": 1.5}}).findings == ()
    (finding,) = tf_kms_guard.check(variables={"who": {"ids": ["777788889999"], "on": True, "n": 1}}).findings
    assert finding.rule.id == "KP001"
    write(
        here,
        {
            "main.tf": shared_bucket(
                key_principal="data.external.who.result.arn", extra='data "external" "who" {\n  program = ["x"]\n}\n'
            )
        },
    )
    assert tf_kms_guard.check().undetermined != ()
    known = tf_kms_guard.check(assume={"data.external.who.result": {"arn": f"arn:aws:iam::{PARTNER}:root"}})
    assert (known.findings, known.undetermined) == ((), ())


def test_several_targets_and_the_configuration(here: Path) -> None:
    write(here, {"a/main.tf": CLOSED, "b/main.tf": OPEN.replace("acme-shared-data", "acme-other")})
    write(here, {".tf-kms-guard.hcl": 'rule "KP001" {\n  severity = "note"\n}\n'})
    report = tf_kms_guard.check(Path("a"), "b")
    assert [one.id for one in report.workspaces] == ["a", "b"]
    assert [one.severity.value for one in report.findings] == ["note"]
    assert [one.severity.value for one in tf_kms_guard.check("a", config=False).findings] == ["error"]
    assert tf_kms_guard.check("a", config=False, ignore=["KP001"]).findings == ()


def test_what_cannot_be_read_is_data_and_what_makes_no_sense_an_exception(here: Path) -> None:
    write(here, {"main.tf": 'resource "aws_s3_bucket" {\n'})
    report = tf_kms_guard.check()
    assert [one.kind for one in report.errors] == ["syntax"]
    assert report.exit_code("never") == 2
    for wrong in (
        lambda: tf_kms_guard.check(select=["KP999"]),
        lambda: tf_kms_guard.check(select="KP001"),
        lambda: tf_kms_guard.check(accounts={"aws": "1"}),
        lambda: tf_kms_guard.check(config="no.hcl"),
        lambda: report.render("yaml"),
        lambda: report.exit_code("sometimes"),
    ):
        with pytest.raises(tf_kms_guard.UsageError):
            wrong()


def test_no_secret_is_in_a_report(here: Path) -> None:
    secret = "arn:aws:iam::777788889999:role/very-secret-name"
    write(
        here,
        {
            "main.tf": shared_bucket(
                reader="var.who", extra='variable "who" {\n  type = string\n  sensitive = true\n}\n'
            )
        },
    )
    report = tf_kms_guard.check(variables={"who": secret})
    assert report.findings
    assert "very-secret-name" not in repr([report.findings, report.undetermined, report.errors, report.as_dict()])


def test_the_page_names_every_argument_and_everything_public() -> None:
    for name in inspect.signature(tf_kms_guard.check).parameters:
        assert f"`{name}`" in PAGE or name == "targets"
    for name in {*tf_kms_guard.__all__} - {"__version__"}:
        assert f"`{name}" in PAGE or f"tf_kms_guard.{name}" in PAGE
    assert {*tf_kms_guard.__all__} <= {*dir(tf_kms_guard)}
    with pytest.raises(AttributeError):
        tf_kms_guard.nothing  # noqa: B018
