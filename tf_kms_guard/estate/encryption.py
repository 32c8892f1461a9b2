"""Which key ``kms_master_key_id`` means, and in which form it names it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence, Set
from typing import Final

from tf_kms_guard.estate.accounts import Account
from tf_kms_guard.estate.attributes import AWS_MANAGED_S3_KEY, is_aws_managed_key
from tf_kms_guard.estate.member import Place
from tf_kms_guard.estate.model import Alias, Key, KeyChoice, KeyForm
from tf_kms_guard.estate.reading import Reading
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.shapes import KMS_KEY_ID
from tf_kms_guard.terraform.resource import ResourceInstance
from tf_kms_guard.values.compare import World, equal, sameness
from tf_kms_guard.values.text import TextLike, holes_of, join_text, known, leading
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_KEY_ID: Final = re.compile(r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
"""A UUID, or ``mrk-`` and 32 hexadecimal digits (KMS Developer Guide, "Key identifiers")."""


class KeyDirectory:
    """The declared keys and aliases by their names."""

    def __init__(
        self, keys: Sequence[Key], aliases: Sequence[Alias], world: World, managed: Set[str] = frozenset()
    ) -> None:
        """``managed``: key ids and ARNs that are known to be those of AWS managed keys."""
        self._world = world
        self._managed = managed
        self._keys: dict[Hashable, list[Key]] = {}
        self._aliases: dict[tuple[KeyForm, Hashable], list[Alias]] = {}
        for key in keys:
            for name in (key.arn, key.key_id):
                self._keys.setdefault(sameness(name, world), []).append(key)
        for alias in aliases:
            for form, name in ((KeyForm.ALIAS_NAME, alias.name), (KeyForm.ALIAS_ARN, alias.arn)):
                self._aliases.setdefault((form, sameness(name, world)), []).append(alias)

    def key(self, name: TextLike, region: TextLike) -> Key | None:
        """The key that a key id or key ARN surely means in a Region."""
        found = self._keys.get(sameness(name, self._world), ())
        return next((key for key in found if key.names.named_by(name, region, self._world) is Truth.YES), None)

    def is_aws_managed(self, name: TextLike) -> bool:
        """Whether a name surely is that of an AWS managed key."""
        return known(name) in self._managed

    def aliases(self, form: KeyForm, name: TextLike, workspace: str) -> Sequence[Alias]:
        """The aliases that surely have a name or ARN, those of ``workspace`` first.

        Several accounts and Regions may have the same name.
        """
        found = self._aliases.get((form, sameness(name, self._world)), [])
        return sorted(found, key=lambda alias: alias.workspace != workspace)


def key_choice(
    reading: Reading, value: TextLike | None, bucket: ResourceInstance, directory: KeyDirectory
) -> KeyChoice:
    """The key that a bucket's default encryption uses; ``value`` is ``kms_master_key_id``, ``None`` if not set."""
    return key_choice_of(reading.world, value, reading.account(bucket), reading.place(bucket), directory)


def key_choice_of(
    world: World, value: TextLike | None, account: Account, bucket: Place, directory: KeyDirectory
) -> KeyChoice:
    """The same for a bucket of some account and place."""
    if value is None:
        return KeyChoice(KeyForm.AWS_MANAGED, None, None, account.id, account.region)
    value = world.bind(value)
    form = key_form(value)
    if form is KeyForm.AWS_MANAGED or directory.is_aws_managed(value):
        return KeyChoice(KeyForm.AWS_MANAGED, value, None, account.id, account.region)
    if form in (KeyForm.ALIAS_NAME, KeyForm.ALIAS_ARN):
        return _by_alias(world, form, value, account, bucket[0], directory)
    value = _doubted(value, bucket[1])
    key = directory.key(value, account.region)
    if key is not None:
        return KeyChoice(form, value, key, key.account.id, key.account.region)
    if form is KeyForm.ARN:
        arn = parse_arn(value)
        if isinstance(arn, Arn):
            hole = next(iter(holes_of(arn.resource)), None)
            return KeyChoice(form, value, None, arn.account, arn.region, hole)
    if form is KeyForm.KEY_ID:
        return KeyChoice(form, value, None, account.id, account.region, next(iter(holes_of(value)), None))
    because = next(iter(holes_of(value)), None)
    if form is KeyForm.INVALID:
        because = Unknown(f"{bucket[1]}.kms_master_key_id", f"{known(value)!r} is no key id, key ARN or alias")
    return KeyChoice(form, value, None, None, None, because)


def aws_managed_keys(reading: Reading) -> frozenset[str]:
    """The ids and ARNs of the keys that data sources found behind ``alias/aws/s3``, as a plan or state knows them."""
    found: set[str] = set()
    for resource in (*reading.by_type.get("aws_kms_alias", ()), *reading.by_type.get("aws_kms_key", ())):
        alias = known(resource.attribute("name" if resource.type == "aws_kms_alias" else "key_id"))
        if resource.mode == "data" and alias is not None and alias.rpartition(":")[2] == AWS_MANAGED_S3_KEY:
            for name in ("target_key_arn", "target_key_id", "arn", "id"):
                text = known(resource.in_force(name))
                if text is not None and not text.rpartition(":")[2].startswith("alias/"):
                    found.add(text)
    return frozenset(found)


def key_form(value: TextLike) -> KeyForm:
    """In which form a text names a KMS key (KMS Developer Guide, "Key identifiers")."""
    text = known(value)
    if text is not None:
        return _known_form(text)
    if is_aws_managed_key(value):
        return KeyForm.AWS_MANAGED
    if leading(value).startswith("alias/"):
        return KeyForm.ALIAS_NAME
    if isinstance(value, Unknown):
        return KeyForm.KEY_ID if value.shape is KMS_KEY_ID else KeyForm.UNKNOWN
    arn = parse_arn(value)
    if not isinstance(arn, Arn):
        return KeyForm.UNKNOWN
    kind = leading(arn.resource)
    if kind.startswith("key/"):
        return KeyForm.ARN
    if kind.startswith("alias/"):
        return KeyForm.AWS_MANAGED if known(arn.resource) == AWS_MANAGED_S3_KEY else KeyForm.ALIAS_ARN
    return KeyForm.UNKNOWN


def _known_form(text: str) -> KeyForm:
    if text == AWS_MANAGED_S3_KEY or (text.startswith("arn:") and text.endswith(":" + AWS_MANAGED_S3_KEY)):
        return KeyForm.AWS_MANAGED
    if text.startswith("alias/"):
        return KeyForm.ALIAS_NAME
    if text.startswith("arn:"):
        fields = text.split(":", 5)
        if len(fields) < 6 or fields[2] != "kms":
            return KeyForm.INVALID
        if fields[5].startswith("alias/"):
            return KeyForm.ALIAS_ARN
        return KeyForm.ARN if fields[5].startswith("key/") else KeyForm.INVALID
    return KeyForm.KEY_ID if _KEY_ID.fullmatch(text) else KeyForm.INVALID


def _doubted(value: TextLike, where: str) -> TextLike:
    """A key's id in capital letters, by itself or in an ARN, as an unknown.

    KMS writes ids in small letters, and whether it finds a key by capital ones is not documented: such a reference is
    neither called that key nor another one.
    """
    start, slash, key_id = (known(value) or "").rpartition("/")
    if key_id == key_id.lower() or _KEY_ID.fullmatch(key_id) is None:
        return value
    because = f"whether KMS takes {key_id} for {key_id.lower()} is not documented"
    return join_text((start, slash, Unknown(f"{where}.kms_master_key_id", because, KMS_KEY_ID)))


def _by_alias(
    world: World, form: KeyForm, value: TextLike, owner: Account, workspace: str, directory: KeyDirectory
) -> KeyChoice:
    account, region = owner.id, owner.region
    for alias in directory.aliases(form, value, workspace):
        here = equal(alias.account.region, region, world) & equal(alias.account.id, account, world)
        sure = here is Truth.YES or (here is not Truth.NO and alias.workspace == workspace)
        if (sure or form is KeyForm.ALIAS_ARN) and alias.target is not None:
            key = directory.key(alias.target, alias.account.region)
            if key is not None:
                return KeyChoice(form, value, key, key.account.id, key.account.region, alias=alias)
            return KeyChoice(form, value, None, alias.account.id, alias.account.region, alias=alias)
    because = Unknown(
        f"the key of {known(value) or 'an alias'}", "the alias is not declared here, so its key is not visible"
    )
    return KeyChoice(form, value, None, account, region, because)
