"""The form of facts files: the schema, what is not in them, and what of the source is shown beside them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.support import CLOSED, ROOT, check, guard, shared_bucket, write
from tests.facts.support import collected, same_report, without_kinds
from tests.facts.test_same_findings import EXAMPLES
from tests.joined.test_organization import ROOTS, SAMPLE

SCHEMA = json.loads((ROOT / "docs/schema/facts-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

SECRET = "hunter2-hunter2"
WITH_SECRET = shared_bucket(
    reader='"arn:aws:iam::444455556666:role/${var.secret}"',
    extra=f"""
variable "secret" {{
  default   = "{SECRET}"
  sensitive = true
}}
output "secret" {{
  value     = {{ password = var.secret }}
  sensitive = true
}}
resource "aws_iam_role" "app" {{
  name               = "app"
  description        = "{SECRET}"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Sid = var.secret }}] }})
  tags               = {{ password = var.secret }}
}}
resource "aws_db_instance" "db" {{
  password = "{SECRET}"
}}
""",
)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("example", EXAMPLES[::3], ids=lambda example: f"{example.parent.name}-{example.name}")
def test_facts_are_as_the_schema_says(example: Path, tmp_path: Path) -> None:
    (file,) = collected([example], tmp_path)
    VALIDATOR.validate(json.loads(file.read_text(encoding="utf-8")))


def test_the_schema_refuses_what_the_program_refuses() -> None:
    for wrong in ({"facts_version": 1}, {"facts_version": 2, "tool": {}, "workspaces": []}):
        assert not VALIDATOR.is_valid(wrong)
    workspace = {"source": "a", "kind": "hcl", "outputs": {"a": ["run", "id"]}}
    assert not VALIDATOR.is_valid({"facts_version": 1, "tool": {}, "workspaces": [workspace]})


def test_secrets_stay_where_they_are(tmp_path: Path) -> None:
    write(tmp_path, {"root/main.tf": WITH_SECRET})
    (file,) = collected([tmp_path / "root"], tmp_path)
    text = file.read_text(encoding="utf-8")
    assert "hunter2" not in text
    VALIDATOR.validate(json.loads(text))
    report = check(file).json
    assert "KP001" not in {finding["rule"] for finding in report["findings"] if finding["severity"] == "error"}


def test_no_source_is_in_it(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"main.tf": CLOSED + "# a remark that nobody reads\n"})
    (file,) = collected([root], tmp_path)
    text = file.read_text(encoding="utf-8")
    assert "a remark" not in text
    assert "jsonencode(" not in text


def test_the_same_source_gives_the_same_file(tmp_path: Path) -> None:
    roots = [SAMPLE / name for name in ROOTS]
    one, other = (guard("collect", *roots).out for _ in range(2))
    assert one == other
    assert one.count("\n") > 80  # a change of one resource is a change of few lines


def test_one_file_of_several_workspaces_is_judged_as_they_are(tmp_path: Path) -> None:
    roots = [SAMPLE / name for name in ROOTS]
    guard("collect", *roots, "-o", tmp_path / "facts.json")
    assert without_kinds(check(tmp_path / "facts.json").json) == without_kinds(check(*roots).json)


def test_source_is_quoted_where_it_is_as_it_was(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {"main.tf": CLOSED})
    (file,) = collected([root], tmp_path)
    quoted = "identifiers" if "identifiers" in CLOSED else "policy = jsonencode("
    assert quoted in guard("check", file).out
    (root / "main.tf").write_text("# another file of that name\n", encoding="utf-8")
    changed = guard("check", file)
    assert "another file" not in changed.out
    assert quoted not in changed.out
    (root / "main.tf").unlink()
    gone = guard("check", file)
    assert (gone.out, gone.code) == (changed.out, 1)
    assert "main.tf:" in gone.out


def test_access_and_inventory_take_facts(tmp_path: Path) -> None:
    roots = [SAMPLE / name for name in ROOTS]
    files = collected(roots, tmp_path)
    assert guard("access", *files).out == guard("access", *roots).out
    on_facts, on_source = (guard("inventory", "--format", "json", *targets).json for targets in (files, roots))
    assert without_kinds(on_facts) == without_kinds(on_source)


def test_a_value_that_is_assumed_goes_along(tmp_path: Path) -> None:
    text = CLOSED.replace('"arn:aws:iam::777788889999:root"', "data.aws_ssm_parameter.who.value")
    root = write(tmp_path / "root", {"main.tf": text + 'data "aws_ssm_parameter" "who" { name = "/who" }\n'})
    said = 'data.aws_ssm_parameter.who.value="arn:aws:iam::777788889999:root"'
    report = same_report([root], tmp_path, "--assume", said)
    assert [finding["rule"] for finding in report["findings"]] == ["KP001"]
