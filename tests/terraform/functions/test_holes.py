"""What stays known when parts are not: holes, choices, provenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from tests.terraform.functions.support import ACCOUNT, HERE, NAME, Site, at, free, minted, run
from tf_kms_guard.terraform.choices import alternatives, assume, choose, conditions_in, distribute
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.equality import values_equal
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Choice, Failed, Object, Referred, SetValue, Tuple, UnknownKey, Value
from tf_kms_guard.values.text import Located, Text, join_text, origin_of, spell
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ARN = join_text(["arn:aws:s3:::", minted("aws_s3_bucket.b.bucket", NAME)])
ROOT = join_text(["arn:aws:iam::", minted("account"), ":root"])


def shown(value: Value) -> object:
    """A value with its holes written as ``${identity}``, to compare in tests."""
    if isinstance(value, (str, Text, Unknown)):
        return spell(value)
    if isinstance(value, Choice):
        return {str(outcome): shown(item) for outcome, item in value.alternatives}
    if isinstance(value, dict):
        return {shown(key.text) if isinstance(key, UnknownKey) else key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, SetValue):
        return {"set": [shown(item) for item in value], "exact": value.exact}
    return value


@dataclass
class Thing:
    address: str

    def read(self, attribute: str) -> Value:
        return f"{self.address}.{attribute}"

    def names(self) -> Iterable[str]:
        return ("arn",)


# --- structural ----------------------------------------------------------------------------------------


def test_holes_pass_through_join_format_and_jsonencode() -> None:
    assert shown(run("join", "", [ARN, "/*"])) == "arn:aws:s3:::${aws_s3_bucket.b.bucket}/*"
    assert shown(run("format", "%s/%s", ARN, free("var.prefix"))) == (
        "arn:aws:s3:::${aws_s3_bucket.b.bucket}/${var.prefix}"
    )
    assert shown(run("jsonencode", {"Resource": ARN})) == '{"Resource":"arn:aws:s3:::${aws_s3_bucket.b.bucket}"}'
    assert shown(run("formatlist", "%s/*", [ARN, "x"])) == ["arn:aws:s3:::${aws_s3_bucket.b.bucket}/*", "x/*"]


def test_a_value_of_unknown_type_stands_outside_the_quotes_and_comes_back() -> None:
    encoded = run("jsonencode", {"a": free("var.x"), "b": [ROOT]})
    assert shown(encoded) == '{"a":${jsonencode(var.x)},"b":["arn:aws:iam::${account}:root"]}'
    assert shown(run("jsondecode", encoded)) == {"a": "${var.x}", "b": ["arn:aws:iam::${account}:root"]}


def test_jsonencode_puts_each_brace_where_its_object_was_written() -> None:
    statement = Object({"Sid": Located("One", at(7))}, at(6))
    encoded = run("jsonencode", Object({"Statement": Tuple([statement], at(5))}, at(4)))
    assert isinstance(encoded, Text)
    places = [(str(piece), piece.origin.line) for piece in encoded.pieces if isinstance(piece, Located)]
    assert places == [("{", 4), ("{", 6), ("One", 7)]
    decoded = run("jsondecode", encoded)
    assert isinstance(decoded, dict)
    (again,) = decoded["Statement"]  # type: ignore[union-attr,misc]
    assert origin_of(again) == at(6)
    sid = origin_of(again["Sid"])  # type: ignore[index,call-overload]
    assert sid is not None
    assert sid.line == 7


def test_a_choice_inside_a_document_makes_a_choice_of_documents() -> None:
    pick = choose(free("var.on"), [(True, "kms:*"), (False, "kms:Decrypt")])
    assert shown(run("jsonencode", {"Action": pick})) == {
        "True": '{"Action":"kms:*"}',
        "False": '{"Action":"kms:Decrypt"}',
    }


def test_reading_a_module_as_a_whole_into_json_is_one_hole() -> None:
    assert shown(run("jsonencode", [Referred(Thing("module.m"))])) == "[${jsonencode(module.m)}]"


def test_merge_and_concat_keep_elements_and_the_first_place() -> None:
    first, second = Object({"a": ARN}, at(1)), Object({"b": "x"}, at(2))
    merged = run("merge", first, second)
    assert shown(merged) == {"a": "arn:aws:s3:::${aws_s3_bucket.b.bucket}", "b": "x"}
    assert origin_of(merged) == at(1)
    joined = run("concat", Tuple([first], at(3)), [second])
    assert isinstance(joined, list)
    assert joined[0] is first
    assert joined[1] is second
    assert origin_of(joined) == at(3)


def test_concat_of_something_unknown_names_it() -> None:
    result = run("concat", ["a"], free("var.more"))
    assert isinstance(result, Unknown)
    assert result.identity == 'concat(["a"], var.more)'
    assert result.because == "var.more has no value"
    assert result.settle == "--var var.more=…"
    assert result.origin == HERE


def test_lower_and_upper_leave_alone_what_they_cannot_change() -> None:
    account = minted("account")
    assert run("upper", account) is account
    changed = run("lower", join_text(["A-", free("var.x")]))
    assert shown(changed) == "a-${lower(var.x)}"
    bucket = run("upper", minted("b", NAME))
    assert isinstance(bucket, Unknown)
    assert bucket.identity == "upper(b)"
    assert not bucket.minted


# --- searching -----------------------------------------------------------------------------------------


def test_the_account_of_an_arn_with_holes_can_be_split_off() -> None:
    fields = run("split", ":", ROOT)
    assert shown(fields) == ["arn", "aws", "iam", "", "${account}", "root"]
    assert shown(run("split", "::", ROOT)) == ["arn:aws:iam", "${account}:root"]
    assert isinstance(run("split", ":", join_text(["a:", free("var.x")])), Unknown)


def test_replace_keeps_the_rest_readable() -> None:
    policy = join_text([Located('{"Resource":"_ARN_/*","Other":"', at(3)), free("var.x"), '"}'])
    result = run("replace", policy, "_ARN_", ARN)
    assert shown(result) == (
        '{"Resource":"arn:aws:s3:::${aws_s3_bucket.b.bucket}/*","Other":"${replace(var.x, "_ARN_", '
        '"arn:aws:s3:::${aws_s3_bucket.b.bucket}")}"}'
    )
    assert isinstance(result, Text)
    assert origin_of(result) == at(3)
    assert shown(run("replace", ROOT, "root", "role/x")) == "arn:aws:iam::${account}:role/x"


def test_replace_gives_up_when_the_needle_may_straddle_an_edge() -> None:
    assert isinstance(run("replace", join_text(["a-", free("var.x")]), "-x", ""), Unknown)
    assert shown(run("replace", join_text(["a-", minted("account")]), "-x", "")) == "a-${account}"
    assert isinstance(run("replace", join_text(["a-", minted("account")]), "-1", ""), Unknown)


def test_starts_and_ends_are_three_valued() -> None:
    assert run("startswith", ROOT, "arn:") is True
    assert run("startswith", ROOT, "arn:aws:iam::x") is False
    assert isinstance(run("startswith", ROOT, "arn:aws:iam::1"), Unknown)
    assert run("endswith", ROOT, ":root") is True
    assert run("endswith", ROOT, ":user") is False
    assert run("startswith", ROOT, join_text(["arn:aws:iam::", minted("account")])) is True
    assert shown(run("trimprefix", ROOT, "arn:aws:")) == "iam::${account}:root"
    assert shown(run("trimsuffix", join_text([ARN, "/*"]), "/*")) == "arn:aws:s3:::${aws_s3_bucket.b.bucket}"
    assert run("strcontains", ROOT, "iam") is True
    assert run("strcontains", ROOT, "?") is False
    assert shown(run("trimspace", join_text([" ", ROOT, "\n"]))) == "arn:aws:iam::${account}:root"


# --- comparing -----------------------------------------------------------------------------------------


def test_contains_is_three_valued() -> None:
    assert run("contains", [ROOT, "x"], "x") is True
    assert run("contains", [ROOT], ROOT) is True
    assert run("contains", [ROOT], "arn:aws:iam::x:root") is False
    unsure = run("contains", [ROOT], "arn:aws:iam::111122223333:root")
    assert isinstance(unsure, Unknown)
    assert unsure.identity.startswith('contains(["arn:aws:iam::${account}:root"]')


def test_an_unknown_key_picks_among_the_entries_and_the_default_apart() -> None:
    key = free("var.env")
    picked = run("lookup", {"dev": 1, "prod": 2}, key)
    assert shown(picked) == {"dev": 1, "prod": 2}
    other = run("lookup", {"dev": "d", "prod": "p"}, key)
    both = run("format", "%s%s", picked, other)
    assert shown(both) == {"dev": "1d", "prod": "2p"}
    with_default = run("lookup", {"dev": 1}, key, 0)
    assert isinstance(with_default, Choice)
    assert shown(with_default) == {"True": 1, "False": 0} or shown(with_default) == {
        "True": {"dev": 1},
        "False": 0,
    }
    assert run("lookup", {"dev": 1}, minted("account"), 0) == 0


def test_an_unknown_place_picks_among_the_elements() -> None:
    assert shown(run("element", ["a", "b"], free("var.i"))) == {"0": "a", "1": "b"}


def test_sets_of_what_is_not_known_keep_their_elements() -> None:
    assert shown(run("toset", ["b", ROOT, "a", ROOT])) == {
        "set": ["a", "b", "arn:aws:iam::${account}:root"],
        "exact": True,
    }
    assert shown(run("toset", ["b", free("var.x")])) == {"set": ["b", "${var.x}"], "exact": False}
    assert isinstance(run("length", run("toset", ["b", free("var.x")])), Unknown)
    assert run("length", ["b", free("var.x")]) == 2
    assert isinstance(run("setsubtract", ["a"], [free("var.x")]), Unknown)
    assert shown(run("setsubtract", [ROOT], ["x"])) == {
        "set": ["arn:aws:iam::${account}:root"],
        "exact": True,
    }


def test_coalesce_takes_what_is_surely_there() -> None:
    account = minted("account")
    assert run("coalesce", account, "x") is account
    assert run("coalesce", None, ROOT) is ROOT
    assert isinstance(run("coalesce", free("var.x"), "x"), Unknown)
    assert shown(run("coalesce", "", free("var.x"))) == 'coalesce("", var.x)'[:0] + "${" + 'coalesce("", var.x)' + "}"


def test_a_map_with_a_key_that_is_not_known() -> None:
    key = UnknownKey(join_text([free("var.issuer"), ":sub"]))  # type: ignore[arg-type]
    entries: Value = {key: "repo:x"}
    assert shown(run("jsonencode", entries)) == '{"${var.issuer}:sub":"repo:x"}'
    assert shown(run("keys", entries)) == ["${var.issuer}:sub"]
    assert isinstance(run("lookup", entries, "a:sub", None), Unknown)
    assert run("lookup", entries, "a:aud", "none") == "none"
    assert isinstance(run("merge", entries, {"a:sub": 1}), Unknown)
    assert shown(run("merge", entries, {"a:aud": 1})) == {"${var.issuer}:sub": "repo:x", "a:aud": 1}


# --- whole text ----------------------------------------------------------------------------------------


def test_length_and_substr_are_known_where_the_shape_decides() -> None:
    assert run("length", ROOT) == len("arn:aws:iam::") + 12 + len(":root")
    assert isinstance(run("length", ARN), Unknown)
    assert run("substr", ROOT, 0, 3) == "arn"
    assert isinstance(run("substr", ROOT, 10, 8), Unknown)
    assert isinstance(run("sha256", ROOT), Unknown)


def test_flatten_knows_that_a_minted_value_is_no_list() -> None:
    assert shown(run("flatten", [["a"], minted("account"), [ROOT]])) == [
        "a",
        "${account}",
        "arn:aws:iam::${account}:root",
    ]
    assert isinstance(run("flatten", [["a"], free("var.x")]), Unknown)
    pick = choose(free("var.on"), [(True, ["x", "y"]), (False, [])])
    assert shown(run("flatten", [["a"], pick])) == {"True": ["a", "x", "y"], "False": ["a"]}
    inside = run("flatten", [[{"k": choose(free("var.on"), [(True, 1), (False, 2)])}]])
    assert shown(inside) == [{"k": {"True": 1, "False": 2}}]


# --- the dispatcher ------------------------------------------------------------------------------------


def test_a_function_that_is_not_evaluated_gives_a_value_keyed_by_its_arguments() -> None:
    one, same, other = run("provider::x::f", "a"), run("provider::x::f", "a"), run("provider::x::f", "b")
    assert isinstance(one, Unknown)
    assert one.because == "function provider::x::f is not evaluated"
    assert values_equal(one, same) is Truth.YES
    assert values_equal(one, other) is Truth.UNKNOWN


def test_an_error_in_one_alternative_is_kept_for_try() -> None:
    pick = choose(free("var.on"), [(True, "5"), (False, "x")])
    result = run("tonumber", pick)
    assert isinstance(result, Choice)
    assert result.alternatives[0][1] == 5
    assert isinstance(result.alternatives[1][1], Failed)
    with pytest.raises(EvaluationError, match="tonumber: a number is required"):
        run("tonumber", choose(free("var.on"), [(True, "y"), (False, "x")]))


def test_errors_say_which_function_and_where() -> None:
    with pytest.raises(EvaluationError, match="upper: argument 1 must not be null") as caught:
        run("upper", None)
    assert caught.value.span == HERE
    with pytest.raises(EvaluationError, match="lower: too many arguments"):
        run("lower", "a", "b")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("setproduct", [[str(n) for n in range(1000)]] * 4),
        ("format", ["%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d", *[1] * 9]),
        ("replace", ["a" * 100_000, "a", "b" * 10_000]),
        ("join", ["x" * 1_000_000, ["a"] * 10]),
        ("indent", [1_000_000, "\n" * 100]),
        ("regex", ["(a|b)*a(a|b){100}c", "ab" * 4_000_000]),
        ("regexall", ["a.*?b|a", "a" * 200_000]),
        ("regexall", ["a", "a" * 1_000_000]),
        ("regex", ["(" * 3_000 + ")" * 3_000, "x"]),
        ("replace", ["a" * 90_000, "/a/", "b" * 1_000]),
        ("format", ["%999999d" * 50, *[1] * 50]),
        ("yamldecode", ["[" * 100_000]),
        ("yamldecode", ["a: &b0 [x]\n" + "".join(f"b: &b{n + 1} [*b{n}, *b{n}]\n" for n in range(60))]),
        ("yamldecode", ["a: &b0 {k: 1}\n" + "".join(f"b: &b{n + 1} {{l: *b{n}, m: *b{n}}}\n" for n in range(60))]),
        ("yamldecode", ["- a\n" * 200_000]),
        ("yamlencode", [["x" * 8_000_000, "y"]]),
        ("timeadd", ["2018-01-02T23:12:01Z", "1ns" * 1_000_000]),
        ("formatdate", ["YYYY" * 1_000_000, "2018-01-02T23:12:01Z"]),
        ("csvdecode", ["a\n" * 500_000]),
        ("provider::aws::trim_iam_role_path", ["arn:aws:iam::1:role/" + "/" * 1_000_000]),
    ],
)
def test_what_would_take_too_long_or_too_much_is_not_known(name: str, arguments: list[Value]) -> None:
    assert isinstance(run(name, *arguments), Unknown)


def test_values_that_share_parts_are_spelled_and_compared_quickly() -> None:
    one: Value = ["x"]
    other: Value = ["x"]
    for _ in range(200):
        one, other = [one, one], [other, other]
    assert identity_of(one) == identity_of(other)
    assert values_equal(one, other) is Truth.UNKNOWN
    assert conditions_in(one) == ()
    assert assume(one, {"c": True}) is one
    assert isinstance(run("jsonencode", one), Unknown)


def test_files_are_read_through_the_call_site() -> None:
    site = Site(files={"policy.json": "{}"})
    assert run("file", "policy.json", site=site) == "{}"
    assert run("templatefile", "policy.json", {"a": 1}, site=site) == ["{}", {"a": 1}, "policy.json"]
    assert isinstance(run("templatefile", "absent", {}, site=site), Unknown)
    assert shown(run("basename", join_text(["a/", minted("account"), ".json"]))) == "${account}.json"
    assert shown(run("dirname", join_text(["a/", minted("account"), "/x.json"]))) == "a/${account}"
    assert isinstance(run("abspath", "policy.json"), Unknown)


def test_random_values_differ_from_call_to_call() -> None:
    here, there = run("uuid"), run("uuid", site=Site(span=at(9)))
    assert values_equal(here, there) is Truth.UNKNOWN
    assert values_equal(run("plantimestamp"), run("plantimestamp", site=Site(span=at(9)))) is Truth.YES


# --- choices -------------------------------------------------------------------------------------------


def test_choices_by_one_condition_are_picked_together() -> None:
    on = free("var.on")
    left = choose(on, [(True, 1), (False, 2)])
    right = choose(on, [(True, 10), (False, 20)])
    assert shown(distribute(lambda a, b: a + b, left, right)) == {"True": 11, "False": 22}  # type: ignore[operator]
    assert distribute(lambda a: "same", left) == "same"
    apart = choose(free("var.off"), [(True, 10), (False, 20)])
    summed = distribute(lambda a, b: a + b, left, apart)  # type: ignore[operator]
    assert [(dict(outcomes), value) for outcomes, value in alternatives(summed)] == [
        ({"var.on": True, "var.off": True}, 11),
        ({"var.on": True, "var.off": False}, 21),
        ({"var.on": False, "var.off": True}, 12),
        ({"var.on": False, "var.off": False}, 22),
    ]


def test_too_many_alternatives_are_given_up() -> None:
    values = [choose(free(f"var.c{n}"), [(True, n), (False, -n)]) for n in range(1, 8)]
    result = distribute(lambda *numbers: sum(numbers), *values, call="total")
    assert isinstance(result, Unknown)
    assert result.identity.startswith("total(")
    assert result.because == "var.c1 has no value"


def test_assuming_resolves_choices_at_any_depth() -> None:
    on = free("var.on")
    value = Object({"a": Tuple([choose(on, [(True, "x"), (False, "y")])], at(2)), "b": "z"}, at(1))
    assumed = assume(value, {"var.on": False})
    assert shown(assumed) == {"a": ["y"], "b": "z"}
    assert origin_of(assumed) == at(1)
    assert assume(value, {"var.other": True}) is value
    assert [condition.identity for condition in conditions_in(value)] == ["var.on"]
    nested = choose(on, [(True, choose(on, [(True, 1), (False, 2)])), (False, 3)])
    assert shown(nested) == {"True": 1, "False": 3}


# --- equality ------------------------------------------------------------------------------------------


def test_types_matter_for_equality() -> None:
    assert values_equal("1", 1) is Truth.NO
    assert values_equal(True, 1) is Truth.NO
    assert values_equal(None, None) is Truth.YES
    assert values_equal(minted("account"), None) is Truth.NO
    assert values_equal(free("var.x"), None) is Truth.UNKNOWN
    assert values_equal(["a"], ["a"]) is Truth.UNKNOWN, "a list is not equal to a tuple"
    assert values_equal(["a"], ["b"]) is Truth.NO
    assert values_equal(SetValue(("a",)), SetValue(("a",))) is Truth.YES
    pick = choose(free("var.on"), [(True, "a"), (False, "b")])
    assert values_equal(pick, "c") is Truth.NO
    assert values_equal(pick, "a") is Truth.UNKNOWN
    assert values_equal(pick, pick) is Truth.YES


def test_identities_tell_strings_from_holes() -> None:
    assert identity_of("${var.x}") != identity_of(join_text(["", free("var.x"), ""]))
    assert identity_of(join_text(["a", free("x")])) != identity_of("a${x}")
    assert identity_of(Text(("a", Located("b", HERE)))) == identity_of("ab")
    assert len(identity_of("long" * 1000)) < 200
    assert ACCOUNT.admits("111122223333")
