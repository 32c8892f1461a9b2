"""The inventory for people: plain text of 80 columns, inert whatever the strings hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from tf_kms_guard.cli.inventory_lines import Lines, at, inert, unknown_words
from tf_kms_guard.cli.inventory_statements import statements
from tf_kms_guard.estate.model import KeyForm
from tf_kms_guard.iam.managed import table_date
from tf_kms_guard.reports.words import counted

Data: TypeAlias = Mapping[str, Any]

_FORMS: Final = {form.name.lower().replace("_", "-"): form.value for form in KeyForm}
_ALGORITHMS: Final = {
    "AES256": "SSE-S3 (AES256)",
    "aws:kms": "SSE-KMS (aws:kms)",
    "aws:kms:dsse": "DSSE-KMS (aws:kms:dsse)",
}
_BUCKET_KEYS: Final = {
    "yes": "with a bucket key",
    "no": "without a bucket key",
    "unknown": "bucket key not known",
}
_ERRORS: Final = (
    ("What could not be read", ("syntax", "input")),
    ("Notes", ("evaluation", "module-missing")),
)


def inventory_text(inventory: Data) -> str:
    """The whole inventory, each line with its line break."""
    out = Lines()
    safe = inert(inventory)
    for number, workspace in enumerate(safe["workspaces"]):
        if number:
            out.blank()
        _workspace(out, workspace)
    _errors(out, safe["errors"])
    return out.text()


def _workspace(out: Lines, workspace: Data) -> None:
    identities = workspace["identities"]
    counts = [
        counted(len(workspace["buckets"]), "bucket"),
        counted(len(workspace["keys"]), "key"),
        f"{len(workspace['aliases'])} alias{'' if len(workspace['aliases']) == 1 else 'es'}",
        counted(len(workspace["grants"]), "grant"),
        counted(sum(identity["kind"] == "role" for identity in identities), "role"),
        counted(sum(identity["kind"] == "user" for identity in identities), "user"),
    ]
    out.line(0, f"{workspace['source']}: {', '.join(counts)}")
    for account in workspace["accounts"]:
        out.blank()
        _account_section(out, account)
    for name, show in _SECTIONS:
        for thing in workspace[name]:
            out.blank()
            show(out, thing)
    _unknowns(out, workspace["unknowns"])


# ---- accounts


def _account_section(out: Lines, account: Data) -> None:
    out.line(0, f"Account of provider {account['provider']}")
    if account["evidence"] == "none":
        out.field(1, "id", f"not known; settle it with --account {account['provider']}=ID")
    else:
        out.field(1, "id", account["id"])
        out.field(1, "evidence", account["evidence"] + at(account["location"]))
    out.field(1, "region", account["region"])


def _account(account: Data, region: str) -> str:
    evidence = "no evidence" if account["evidence"] == "none" else account["evidence"]
    return f"{account['id']} ({account['provider']}: {evidence}), {region}"


def _head(out: Lines, word: str, thing: Data) -> None:
    out.line(0, f"{word} {thing['address']}{at(thing['location'])}")
    if thing["exists"] != "yes":
        out.field(1, "exists", f"not known{unknown_words(thing['exists_if'], ', it hangs on ')}")


# ---- buckets


def _bucket(out: Lines, bucket: Data) -> None:
    _head(out, "Bucket", bucket)
    out.field(1, "name", bucket["name"])
    out.field(1, "account", _account(bucket["account"], bucket["region"]))
    _encryption(out, 1, bucket["encryption"])
    _policy(out, 1, bucket["policy"])


def _encryption(out: Lines, depth: int, encryption: Data) -> None:
    if encryption["state"] == "default":
        out.field(depth, "encryption", "SSE-S3 (AES256), which S3 does where nothing is set")
        return
    set_by = f", set by {encryption['source']}{at(encryption['location'])}"
    if encryption["state"] == "unknown":
        out.field(depth, "encryption", f"not known{unknown_words(encryption['unknown'])}{set_by}")
    else:
        words = f"{_ALGORITHMS[encryption['algorithm']]}, {_BUCKET_KEYS[encryption['bucket_key']]}"
        out.field(depth, "encryption", words + set_by)
    if encryption["key"] is not None:
        _choice(out, depth, encryption["key"])
    for other in encryption["alternatives"]:
        _when(out, depth, other)
        _encryption(out, depth + 1, other)


def _choice(out: Lines, depth: int, key: Data) -> None:
    form = _FORMS[key["form"]]
    if key["written"] is None:
        form += " (aws/s3), because no key is named"
    out.field(depth, "key", form if key["key"] is None else f"{key['key']}, named by its {form}")
    if key["alias"] is not None:
        out.field(depth + 1, "alias", key["alias"])
    if key["written"] is not None:
        out.field(depth + 1, "written", key["written"])
    if key["arn"] is not None and key["arn"] != key["written"]:
        out.field(depth + 1, "arn", key["arn"])
    if key["key"] is None and key["account"] is not None:
        out.field(depth + 1, "account", f"{key['account']}, {key['region']}")
    if key["unknown"] is not None:
        out.field(depth + 1, "not known", unknown_words(key["unknown"], ""))


# ---- policies


def _policy(out: Lines, depth: int, policy: Data) -> None:
    state, place = policy["state"], at(policy["location"])
    if state == "absent":
        out.field(depth, "policy", "none")
    elif state == "default":
        out.field(depth, "policy", "none is set: the default key policy, which KMS makes")
    elif state == "conflict":
        rivals = " and ".join(rival["source"] + at(rival["location"]) for rival in policy["rivals"])
        out.field(depth, "policy", f"not known, because {rivals} both set it")
    elif state == "unknown":
        because = unknown_words(policy["unknown"])
        out.field(depth, "policy", f"not known{because}, set by {policy['source']}{place}")
    else:
        out.field(depth, "policy", f"set by {policy['source']}{place}")
    statements(out, depth + 1, policy)
    for other in policy["alternatives"]:
        _when(out, depth, other)
        _policy(out, depth + 1, other)


def _when(out: Lines, depth: int, other: Data) -> None:
    outcome = other["outcome"]
    words = outcome if isinstance(outcome, str) else str(outcome).lower()
    out.line(depth, f"if {unknown_words(other['condition'], '')} is {words}:")


# ---- keys


def _key(out: Lines, key: Data) -> None:
    _head(out, "Key", key)
    out.field(1, "arn", key["arn"])
    out.field(1, "account", _account(key["account"], key["region"]))
    for name in ("aliases", "grants"):
        if key[name]:
            out.field(1, name, ", ".join(key[name]))
    _policy(out, 1, key["policy"])


def _target(thing: Data) -> str:
    target = "nothing" if thing["target"] is None else thing["target"]
    return target if thing["key"] is None else f"{thing['key']} ({target})"


def _alias(out: Lines, alias: Data) -> None:
    _head(out, "Alias", alias)
    out.field(1, "name", alias["name"])
    out.field(1, "arn", alias["arn"])
    out.field(1, "account", _account(alias["account"], alias["region"]))
    out.field(1, "key", _target(alias))


def _grant(out: Lines, grant: Data) -> None:
    _head(out, "Grant", grant)
    out.field(1, "key", _target(grant))
    out.field(1, "grantee", "nobody" if grant["grantee_principal"] is None else grant["grantee_principal"])
    operations = grant["operations"]
    if isinstance(operations, Mapping):
        out.field(1, "operations", f"not known{unknown_words(operations['unknown'])}")
    else:
        out.field(1, "operations", ", ".join(operation["value"] for operation in operations) or "none")
    if grant["constrained"]:
        out.field(1, "constrained", "to an encryption context")


# ---- identities


def _identity(out: Lines, identity: Data) -> None:
    _head(out, identity["kind"].capitalize(), identity)
    out.field(1, "arn", identity["arn"])
    out.field(1, "account", _account(identity["account"], identity["account"]["region"]))
    if identity["exclusive"]:
        out.field(1, "exclusive", "the code itself says that these policies are all")
    _rights(out, 1, identity)


def _rights(out: Lines, depth: int, rights: Data) -> None:
    if rights["closed"] == "yes":
        number = len(rights["policies"])
        words = {0: "none", 1: "one, and it is all"}.get(number, f"{number}, and they are all")
    else:
        words = f"{len(rights['policies'])}, and there may be more{unknown_words(rights['unknown'])}"
    out.field(depth, "policies", words)
    for policy in rights["policies"]:
        _identity_policy(out, depth, "policy", policy)
    if rights["boundary"] is not None:
        _identity_policy(out, depth, "boundary", rights["boundary"])
    for other in rights["alternatives"]:
        _when(out, depth, other)
        _rights(out, depth + 1, other)


def _identity_policy(out: Lines, depth: int, word: str, policy: Data) -> None:
    name, place = policy["name"], at(policy["location"])
    by = "" if policy["source"] == name else f", by {policy['source']}"
    out.field(depth, word, f"{name}{by}{place}")
    if policy["aws_managed"] is not None:
        out.line(depth + 1, f"AWS managed, {policy['aws_managed']} of {table_date()}; S3, KMS and STS alone:")
    statements(out, depth + 1, policy)


_SECTIONS: Final = (
    ("buckets", _bucket),
    ("keys", _key),
    ("aliases", _alias),
    ("grants", _grant),
    ("identities", _identity),
)

# ---- the end


def _unknowns(out: Lines, unknowns: Sequence[Data]) -> None:
    if not unknowns:
        return
    out.blank()
    out.line(0, "What is not known")
    for unknown in unknowns:
        out.line(1, f"{unknown_words(unknown['name'], '')}{at(unknown['location'])}")
        out.line(2, unknown["because"])
        if unknown["settle"] is not None:
            out.line(2, f"settle it with {unknown['settle']}")


def _errors(out: Lines, errors: Iterable[Data]) -> None:
    for title, kinds in _ERRORS:
        chosen = [error for error in errors if error["kind"] in kinds]
        if chosen:
            out.blank()
            out.line(0, title)
        for error in chosen:
            line = "" if error["line"] is None else f":{error['line']}"
            where = "" if error["file"] is None else f"{error['file']}{line}: "
            out.located(1, where, error["message"])
