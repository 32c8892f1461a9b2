"""Controls around the accounts that the code declares: service and resource control policies, S3 VPC endpoints.

Sources: Organizations User Guide, "SCP evaluation" and "RCP evaluation"; Amazon VPC User Guide, "Control access to VPC
endpoints using endpoint policies". Only what is attached to an account itself counts: which accounts are below a
root or a unit cannot be seen. What AWS attaches beside it, which allows everything, is taken as there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.estate.texts import text_or
from tf_kms_guard.iam.document import Document
from tf_kms_guard.iam.layers import LayerKind
from tf_kms_guard.terraform.resource import NotSet, ResourceInstance
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.truth import Truth

_KINDS = {
    "SERVICE_CONTROL_POLICY": LayerKind.SERVICE_CONTROL,
    "RESOURCE_CONTROL_POLICY": LayerKind.RESOURCE_CONTROL,
}


class Control(Struct, frozen=True, eq=False):
    """A policy that only ever takes away. ``account``: whose principals or resources it binds.

    ``identifier``: of a VPC endpoint its id. ``source``: the address of what brings it to bear on the account.
    """

    kind: LayerKind
    workspace: str
    address: str
    account: TextLike
    document: Document
    span: Span
    source: str
    identifier: TextLike | None = None
    region: TextLike | None = None


class Controls:
    """The controls of workspaces; read when somebody asks."""

    __slots__ = ("_found", "_reading")

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found: tuple[Control, ...] | None = None

    @property
    def all(self) -> Sequence[Control]:
        """Those that surely are there and bear on one account."""
        if self._found is None:
            reading = self._reading
            self._found = (*_of_organization(reading), *_of_endpoints(reading))
        return self._found


def _of_organization(reading: Reading) -> Iterator[Control]:
    policies = {policy: reading.attribute(policy, "id") for policy in reading.of_type("aws_organizations_policy")}
    for attachment in reading.of_type("aws_organizations_policy_attachment"):
        target, named = reading.text(attachment, "target_id"), reading.text(attachment, "policy_id")
        if target is None or named is None or reading.presence(attachment) is not Truth.YES:
            continue
        for policy, id_ in policies.items():
            kind = _KINDS.get(known(text_or(reading.text(policy, "type"), "SERVICE_CONTROL_POLICY")) or "")
            document = _document(reading, policy, "content")
            if kind is None or document is None or equal(id_, named, reading.world) is not Truth.YES:
                continue
            span = policy.span_of("content")
            place = reading.place(policy)[0]
            yield Control(kind, place, policy.address, target, document, span, attachment.address)


def _of_endpoints(reading: Reading) -> Iterator[Control]:
    for endpoint in reading.of_type("aws_vpc_endpoint"):
        service = known(text_or(reading.text(endpoint, "service_name"), ""))
        if reading.presence(endpoint) is not Truth.YES or service is None or service.split(".")[-1] != "s3":
            continue
        id_ = reading.attribute(endpoint, "id")
        owners = [endpoint] if not isinstance(reading.value(endpoint, "policy"), NotSet) else []
        for policy, linked in reading.links("aws_vpc_endpoint_policy", "vpc_endpoint_id").to(endpoint, id_):
            if linked & reading.presence(policy) is Truth.YES:
                owners.append(policy)
        if len(owners) != 1:
            continue
        document = _document(reading, owners[0], "policy")
        if document is not None:
            account = reading.account(endpoint)
            yield Control(
                LayerKind.ENDPOINT_POLICY,
                reading.place(endpoint)[0],
                endpoint.address,
                account.id,
                document,
                owners[0].span_of("policy"),
                owners[0].address,
                id_,
                account.region,
            )


def _document(reading: Reading, owner: ResourceInstance, argument: str) -> Document | None:
    value = reading.value(owner, argument)
    if isinstance(value, NotSet) or reading.presence(owner) is not Truth.YES:
        return None
    return reading.policies.read(value, f"{owner.address}.{argument}", owner.span_of(argument))
