"""The evidence behind one cell of the matrix: every gate, the statements that decide, and what it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.certainty.roots import (
    ACCOUNT,
    ADMINISTRATOR,
    CALLER,
    CLOSED_KEY,
    DECRYPT,
    KEY_ARN,
    OBJECTS,
    OPEN_KEY,
    OUTSIDE,
    OWN_GET,
    OWN_ROOT,
    READER,
    allow,
    deny,
    document,
    encryption,
    provider,
    role,
    root,
)
from tests.cli.accesses import access, lines, why
from tests.cli.inventories import SAMPLES
from tests.cli.support import OWNER, guard, write

NO_KEY_GRANT = next(path for path in SAMPLES if path.name == "no_key_grant")


def statements(gate: dict[str, Any]) -> list[tuple[str, bool | None, str]]:
    return [(s["effect"], s["matches"], s["words"]) for request in gate["requests"] for s in request["statements"]]


def at(location: dict[str, Any]) -> str:
    return f"{Path(location['file']).name}:{location['line']}"


# ---- statements


def test_an_open_gate_shows_the_statement_that_opens_it_and_its_place() -> None:
    gate = why(NO_KEY_GRANT)["bucket-policy"]
    (request,) = gate["requests"]
    assert (gate["verdict"], request["action"], request["verdict"]) == ("allowed", "s3:GetObject", "allowed")
    (statement,) = request["statements"]
    assert (statement["effect"], statement["matches"], statement["policy"]) == (
        "Allow",
        True,
        "aws_s3_bucket_policy.data",
    )
    assert statement["words"] == (
        'statement "LetTheReaderReadObjects" names role/reader in 444455556666; allows s3:GetObject; '
        "covers arn:aws:s3:::acme-shared-data/*"
    )
    assert at(statement["location"]) == "bucket.tf:24"


def test_a_closed_gate_shows_what_nearly_matches_and_why_it_does_not() -> None:
    gate = why(NO_KEY_GRANT)["key-policy"]
    assert (gate["verdict"], gate["requests"][0]["action"]) == ("denied", "kms:Decrypt")
    (statement,) = gate["requests"][0]["statements"]
    assert (statement["matches"], statement["misses"]) == (False, ["principal"])
    assert statement["words"] == (
        'statement "Let the owner account administer the key" names account 111122223333 only'
    )


def test_a_deny_stands_beside_the_allow_that_it_outweighs(tmp_path: Path) -> None:
    others = {"StringNotEquals": {"aws:PrincipalAccount": OWNER}}
    key = document(DECRYPT, deny("kms:*", principal="*", Condition=others))
    write(tmp_path, {"main.tf": root(key=key)})
    (allowing, denying) = statements(why(tmp_path)["key-policy"])
    assert (allowing[0], allowing[1]) == ("Allow", True)
    assert (denying[0], denying[1]) == ("Deny", True)
    assert "aws:PrincipalAccount must not equal 111122223333, the request has 444455556666" in denying[2]


def test_a_statement_for_another_key_is_a_near_miss(tmp_path: Path) -> None:
    other = "arn:aws:kms:us-east-1:111122223333:key/*"
    write(tmp_path, {"main.tf": root(consumer=role(OWN_GET, allow("kms:Decrypt", other, None)))})
    (near,) = statements(why(tmp_path)["identity-kms"])
    assert near[:2] == ("Allow", False)
    assert f"covers {other}, not arn:aws:kms:eu-west-1:111122223333:key/" in near[2]


def test_a_policy_that_is_not_there_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(bucket_policy=None, key=None)})
    gates = why(tmp_path)
    assert [gate["policies"][0]["words"] for gate in (gates["bucket-policy"], gates["key-policy"])] == [
        "the bucket has no policy",
        "the key has the default key policy",
    ]


def test_a_permissions_boundary_is_asked_beside_the_policies(tmp_path: Path) -> None:
    boundary = """
resource "aws_iam_policy" "limit" {
  provider = aws.partner
  name     = "limit"
  policy   = %s
}
""" % document(allow("s3:*", "*", None))
    consumer = role(OWN_GET, allow("kms:Decrypt", KEY_ARN, None)).replace(
        'name               = "reader"', 'name = "reader"\n  permissions_boundary = aws_iam_policy.limit.arn'
    )
    write(tmp_path, {"main.tf": root(consumer=consumer, more=boundary)})
    gates = why(tmp_path)
    assert (gates["identity-s3"]["verdict"], gates["identity-kms"]["verdict"]) == ("allowed", "denied")
    request = gates["identity-kms"]["requests"][0]
    assert "permissions boundary" in request["note"]
    assert any(matches for _, matches, _ in statements(gates["identity-kms"]))


def test_a_grant_that_opens_the_key_is_named(tmp_path: Path) -> None:
    grant = f"""
resource "aws_kms_grant" "reader" {{
  key_id            = aws_kms_key.data.key_id
  grantee_principal = "{READER}"
  operations        = ["Decrypt"]
}}
"""
    write(tmp_path, {"main.tf": root(key=CLOSED_KEY, more=grant)})
    request = why(tmp_path)["key-policy"]["requests"][0]
    assert (request["verdict"], request["note"]) == ("allowed", "grant aws_kms_grant.reader covers it")


# ---- what is not known


def test_what_is_not_declared_here_is_named_with_what_would_settle_it(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(consumer="")})
    unknown = why(tmp_path)["identity-kms"]["unknown"]
    assert unknown["because"] == "the policies of role/reader in 444455556666 are not declared here"
    assert unknown["settle"] == "check the configuration that declares it too, or describe it in an external_role block"


def test_of_several_possible_cases_one_is_shown_and_called_so(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(key=f"var.flag ? {OPEN_KEY} : {CLOSED_KEY}")})
    gate = why(tmp_path)["key-policy"]
    assert gate["verdict"] == "undetermined"
    assert (gate["unknown"]["settle"], gate["requests"][0]["note"]) == (
        "--var flag=…",
        "this is one of the possible cases",
    )


# ---- what it rests on


def rests_on(path: Path) -> list[str]:
    (row,) = access("--why", path)
    found: list[str] = row["why"]["rests_on"]
    return found


def test_accounts_come_with_their_evidence() -> None:
    assert [line.split(", ")[0] for line in rests_on(NO_KEY_GRANT)] == [
        "account of aws is 111122223333 (assume_role",
        "account of aws.consumer is 444455556666 (assume_role",
    ]


def test_a_presumption_is_named(tmp_path: Path) -> None:
    own = document(allow("kms:*", principal=OWN_ROOT))
    write(tmp_path, {"main.tf": root(owner=provider(), partner="", consumer="", key=own, more=CALLER)})
    assert rests_on(tmp_path)[-1] == (
        "presumed: the account of aws is not 444455556666 (settle it with --account aws=…)"
    )


def test_a_closed_identity_gate_rests_on_nothing_being_attached_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(consumer=role(OWN_GET))})
    assert rests_on(tmp_path)[-1] == (
        "presumed: no policy is attached to aws_iam_role.reader elsewhere (it is created here)"
    )


def test_where_the_code_shows_the_intent_is_said() -> None:
    (row,) = access("--why", NO_KEY_GRANT)
    assert [sign["words"] for sign in row["why"]["intended"]] == [
        "by a statement in aws_s3_bucket_policy.data",
        "by a statement in aws_iam_role_policy.reader",
    ]


def test_the_member_of_an_account_that_comes_furthest_is_named(tmp_path: Path) -> None:
    """The bucket lets the account in, and the key a role of it: that role gets through, as far as is known."""
    text = root(bucket_policy=document(allow("s3:GetObject", OBJECTS, ACCOUNT)))
    write(tmp_path, {"main.tf": text})
    (row,) = access("--why", "--principal", ACCOUNT, tmp_path)
    assert (row["verdict"], row["why"]["principal_asked"]) == ("allowed", READER)


def test_where_the_choice_of_the_key_decides_no_policy_is_blamed(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": root(encrypted=encryption('sse_algorithm = "aws:kms"'))})
    gates = why(tmp_path)
    assert (gates["key-policy"]["verdict"], gates["key-policy"]["requests"]) == ("denied", [])
    assert gates["key-choice"]["policies"][0]["words"] == (
        "the bucket uses the AWS managed key aws/s3, which no other account can use"
    )


# ---- as text


def test_the_text_says_the_same() -> None:
    text = "\n".join(lines("--why", NO_KEY_GRANT))
    assert text.startswith("role/reader in 444455556666 and s3://acme-shared-data\n")
    assert "\nread ✗ key policy\n" in text
    assert "\n  key policy: CLOSED\n" in text
    assert '\n      near miss   Allow: statement "Let the owner account administer the key"\n' in text
    assert "\nIt rests on\n" in text


@pytest.mark.parametrize("format", ["text", "json"])
def test_it_takes_one_principal_and_one_bucket(format: str, tmp_path: Path) -> None:
    more = document(allow("s3:GetObject", OBJECTS), allow("s3:GetObject", OBJECTS, OUTSIDE))
    write(tmp_path, {"main.tf": root(key=document(ADMINISTRATOR, DECRYPT), bucket_policy=more)})
    many = guard("access", "--why", "--format", format, tmp_path)
    assert (many.code, many.out) == (2, "")
    assert many.err == (
        "tf-kms-guard: --why takes one principal and one bucket; narrow it with --principal and --bucket, or name "
        f"fewer targets: {READER}, {OUTSIDE}; s3://acme-shared-data (aws_s3_bucket.data)\n"
    )
    none = guard("access", "--why", "--principal", "nobody", "--format", format, tmp_path)
    assert (none.code, none.out) == (2, "")
    assert "no principal and bucket are left" in none.err
    assert guard("access", "--why", "--principal", "reader", "--format", format, tmp_path).code == 0


def test_what_could_not_be_read_is_told_before_it_is_refused(tmp_path: Path) -> None:
    ran = guard("access", "--why", write(tmp_path, {"main.tf": 'resource "aws_s3_bucket" {'}))
    assert (ran.code, ran.out) == (2, "")
    first, last = ran.err.splitlines()[0], ran.err.splitlines()[-1]
    assert first.startswith("error: ")
    assert "--why" in last
