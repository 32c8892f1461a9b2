"""Plans of other people's, if there are any: none makes a reader crash, and every value can be looked at.

``TF_KMS_GUARD_PLANS`` names a directory of files that ``terraform show -json`` printed.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import PLANS
from tests.plans.comparing import count, plain
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.errors import UnreadableRecord


def test_every_public_plan_is_read(record_property: Any) -> None:
    directory = os.environ.get("TF_KMS_GUARD_PLANS")
    if not directory:
        pytest.skip("TF_KMS_GUARD_PLANS names no directory of plans")
    files = [path for path in sorted(Path(directory).glob("*.json")) if path.name != "index.json"]
    assert files
    records = []
    versions: Counter[str] = Counter()
    for file in files:
        try:
            record = read_record(file, file.name)
        except UnreadableRecord as error:
            pytest.fail(f"{file.name}: {error}")
        told = msgspec.json.decode(file.read_bytes().decode("utf-8-sig").encode())
        changes = told.get("resource_changes") or ()
        after = {change["address"]: change["change"]["after"] for change in changes}
        staying = {address: values for address, values in after.items() if values is not None}
        assert staying.keys() <= record.resources.keys()
        assert record.gone.keys() == after.keys() - staying.keys()
        for address, values in staying.items():
            assert plain(record.resources[address].values).keys() >= values.keys()
        records.append(record)
        versions[record.format_version] += 1
    instances, attributes, unknown = count(records)
    record_property(
        PLANS,
        f"{len(files)} plans (formats {', '.join(f'{name}: {number}' for name, number in sorted(versions.items()))}): "
        f"{instances} instances, {attributes} attributes, {unknown} values known after apply",
    )
