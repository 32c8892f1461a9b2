"""Where the simulator is not AWS, and so no judge. Each is as narrow as it can be said.

The generator itself leaves out what the simulator reads otherwise than AWS says, whatever the request:

- requests to KMS without a signature: the simulator lets ``*`` include them; KMS takes signed requests only (KMS
  API Reference, "Signing requests").
- ``${…}`` in a policy of version 2008-10-17: the simulator substitutes variables in any version; AWS in
  2012-10-17 only (IAM User Guide, "IAM policy elements: Variables and tags").
- variables before the last part of an ARN: the simulator splits the ARN at the variable's own colon.
- dates in epoch time: the simulator counts milliseconds; ``aws:EpochTime`` is in seconds.
- ``0.0.0.0/0``: the simulator finds no IPv4 address in it (a shift by 32 bits).
- ``NotIpAddress`` with an address that has no prefix: the simulator says no for one of the other family.
- the ``Principal`` of a VPC endpoint policy: the simulator does not read it.
"""

from __future__ import annotations

import json
import re

from tests.iam_oracle.generator import ANONYMOUS, A, Case, Json


def limit_of(case: Case) -> str | None:
    """Why the simulator is not asked about this case."""
    asked = case.asked
    same = asked["principal"] != ANONYMOUS and f":{A}:" in asked["principal"]
    if same and asked["session"] is not None and asked["policy"] is not None:
        # IAM User Guide, "Policy evaluation logic", on resource-based policies that name the session itself
        return "the simulator limits by a session policy what a resource's policy gives to the session itself"
    if asked["blockPublicAccess"] and _is_vague(asked["policy"]):
        # S3 User Guide, "The meaning of 'public'": the list of keys, and what a fixed value is
        return "the simulator takes wildcards and variables for fixed values and does not know all narrowing keys"
    return None


def _is_vague(policy: Json) -> bool:
    found = [] if policy is None else policy["Statement"]
    for statement in found if isinstance(found, list) else [found]:
        if "NotPrincipal" in statement or any(
            _VAGUE.search(json.dumps(keys)) for keys in statement.get("Condition", {}).values()
        ):
            return True
    return False


_VAGUE = re.compile(r'[*?]|[$][{]|"[0-9]+[.][0-9.]+"|aws-kms-key-id|DataAccessPoint', re.IGNORECASE)
