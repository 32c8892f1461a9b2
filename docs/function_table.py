"""The page on Terraform's functions: how each treats what is not known, and how often it agrees with Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tf_kms_guard.terraform.functions import Kind, all_functions

_CLASSES: Final = {
    Kind.STRUCTURAL: "structural",
    Kind.SEARCHING: "searching",
    Kind.COMPARING: "comparing",
    Kind.WHOLE: "whole-text",
}
_OPEN: Final = {
    "abspath": "a relative path: nothing may depend on where this runs",
    "base64gzip": "always: other compressors than Go's make other bytes",
    "bcrypt": "always: it is salted at random",
    "cidrhost": "addresses in ::ffff:0:0/96, which Terraform takes for IPv4 in one place and for IPv6 in another",
    "cidrsubnet": "the same addresses, and negative numbers, which lead out of the range",
    "element": "a negative index, which is an error for a tuple, where it is not known which of them it is",
    "file": "a file that cannot be read is a note, not an error; so for all functions that read files",
    "fileset": "beyond 50,000 entries, links that leave the repository, braces that hold a `/`",
    "flatten": "a set whose order Terraform does not promise",
    "format": "`null`, which Terraform leaves open too",
    "length": "characters that combine in unusual ways",
    "log": "to the base 0",
    "pathexpand": "a path with `~`: nothing may depend on who runs this",
    "plantimestamp": "always, and the same everywhere",
    "regex": "without the package google-re2; texts and patterns so large that they would take seconds",
    "regexall": "as `regex`",
    "replace": "with `/…/` as `regex`",
    "rsadecrypt": "always: secrets are not decrypted",
    "strrev": "characters that combine in unusual ways",
    "substr": "characters that combine in unusual ways",
    "textdecodebase64": "encodings of Chinese, Japanese and Korean",
    "textencodebase64": "encodings of Chinese, Japanese and Korean",
    "timeadd": "the years before 1 and after 9999",
    "timestamp": "always, another for each call",
    "uuid": "always, another for each call",
    "yamldecode": "merging a list, which depends on Terraform's version; `.inf`; more than 100,000 values",
    "yamlencode": "keys of several lines or more than 128 bytes; a byte order mark",
}
"""What is a free value here where Terraform knows the answer."""

_TEXT: Final = """<!-- Written by `make docs` from the functions and tests/terraform/functions/agreement.json. -->

# Terraform's functions

All {functions} functions of Terraform 1.11 are evaluated, each with `core::` before its name too. A test gives every
call in `tests/terraform/functions/calls.txt` to the real Terraform and to tf-kms-guard, wrong arguments among them:
**{calls} calls, {agree} with the same answer** ({errors} of them the same refusal), {not_known} that tf-kms-guard
leaves open, {different} with another answer that is listed here, none wrong. The test fails if these counts change.

What tf-kms-guard leaves open is a *free* value: it may be anything, and a verdict that depends on it is undetermined.

How a function treats text of which a part is not known depends on its class:

| class | what is not known |
|---|---|
| structural | passes through |
| searching | is left alone where what is searched for can neither lie in it nor straddle its edge |
| comparing | makes the answer yes, no or unknown |
| whole-text | makes the answer unknown, unless its shape decides |
| expression | looks at whether its arguments can be evaluated |

Regular expressions are matched by RE2, Terraform's own: `pip install tf-kms-guard[re2]`
([decision 6](decisions/0006-re2-and-yaml.md)). Files are read below the root of the repository only.

Of the functions of providers, `provider::aws::arn_parse`, `provider::aws::arn_build` and
`provider::aws::trim_iam_role_path` are evaluated, with what is not known left in its place. All others are free.

| function | class | calls | agree | open | known differences and what is left open |
|---|---|---:|---:|---:|---|
"""


def functions_page(counts: Mapping[str, Mapping[str, Any]]) -> str:
    """The page, from the counts of the test that compares."""
    total = {key: sum(entry[key] for entry in counts.values()) for key in ("calls", "agree", "errors", "not_known")}
    different = sum(len(entry["differences"]) for entry in counts.values())
    head = _TEXT.format(functions=len(counts), different=different, **total)
    return head + "".join(_row(name, entry) for name, entry in sorted(counts.items()))


def _row(name: str, entry: Mapping[str, Any]) -> str:
    function = all_functions().get(name)
    kind = "expression" if function is None else _CLASSES[function.kind]
    remarks = [f"`{text}`: {why}" for text, why in sorted(entry["differences"].items())]
    if name in _OPEN:
        remarks.append(f"open: {_OPEN[name]}")
    cells = "; ".join(remarks).replace("|", "\\|")
    return f"| `{name}` | {kind} | {entry['calls']} | {entry['agree']} | {entry['not_known']} | {cells} |\n"
