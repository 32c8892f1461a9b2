"""Every message in the corpus: its kind, its gates, and what it names; in disguise as well."""

from __future__ import annotations

from typing import Any

import pytest

from tests.messages.corpus import CASES, DISGUISES, KEY, ONE_LINE, ROLE, Case
from tf_kms_guard.messages.denial import Denial
from tf_kms_guard.messages.meanings import meaning_of
from tf_kms_guard.messages.recognise import recognise


def the_denial(text: str) -> Denial:
    found = recognise(text).denials
    assert len(found) == 1, found
    return found[0]


def told(denial: Denial, name: str) -> Any:
    if name == "places":
        return [(place.bucket, place.key) for place in denial.places]
    if name == "identity":
        return None if denial.caller is None else denial.caller.identity
    return getattr(denial, name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_message_gives_its_kind_its_gates_and_its_names(case: Case) -> None:
    denial = the_denial(case.text)
    assert (denial.kind, denial.service) == (case.kind, case.service)
    assert meaning_of(denial).gates == case.gates
    assert {name: told(denial, name) for name in case.tells} == case.tells


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("name", ONE_LINE)
def test_a_message_in_disguise_is_the_same_message(name: str, disguise: str) -> None:
    plain, disguised = the_denial(ONE_LINE[name]), the_denial(DISGUISES[disguise](ONE_LINE[name]))
    for field in ("kind", "service", "action", "identity", "kms_key"):
        assert told(disguised, field) == told(plain, field), field
    assert told(plain, "identity") == ROLE
    assert told(plain, "kms_key") in (None, KEY)
