"""YAML whose parts are not known stays readable, and keeps the places where it was written."""

from __future__ import annotations

from tests.terraform.functions.support import ACCOUNT, NAME, at, free, minted, run
from tests.terraform.functions.test_holes import shown
from tf_kms_guard.terraform.values import Object, Tuple, Value
from tf_kms_guard.values.text import Located, Text, join_text, origin_of
from tf_kms_guard.values.unknown import Unknown

BUCKET = minted("aws_s3_bucket.b.bucket", NAME)
ARN = join_text(["arn:aws:s3:::", BUCKET])


def item(value: Value, *path: str | int) -> Value:
    for key in path:
        assert isinstance(value, (dict, list))
        value = value[key]  # type: ignore[index,call-overload]
    return value


def test_holes_stay_in_the_scalars_in_which_they_stand() -> None:
    text = join_text(
        [
            "Statement:\n- Effect: Allow\n  Resource: ",
            ARN,
            "/*\n  Sid: '",
            free("var.sid"),
            "'\n  Note: |\n    for ",
            ARN,
        ]
    )
    assert shown(run("yamldecode", text)) == {
        "Statement": [
            {
                "Effect": "Allow",
                "Resource": "arn:aws:s3:::${aws_s3_bucket.b.bucket}/*",
                "Sid": "${var.sid}",
                "Note": "for arn:aws:s3:::${aws_s3_bucket.b.bucket}",
            }
        ]
    }


def test_a_hole_that_may_be_a_number_is_not_taken_for_a_string() -> None:
    for start in ("", "1", "y", "-", "."):
        decoded = item(run("yamldecode", join_text([f"account: {start}", minted("account", ACCOUNT)])), "account")
        assert isinstance(decoded, Unknown)
        assert decoded.identity.startswith("yamldecode(")
    quoted = run("yamldecode", join_text(["account: '", minted("account", ACCOUNT), "'"]))
    assert shown(item(quoted, "account")) == "${account}"


def test_what_yamlencode_writes_is_read_back() -> None:
    value = Object({"Resource": ARN, "Lines": join_text(["a\n", free("var.x"), "\nb\n"]), "n": [1, None, True, []]})
    text = run("yamlencode", value)
    assert isinstance(text, Text)
    assert shown(run("yamldecode", text)) == shown(value)


def test_a_value_of_unknown_type_makes_the_text_unknown() -> None:
    assert isinstance(run("yamlencode", {"a": free("var.x")}), Unknown)


def test_json_with_holes_is_yaml_too() -> None:
    encoded = run("jsonencode", {"a": free("var.x"), "b": [ARN]})
    assert shown(run("yamldecode", encoded)) == {"a": "${var.x}", "b": ["arn:aws:s3:::${aws_s3_bucket.b.bucket}"]}


def test_mappings_lists_and_strings_are_where_they_were_written() -> None:
    text = Located("é: 1\nStatement:\n  - Sid: One\n", at(7))
    decoded = run("yamldecode", text)
    places = [origin_of(item(decoded, *path)) for path in ((), ("Statement",), ("Statement", 0, "Sid"))]
    assert all(place is not None and place.file == "policy.tf" for place in places)
    assert places[0] is not None
    assert places[0].line == 7


def test_yamlencode_keeps_the_place_of_a_mapping_and_of_strings() -> None:
    text = run("yamlencode", Object({"Sid": Located("One", at(7))}, at(6)))
    assert isinstance(text, Text)
    assert [(str(p), p.origin.line) for p in text.pieces if isinstance(p, Located)] == [('"', 6), ("One", 7)]


def test_a_merge_of_what_is_not_known_is_not_known() -> None:
    assert isinstance(run("yamldecode", join_text(["a:\n  <<: ", free("var.x"), "\n  b: 1"])), Unknown)
    assert isinstance(run("yamldecode", "<<: [{a: 1}]"), Unknown)


def test_characters_of_the_private_use_area_are_no_holes() -> None:
    text = join_text(["a: \ue000 ", free("var.x"), " \ue001"])
    assert shown(run("yamldecode", text)) == {"a": "\ue000 ${var.x} \ue001"}


def test_shared_anchors_are_one_value() -> None:
    decoded = run("yamldecode", "a: &x {k: [1]}\nb: *x")
    assert item(decoded, "a") is item(decoded, "b")
    assert isinstance(item(decoded, "a", "k"), Tuple)
