"""Who is named, and who asks. Source: IAM User Guide, "AWS JSON policy elements: Principal"."""

from __future__ import annotations

import pytest

from tests.iam.cases import FREE, A, B, C, caller
from tf_kms_guard.iam.naming import names
from tf_kms_guard.iam.principal import (
    Principal,
    PrincipalKind,
    account_principal,
    organization_principal,
    parse_principal,
    same_principal,
)
from tf_kms_guard.iam.shapes import ACCOUNT_ID
from tf_kms_guard.values.compare import PLAIN, World
from tf_kms_guard.values.text import join_text, known
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
K = PrincipalKind
MINTED = Unknown("account of aws.owner", "no evidence", ACCOUNT_ID, minted=True)
OTHER = Unknown("account of aws.partner", "no evidence", ACCOUNT_ID, minted=True)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("AWS", f"arn:aws:iam::{B}:role/reader", K.ROLE),
        ("AWS", f"arn:aws:iam::{B}:user/team/ann", K.USER),
        ("AWS", f"arn:aws:sts::{B}:assumed-role/reader/job", K.SESSION),
        ("AWS", f"arn:aws:sts::{B}:federated-user/ann", K.SESSION),
        ("AWS", f"arn:aws:iam::{B}:root", K.ACCOUNT),
        ("AWS", B, K.ACCOUNT),
        ("AWS", MINTED, K.ACCOUNT),
        ("AWS", "*", K.PUBLIC),
        ("*", "*", K.PUBLIC),
        ("AWS", "AROAEXAMPLEEXAMPLE123", K.UNIQUE_ID),
        ("AWS", "AIDAEXAMPLEEXAMPLE123", K.UNIQUE_ID),
        ("AWS", f"arn:aws:iam::{B}:group/team", K.INVALID),
        ("AWS", f"arn:aws:iam::{B}:role/*", K.INVALID),
        ("AWS", f"arn:aws:sts::{B}:assumed-role/reader/*", K.INVALID),
        ("AWS", "reader", K.INVALID),
        ("AWS", "12345678901", K.INVALID),
        ("AWS", FREE, K.UNKNOWN),
        ("AWS", join_text(("arn:aws:iam::", FREE, ":root")), K.ACCOUNT),
        ("AWS", join_text((f"arn:aws:iam::{B}:role/", FREE)), K.ROLE),
        ("AWS", join_text(("arn:aws:iam::", MINTED, ":root")), K.ACCOUNT),
        ("Service", "cloudtrail.amazonaws.com", K.SERVICE),
        ("Federated", "cognito-identity.amazonaws.com", K.FEDERATED),
        (
            "CanonicalUser",
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
            K.CANONICAL_USER,
        ),
        ("Group", "x", K.UNKNOWN),
    ],
)
def test_a_principal_is_recognized(kind: str, value: object, expected: PrincipalKind) -> None:
    assert parse_principal(kind, value).kind is expected  # type: ignore[arg-type]


def test_a_bare_account_id_becomes_its_root_arn() -> None:
    assert known(parse_principal("AWS", B).value) == f"arn:aws:iam::{B}:root"
    assert same_principal(parse_principal("AWS", B), parse_principal("AWS", f"arn:aws:iam::{B}:root")) is YES


def test_name_and_path_of_a_role_are_taken_apart() -> None:
    role = caller(f"arn:aws:iam::{B}:role/data/lake/reader")
    assert known(role.name) == "reader"
    assert known(role.path) == "/data/lake/"
    assert known(caller().path) == "/"
    assert str(role) == f"role/data/lake/reader in {B}"


def test_a_session_has_the_name_of_its_role() -> None:
    session = caller(f"arn:aws:sts::{B}:assumed-role/reader/job")
    assert known(session.name) == "reader"
    assert known(session.session_name) == "job"
    assert session.path is None


def test_parts_that_are_not_known_have_no_name() -> None:
    assert caller(FREE).name is None
    assert caller(join_text((f"arn:aws:iam::{B}:role/", FREE))).name is None


@pytest.mark.parametrize(
    ("named", "asking", "answer"),
    [
        (B, f"arn:aws:iam::{B}:role/reader", YES),
        (f"arn:aws:iam::{B}:root", f"arn:aws:iam::{B}:user/ann", YES),
        (B, f"arn:aws:sts::{B}:assumed-role/reader/job", YES),
        (B, B, YES),
        (A, f"arn:aws:iam::{B}:role/reader", NO),
        ("*", f"arn:aws:iam::{B}:role/reader", YES),
        (f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{B}:role/reader", YES),
        (f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{B}:role/data/reader", NO),
        (f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{C}:role/reader", NO),
        (f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{B}:role/Reader", UNKNOWN),
        (f"arn:aws:iam::{B}:role/reader", f"arn:aws:sts::{B}:assumed-role/reader/job", YES),
        (f"arn:aws:iam::{B}:role/data/reader", f"arn:aws:sts::{B}:assumed-role/reader/job", YES),
        (f"arn:aws:iam::{B}:role/writer", f"arn:aws:sts::{B}:assumed-role/reader/job", NO),
        (f"arn:aws:sts::{B}:assumed-role/reader/job", f"arn:aws:sts::{B}:assumed-role/reader/job", YES),
        (f"arn:aws:sts::{B}:assumed-role/reader/job", f"arn:aws:sts::{B}:assumed-role/reader/other", NO),
        (f"arn:aws:sts::{B}:assumed-role/reader/job", f"arn:aws:iam::{B}:role/reader", UNKNOWN),
        (f"arn:aws:sts::{B}:assumed-role/writer/job", f"arn:aws:iam::{B}:role/reader", NO),
        (f"arn:aws:iam::{B}:user/reader", f"arn:aws:iam::{B}:role/reader", NO),
        (f"arn:aws:iam::{B}:role/reader", B, NO),
        (f"arn:aws:iam::{B}:role/*", f"arn:aws:iam::{B}:role/reader", NO),
        (f"arn:aws:iam::{B}:group/team", f"arn:aws:iam::{B}:user/ann", NO),
        ("AROAEXAMPLEEXAMPLE123", f"arn:aws:iam::{B}:role/reader", UNKNOWN),
        ("AIDAEXAMPLEEXAMPLE123", f"arn:aws:iam::{B}:role/reader", NO),
        ("AIDAEXAMPLEEXAMPLE123", f"arn:aws:iam::{B}:user/ann", UNKNOWN),
        ("AROAEXAMPLEEXAMPLE123", B, NO),
        (FREE, f"arn:aws:iam::{B}:role/reader", UNKNOWN),
        (f"arn:aws:iam::{B}:role/reader", FREE, UNKNOWN),
        (FREE, FREE, YES),
        (join_text((f"arn:aws:iam::{B}:role/", FREE)), f"arn:aws:iam::{B}:role/reader", UNKNOWN),
        (join_text((f"arn:aws:iam::{C}:role/", FREE)), f"arn:aws:iam::{B}:role/reader", NO),
        (join_text(("arn:aws:iam::", FREE, ":role/reader")), f"arn:aws:iam::{B}:role/reader", UNKNOWN),
        (join_text(("arn:aws:iam::", FREE, ":role/writer")), f"arn:aws:iam::{B}:role/reader", NO),
        (join_text(("arn:aws:iam::", FREE, ":root")), f"arn:aws:iam::{B}:role/reader", UNKNOWN),
        (MINTED, B, UNKNOWN),
        (MINTED, join_text(("arn:aws:iam::", MINTED, ":role/x")), YES),
        (MINTED, join_text(("arn:aws:iam::", OTHER, ":role/x")), UNKNOWN),
    ],
)
def test_an_entry_covers_a_caller(named: object, asking: object, answer: Truth) -> None:
    assert names(parse_principal("AWS", named), parse_principal("AWS", asking), PLAIN) is answer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "asking", "answer"),
    [
        (("Service", "cloudtrail.amazonaws.com"), ("Service", "cloudtrail.amazonaws.com"), YES),
        (("Service", "config.amazonaws.com"), ("Service", "cloudtrail.amazonaws.com"), NO),
        (("Service", "logs.eu-west-1.amazonaws.com"), ("Service", "logs.amazonaws.com"), UNKNOWN),
        (("AWS", A), ("Service", "cloudtrail.amazonaws.com"), NO),
        (("AWS", "*"), ("Service", "cloudtrail.amazonaws.com"), YES),
        (("Service", "s3.amazonaws.com"), ("AWS", B), NO),
        (("AWS", B), ("AWS", "*"), NO),
        (("AWS", "*"), ("AWS", "*"), YES),
        (("CanonicalUser", "79a5"), ("AWS", B), UNKNOWN),
        (("CanonicalUser", "79a5"), ("CanonicalUser", "79a5"), YES),
        (("CanonicalUser", "79a5"), ("Service", "s3.amazonaws.com"), NO),
        (("Federated", "accounts.google.com"), ("AWS", f"arn:aws:iam::{B}:role/reader"), NO),
        (("Federated", "accounts.google.com"), ("Federated", "accounts.google.com"), YES),
    ],
)
def test_other_kinds_of_principals(named: tuple[str, str], asking: tuple[str, str], answer: Truth) -> None:
    assert names(parse_principal(*named), parse_principal(*asking), PLAIN) is answer


def test_whether_an_account_belongs_to_an_organization_is_not_known() -> None:
    assert names(account_principal(B), organization_principal("o-abc1234567"), PLAIN) is UNKNOWN
    assert names(parse_principal("AWS", "*"), organization_principal("o-abc1234567"), PLAIN) is YES


def test_the_deploying_account_is_presumed_to_differ_from_a_literal_one() -> None:
    world = World(own=frozenset({MINTED.identity}))
    assert names(account_principal(MINTED), caller(), world) is NO
    assert names(account_principal(MINTED), caller(), world.certain()) is UNKNOWN


def test_a_settled_variable_is_read_anew() -> None:
    world = World(bindings={"var.x": f"arn:aws:iam::{B}:root"})
    assert names(parse_principal("AWS", FREE), caller(), world) is YES
    assert names(parse_principal("AWS", FREE), caller(f"arn:aws:iam::{C}:role/reader"), world) is NO


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (caller(), caller(), YES),
        (caller(), caller(f"arn:aws:iam::{B}:role/writer"), NO),
        (caller(), account_principal(B), NO),
        (caller(FREE), caller(), UNKNOWN),
        (caller("AROAEXAMPLEEXAMPLE123"), caller(), UNKNOWN),
        (parse_principal("CanonicalUser", "79a5"), account_principal(B), UNKNOWN),
    ],
)
def test_two_principals_are_the_same(one: Principal, other: Principal, answer: Truth) -> None:
    assert same_principal(one, other) is answer
    assert same_principal(other, one) is answer


def test_an_account_of_another_partition_is_not_called_the_caller_s() -> None:
    elsewhere = parse_principal("AWS", f"arn:aws-cn:iam::{B}:root")
    assert names(elsewhere, caller(), PLAIN) is UNKNOWN
    assert names(elsewhere, caller(f"arn:aws-cn:iam::{B}:role/reader"), PLAIN) is YES
    assert names(parse_principal("AWS", f"arn:aws-cn:iam::{A}:root"), caller(), PLAIN) is NO
    assert names(parse_principal("AWS", B), caller(f"arn:aws-cn:iam::{B}:role/reader"), PLAIN) is YES
