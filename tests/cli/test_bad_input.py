"""Whatever the input is: a clear line for each problem, no traceback, no clean report on nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.support import CLOSED, OPEN, PARTNER, Ran, check, guard, program, shared_bucket, write

NOT_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(ran: Ran) -> list[tuple[str, str | None, int | None]]:
    """Kind, file and line of each error of a report in JSON."""
    return [(error["kind"], error["file"], error["line"]) for error in ran.json["errors"]]


def words(ran: Ran) -> str:
    """Everything that a report in JSON says about its errors."""
    return " ".join(error["message"] for error in ran.json["errors"])


def only_error(ran: Ran) -> str:
    """The one error that a report for people begins with, without its line breaks."""
    first, *rest = re.split(r"^error: ", ran.out, flags=re.MULTILINE)[1:]
    assert rest == []
    return " ".join(first.split("\n\n")[0].split())


# ---- files that do not parse

BROKEN = [
    ("unclosed block", 'resource "aws_s3_bucket" "x" {\n  bucket = "a"\n', 1, "}"),
    ("missing value", "locals {\n  a =\n}\n", 2, "value|expression"),
    ("two values", "locals {\n  a = 1 2\n}\n", 2, ""),
    ("open string", 'locals {\n  a = "x\n}\n', 2, '"|string'),
    ("open heredoc", "locals {\n  a = <<EOT\nx\n}\n", 2, "EOT|heredoc"),
    ("open list", 'locals {\n  a = ["x", \n}\n', 3, r"\]"),
    ("open interpolation", 'locals {\n  a = "${b"\n}\n', 2, "}|closed"),
    ("open comment", "locals {\n  a = 1\n}\n/* \n", 4, r"\*/|comment"),
    ("attribute at the top", "a = 1\n", 1, "block"),
    ("no brace", 'resource "aws_s3_bucket" "x"\n', 1, r"\{"),
    ("closed twice", "locals {\n  a = 1\n}}\n", 3, ""),
    ("single quotes", "locals {\n  a = 'x'\n}\n", 2, ""),
    ("merge conflict", "<<<<<<< HEAD\nlocals {}\n=======\n>>>>>>> other\n", 1, ""),
    ("no HCL at all", "# a page\n\nHello, world.\n", 3, ""),
]


@pytest.mark.parametrize(("text", "line", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_syntax_error_is_one_line_and_the_other_files_are_analysed(
    here: Path, text: str, line: int, expected: str
) -> None:
    write(here, {"main.tf": CLOSED, "broken.tf": text})
    ran = check()
    assert (ran.code, ran.rules) == (2, ["KP001"])
    assert errors(ran) == [("syntax", "broken.tf", line)]
    assert re.search(expected, words(ran))
    assert "\n" not in words(ran)
    assert only_error(guard("check")).startswith(f"broken.tf:{line}")


def test_what_stands_before_and_behind_a_syntax_error_is_still_read(here: Path) -> None:
    write(here, {"main.tf": "locals {\n  a =\n}\n" + CLOSED})
    ran = check()
    assert (ran.code, ran.rules) == (2, ["KP001"])


def test_each_broken_file_has_its_line(here: Path) -> None:
    write(here, {"main.tf": OPEN, "a.tf": "x {\n", "b.tf": "x {\n", "c.tf.json": '{"locals": '})
    ran = check()
    assert ran.code == 2
    assert [file for _, file, _ in errors(ran)] == ["a.tf", "b.tf", "c.tf.json"]


def test_a_clean_run_over_broken_files_says_that_it_may_not_be_all(here: Path) -> None:
    write(here, {"main.tf": OPEN, "broken.tf": "x {\n"})
    ran = guard("check")
    assert ran.code == 2
    assert not ran.out.rstrip().endswith("every gate is open")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"locals": {"a": }}', 1),
        ('{\n  "locals": {\n    "a": 1,\n  }\n}', 4),
        ("", None),
        ("[]", None),
        ("null", None),
        ('"x"', None),
        ('{"resource": 1}', None),
        ('{"resource": {"aws_s3_bucket": []}}', None),
        ('{"resource": {"aws_s3_bucket": {"x": 3}}}', None),
        ('{"locals": {"a": 1}, "locals": {"a": 2}}', None),
        ("[" * 100_000, None),
    ],
    ids=[
        "no value",
        "comma",
        "empty",
        "list",
        "null",
        "string",
        "number",
        "no name",
        "no body",
        "twice",
        "deep",
    ],
)
def test_json_that_is_no_terraform_never_crashes(here: Path, text: str, line: int | None) -> None:
    write(here, {"main.tf": CLOSED, "broken.tf.json": text})
    ran = check()
    assert ran.rules == ["KP001"]
    assert ran.code in (1, 2)
    if line is not None:
        assert (ran.code, errors(ran)) == (2, [("syntax", "broken.tf.json", line)])


@pytest.mark.parametrize("text", ["", "null", "{", "x"])
def test_a_json_file_that_holds_nothing_to_read_is_no_clean_report(here: Path, text: str) -> None:
    write(here, {"main.tf.json": text})
    assert check().code == 2


# ---- targets and files that cannot be read


@pytest.mark.parametrize("target", ["nowhere", "nowhere/main.tf", "", "a\nb", "x" * 5000])
def test_a_target_that_is_not_there(here: Path, target: str) -> None:
    write(here, {"good/main.tf": CLOSED})
    for ran in (check(target), check(target, "good")):
        assert ran.code == 2
        assert [kind for kind, _, _ in errors(ran)] == ["input"]
    assert ran.rules == ["KP001"]


def test_a_directory_without_terraform(here: Path) -> None:
    write(here, {"empty/readme.md": "", "empty/sub/x.json": "{}"})
    ran = program("check", "empty", cwd=here)
    assert ran.code == 2
    assert only_error(ran).startswith("empty: ")
    assert "nothing was read" in ran.out
    assert program("check", cwd=here / "empty").code == 2


def test_a_target_that_is_neither_file_nor_directory(here: Path) -> None:
    os.mkfifo(here / "pipe")
    ran = check("pipe")
    assert ran.code == 2
    assert [kind for kind, _, _ in errors(ran)] == ["input"]


def unreadable_directory(path: Path) -> None:
    path.mkdir()


def unreadable_link(path: Path) -> None:
    path.symlink_to("nowhere")


def unreadable_circle(path: Path) -> None:
    path.symlink_to(path.name)


def unreadable_pipe(path: Path) -> None:
    os.mkfifo(path)


def unreadable_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def unreadable_secret(path: Path) -> None:
    path.write_text(OPEN, encoding="utf-8")
    path.chmod(0)


UNREADABLE = [
    unreadable_link,
    unreadable_circle,
    unreadable_pipe,
    unreadable_device,
    pytest.param(unreadable_secret, marks=NOT_ROOT),
]


@pytest.mark.parametrize("make", UNREADABLE)
@pytest.mark.parametrize("name", ["x.tf", "x.tf.json", "terraform.tfvars", "x.auto.tfvars"])
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_analysed(here: Path, make: object, name: str) -> None:
    assert callable(make)
    write(here, {"main.tf": CLOSED})
    make(here / name)
    ran = check()
    assert (ran.code, ran.rules) == (2, ["KP001"])
    assert errors(ran) == [("input", name, None)]


@pytest.mark.parametrize("make", UNREADABLE)
def test_a_module_of_which_nothing_can_be_read_is_not_clean(here: Path, make: object) -> None:
    assert callable(make)
    make(here / "x.tf")
    ran = check()
    assert ran.code == 2
    assert errors(ran) == [("input", "x.tf", None)]
    assert "every gate is open" not in guard("check").out


@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars"])
def test_a_directory_is_no_variables_file(here: Path, name: str) -> None:
    write(here, {"main.tf": CLOSED})
    (here / name).mkdir()
    ran = check()
    assert (ran.code, ran.rules, errors(ran)) == (2, ["KP001"], [("input", name, None)])


@pytest.mark.parametrize("name", ["x.tf", "x.tf.json"])
def test_terraform_passes_over_a_directory_that_is_named_like_a_file(here: Path, name: str) -> None:
    write(here, {"main.tf": CLOSED})
    (here / name).mkdir()
    ran = check()
    assert (ran.code, ran.rules, errors(ran)) == (1, ["KP001"], [])


@pytest.mark.parametrize("make", [*UNREADABLE, unreadable_directory])
def test_a_variables_file_that_was_named_and_cannot_be_read(here: Path, make: object) -> None:
    assert callable(make)
    write(here, {"main.tf": OPEN})
    make(here / "named.tfvars")
    ran = guard("check", "--var-file", "named.tfvars")
    assert ran.code == 2
    assert "named.tfvars" in ran.out + ran.err


def test_a_variables_file_that_is_not_there(here: Path) -> None:
    write(here, {"main.tf": OPEN})
    ran = program("check", "--var-file", "nowhere.tfvars", cwd=here)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "tf-kms-guard: --var-file nowhere.tfvars: there is no such file\n"


@pytest.mark.parametrize(
    "content",
    [
        b'locals {\n  a = "\xe4"\n}\n',
        b"\xff\xfel\x00o\x00c\x00a\x00l\x00s\x00",
        b'locals {\n  a = "\x00"\n}\n',
        b"\x7fELF\x02\x01\x01\x00",
        b"\xef\xbf",
    ],
    ids=["latin-1", "utf-16", "null", "program", "cut"],
)
@pytest.mark.parametrize("name", ["x.tf", "x.tf.json", "terraform.tfvars"])
def test_a_file_that_is_no_utf_8_text_is_named(here: Path, content: bytes, name: str) -> None:
    write(here, {"main.tf": CLOSED})
    (here / name).write_bytes(content)
    ran = check()
    assert (ran.code, ran.rules) == (2, ["KP001"])
    assert {file for _, file, _ in errors(ran)} == {name}


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\ufeff", "/* nothing */", "\r\n\r\n"], ids=repr)
def test_an_empty_file_is_fine_and_the_report_says_that_nothing_was_there(here: Path, text: str) -> None:
    write(here, {"main.tf": text})
    ran = guard("check")
    assert ran.code == 0
    assert "every gate is open" not in ran.out
    assert "no bucket" in ran.out


def test_a_byte_order_mark_and_windows_line_ends_are_read(here: Path) -> None:
    write(here, {"main.tf": "\ufeff" + CLOSED.replace("\n", "\r\n")})
    ran = check()
    assert (ran.code, ran.rules, ran.json["errors"]) == (1, ["KP001"], [])


# ---- variables

TYPED = 'variable "ids" {\n  type = list(string)\n}\n\nvariable "n" {\n  type    = number\n  default = 1\n}\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('ids = "x"', 1),
        ("ids = { a = 1 }", 1),
        ("ids = [[]]", 1),
        ('\nn = "many"', 2),
        ("n = []", 1),
        ("ids = 1", 1),
    ],
)
def test_a_tfvars_value_of_the_wrong_type_is_named(here: Path, text: str, line: int) -> None:
    write(here, {"main.tf": CLOSED + TYPED, "terraform.tfvars": text + "\n"})
    ran = check()
    assert (ran.code, ran.rules) == (2, ["KP001"])
    assert errors(ran) == [("input", "terraform.tfvars", line)]
    assert re.search(r"\bvariable (ids|n)\b", words(ran))


@pytest.mark.parametrize(
    "text", ["ids=x", "ids=[", "ids=var.n", "n=many", "ids={}}", "ids=[1", 'ids=file("/etc/passwd")']
)
def test_a_value_of_the_wrong_type_on_the_command_line_is_named(here: Path, text: str) -> None:
    write(here, {"main.tf": CLOSED + TYPED})
    ran = guard("check", "--var", text)
    assert ran.code == 2
    assert re.search(r"\b(ids|n)\b", ran.out + ran.err)
    assert "root:" not in ran.out + ran.err


@pytest.mark.parametrize("text", ["ids = [", "ids\n", "x {\n}\n", "ids = [1]\nids = [2]\n", "ids = var.n\n", "= 1\n"])
def test_a_variables_file_with_a_mistake_is_named(here: Path, text: str) -> None:
    write(here, {"main.tf": CLOSED + TYPED, "terraform.tfvars": text})
    ran = check()
    assert (ran.code, ran.rules) == (2, ["KP001"])
    assert {file for _, file, _ in errors(ran)} == {"terraform.tfvars"}


def test_a_variable_that_is_not_declared_is_wrong_usage_on_the_command_line(here: Path) -> None:
    write(here, {"main.tf": CLOSED + TYPED})
    ran = program("check", "--var", "idss=[]", cwd=here)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert "idss" in ran.err


@pytest.mark.parametrize("type_", ["lisst(string)", "list(", '"strin"', "object({ a })", "1", "var.x", "map()"])
def test_a_type_that_is_none_never_crashes(here: Path, type_: str) -> None:
    write(here, {"main.tf": CLOSED, "variables.tf": f'variable "x" {{\n  type = {type_}\n}}\n'})
    ran = check("--var", "x=1")
    assert ran.rules == ["KP001"]
    assert ran.json["errors"] != []


# ---- references in a circle, and counts that are none


def test_modules_that_call_each_other_in_a_circle(here: Path) -> None:
    write(
        here,
        {
            "main.tf": CLOSED + 'module "a" {\n  source = "./a"\n}\n',
            "a/main.tf": 'module "b" {\n  source = "../b"\n}\n',
            "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
        },
    )
    ran = check()
    assert ran.rules == ["KP001"]
    assert "circle" in words(ran)


@pytest.mark.parametrize("source", [".", "./", "../here/."])
def test_a_module_that_calls_itself(here: Path, source: str) -> None:
    write(here, {"here/main.tf": CLOSED + f'module "again" {{\n  source = "{source}"\n}}\n'})
    ran = check("here")
    assert ran.code in (1, 2)
    assert "KP001" in ran.rules
    assert "circle" in words(ran)


def test_a_module_that_calls_itself_twice_does_not_take_for_ever(here: Path) -> None:
    calls = "".join(f'module "m{n}" {{\n  source = "./"\n}}\n' for n in range(2))
    write(here, {"main.tf": calls})
    assert "circle" in words(program("check", "--format", "json", cwd=here, timeout=20))


CIRCLES = {
    "local": """
locals {
  who = local.who
}
""",
    "two locals": """
locals {
  who   = local.other
  other = local.who
}
""",
    "local in a call": """
locals {
  who = try(local.who, "x")
}
""",
    "resource": """
resource "aws_iam_role" "r" {
  name = aws_iam_role.r.name
}

locals {
  who = aws_iam_role.r.name
}
""",
    "module argument": """
module "m" {
  source = "./m"
  x      = module.m.x
}

locals {
  who = module.m.x
}
""",
    "document": """
data "aws_iam_policy_document" "d" {
  source_policy_documents = [data.aws_iam_policy_document.d.json]
}

locals {
  who = data.aws_iam_policy_document.d.json
}
""",
    "count": """
resource "aws_iam_role" "r" {
  count = length(aws_iam_role.r)
}

locals {
  who = aws_iam_role.r[0].description
}
""",
    "default": """
variable "v" {
  default = var.v
}

locals {
  who = var.v
}
""",
}
"""Each defines ``local.who`` by itself."""


@pytest.mark.parametrize("circle", CIRCLES.values(), ids=CIRCLES.keys())
def test_a_value_that_refers_to_itself_is_never_taken_for_something(here: Path, circle: str) -> None:
    principal = '["arn:aws:iam::111122223333:role/x", "arn:aws:iam::${local.who}:root"]'
    module = 'variable "x" {}\noutput "x" {\n  value = var.x\n}\n'
    write(here, {"main.tf": shared_bucket(key_principal=principal, extra=circle), "m/main.tf": module})
    ran = check()
    assert (ran.code, ran.rules) == (0, [])
    assert [entry["gate"] for entry in ran.json["undetermined"]] == ["key-policy"]


NONSENSE = [
    'count = "many"',
    "count = -1",
    "count = 1.5",
    "count = null",
    "count = []",
    "count = {}",
    "count = true",
    "count = 0 == 1",
    "count = 1000000000",
    "count = 1e400",
    "count = local.nowhere",
    "count = aws_s3_bucket.data",
    "count = count.index",
    'for_each = "x"',
    "for_each = 3",
    "for_each = null",
    'for_each = ["a", "b"]',
    "for_each = toset([1, null])",
    "for_each = toset([[]])",
    "for_each = { a = each.key }",
    'for_each = toset(["a"])\n  count = 1',
    "for_each = toset(range(1000000000))",
    'for_each = toset(formatlist("%s-%s", range(100000), range(100000)))',
]


@pytest.mark.parametrize("argument", NONSENSE)
def test_a_count_of_nonsense_on_a_thing_beside_says_so_and_the_rest_is_judged(here: Path, argument: str) -> None:
    extra = f'resource "aws_iam_role" "beside" {{\n  {argument}\n  name = "x"\n}}\n'
    write(here, {"main.tf": CLOSED + extra})
    ran = check()
    assert ran.rules == ["KP001"]
    assert ran.json["errors"] != []


@pytest.mark.parametrize("argument", NONSENSE)
def test_a_bucket_policy_with_a_count_of_nonsense_is_never_called_open_or_absent(here: Path, argument: str) -> None:
    head = 'resource "aws_s3_bucket_policy" "data" {\n'
    write(here, {"main.tf": OPEN.replace(head, f"{head}  {argument}\n")})
    ran = check()
    assert ran.code in (0, 1, 2)
    assert ran.json["errors"] + ran.json["undetermined"] != []
    assert "BP001" not in ran.rules


def test_deep_nesting_is_no_crash(here: Path) -> None:
    deep = "[" * 3000 + "]" * 3000
    write(
        here,
        {"main.tf": CLOSED + f'locals {{\n  deep = {deep}\n}}\noutput "d" {{\n  value = local.deep\n}}\n'},
    )
    ran = program("check", "--format", "json", cwd=here)
    assert ran.code in (1, 2)
    assert "Traceback" not in ran.err
    assert ran.rules == ["KP001"]


@pytest.mark.parametrize("depth", [200, 3000])
def test_a_deep_value_in_a_policy_is_no_crash(here: Path, depth: int) -> None:
    deep = "[" * depth + f'"arn:aws:iam::{PARTNER}:root"' + "]" * depth
    write(here, {"main.tf": shared_bucket(key_principal=deep)})
    ran = program("check", "--format", "json", cwd=here)
    assert ran.code in (0, 1, 2)
    assert "Traceback" not in ran.err
    assert ran.json["errors"] + ran.json["undetermined"] + ran.json["findings"] != []


def test_a_long_chain_of_locals_is_no_crash(here: Path) -> None:
    chain = "".join(f"  l{n} = local.l{n + 1}\n" for n in range(5000))
    extra = f'locals {{\n{chain}  l5000 = "{PARTNER}"\n}}\n'
    write(here, {"main.tf": shared_bucket(key_principal='"arn:aws:iam::${local.l0}:root"', extra=extra)})
    ran = program("check", "--format", "json", cwd=here)
    assert "Traceback" not in ran.err
    assert ran.code == 0
    assert ran.rules == []


def test_names_that_terminals_act_on_are_shown_harmlessly(here: Path) -> None:
    write(here, {"main.tf": CLOSED.replace("acme-shared-data", "x\\u001b[31m\\u0007y"), "\x1b[31m.tf": "x {\n"})
    ran = guard("check")
    assert ran.code == 2
    assert "\x1b" not in ran.out
    assert "\x07" not in ran.out


def test_two_buckets_of_one_name_are_never_taken_for_private(here: Path) -> None:
    """Which of them a policy belongs to cannot be told; AWS will not create the second one."""
    calls = "".join(f'module "{name}" {{\n  source = "./m"\n}}\n' for name in ("one", "two"))
    write(here, {"main.tf": calls, "m/main.tf": CLOSED})
    ran = check()
    assert ran.json["findings"] + ran.json["undetermined"] != []
    assert "none is both" not in guard("check").out


def test_two_bucket_policies_on_one_bucket_are_never_taken_for_none(here: Path) -> None:
    policy = CLOSED[CLOSED.index('resource "aws_s3_bucket_policy"') : CLOSED.index('resource "aws_kms_key"')]
    write(here, {"main.tf": CLOSED + policy.replace('_policy" "data"', '_policy" "again"')})
    ran = check()
    assert ran.json["findings"] + ran.json["undetermined"] != []
    assert "both KMS-encrypted and shared" not in guard("check").out
