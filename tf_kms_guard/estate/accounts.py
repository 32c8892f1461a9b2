"""Which account and Region a provider configuration means, by evidence (design §6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct, field

from tf_kms_guard.estate.texts import account_in, as_text, as_texts, minted
from tf_kms_guard.iam.shapes import ACCOUNT_ID, PARTITION, REGION
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.providers import ProviderConfiguration
from tf_kms_guard.terraform.resource import NotSet
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known, spell
from tf_kms_guard.values.unknown import Shape, Unknown

NO_EVIDENCE: Final = "no evidence"


class Account(Struct, frozen=True, eq=False):
    """The account behind a provider configuration.

    ``id`` is a literal or, with ``NO_EVIDENCE``, an unknown: minted where the code says nothing of the account.
    ``evidence`` says for people what it rests on.
    ``partition`` is that of the Region.
    """

    provider: str
    id: TextLike
    region: TextLike
    evidence: str
    evidence_span: Span | None = None

    partition: TextLike = "aws"


class Contradiction(Struct, frozen=True):
    """What the user says of an account, in words, and what speaks against it."""

    said: str
    evidence: str
    span: Span | None


class Accounts(Struct):
    """The accounts of one workspace's provider configurations.

    ``ids`` and ``regions`` are what the user says, by provider name (``aws``, ``aws.replica``); ``said_in`` is where
    an id is said, if not in an option.
    ``other_partitions``: whether the code speaks of partitions other than ``aws``. ``recorded``: what a plan or
    state betrays, by provider name the account id and how. ``read_alone``: whether that is read without its source.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    other_partitions: Callable[[], bool] = bool
    recorded: Callable[[], Mapping[str, tuple[str, str]]] = dict
    read_alone: Callable[[], bool] = bool
    said_in: Mapping[str, str] = field(default_factory=dict)
    _betrayed: Mapping[str, tuple[str, str]] | None = None
    _seen: dict[str, Account] = field(default_factory=dict)
    _configurations: dict[str, ProviderConfiguration] = field(default_factory=dict)

    def of(self, provider: ProviderConfiguration) -> Account:
        """The account of a provider configuration."""
        if not self._seen and not self._configurations:
            self._meet_all(provider)
        if provider.name not in self._seen:
            self._configurations[provider.name] = provider
            self._seen[provider.name] = self._find(provider)
        return self._seen[provider.name]

    def _meet_all(self, provider: ProviderConfiguration) -> None:
        """Look at the root's configurations in one order, the default one first, whichever is asked for first."""
        root = provider.module.workspace.root
        declared = sorted(name for name in root.module.providers if name.split(".", 1)[0] == provider.type)
        for name in dict.fromkeys([provider.type, *declared]):
            configuration = root.provider(name)
            self._configurations[configuration.name] = configuration
            self._seen[configuration.name] = self._find(configuration)

    @property
    def all(self) -> tuple[Account, ...]:
        """Every account met so far."""
        return tuple(self._seen.values())

    def contradictions(self) -> Iterator[Contradiction]:
        """The accounts that the user says and that the code, a plan or a state surely says otherwise."""
        for name, said in self.ids.items():
            provider = self._configurations.get(name)
            if provider is None:
                continue
            for evidence in (self._recorded_account, self._assumed_role, self._allowed_account):
                found = evidence(provider)
                other = None if found is None else known(found[0])
                if found is not None and other is not None and other != said:
                    words = f"the account of {name} is {said} by {self.said_in.get(name, '--account')}"
                    yield Contradiction(words, f"{other} by {found[1]}", found[2])
                    break

    def own(self) -> frozenset[str]:
        """Identities of the deploying accounts that are not known: presumed to differ from any literal."""
        return frozenset(
            account.id.identity for account in self.all if isinstance(account.id, Unknown) and account.id.minted
        )

    def literals(self) -> frozenset[str]:
        """The account ids that evidence gives to provider configurations."""
        return frozenset(id_ for account in self.all if (id_ := known(account.id)) is not None)

    def apart(self) -> frozenset[frozenset[str]]:
        """Pairs of accounts presumed to differ: the same known Region under different provider names."""
        return frozenset(
            frozenset((_identity(one), _identity(other)))
            for one in self.all
            for other in self.all
            if self._presumed_apart(one, other)
        )

    def _presumed_apart(self, one: Account, other: Account) -> bool:
        """A second configuration for one Region has no other purpose, unless it is named after the Region."""
        if _identity(one) == _identity(other) or known(one.region) is None or known(one.region) != known(other.region):
            return False
        return not (_named_after_region(one.provider, one.region) or _named_after_region(other.provider, other.region))

    def _find(self, provider: ProviderConfiguration) -> Account:
        region = self._region(provider)
        said = self.ids.get(provider.name)
        if said is not None:
            return self._account(provider, said, region, self.said_in.get(provider.name, "--account"))
        for evidence in (self._recorded_account, self._assumed_role, self._allowed_account):
            found = evidence(provider)
            if found is not None:
                id_, words, span = found
                return self._account(provider, id_, region, words, span)
        shared = self._sharing(provider, region)
        if shared is not None:
            return self._account(provider, shared.id, region, shared.evidence, shared.evidence_span)
        return self._account(provider, self._without_evidence(provider), region, NO_EVIDENCE, provider.span)

    def _account(
        self, provider: ProviderConfiguration, id_: TextLike, region: TextLike, evidence: str, span: Span | None = None
    ) -> Account:
        partition = self.partition_of(provider.name, region)
        return Account(provider.name, id_, region, evidence, span, partition)

    def partition_of(self, provider: str, region: TextLike) -> TextLike:
        """The partition of a Region; of one that is not known ``aws``, if the code speaks of no other."""
        name = known(region)
        if name is None and self.other_partitions():
            words = f"the Region of provider {provider} is not known, and the code speaks of several partitions"
            return minted(f"provider.{provider}.partition", words, PARTITION, settle=f"--region {provider}=…")
        if name is not None and name.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if name is not None and name.startswith("us-gov-") else "aws"

    def _recorded_account(self, provider: ProviderConfiguration) -> tuple[TextLike, str, Span | None] | None:
        if self._betrayed is None:
            self._betrayed = self.recorded()
        found = self._betrayed.get(provider.name)
        return None if found is None else (found[0], found[1], None)

    def _assumed_role(self, provider: ProviderConfiguration) -> tuple[TextLike, str, Span | None] | None:
        """Of several roles the last one counts: each is assumed by way of the one before."""
        for kind in ("assume_role", "assume_role_with_web_identity"):
            for block in reversed(provider.blocks(kind)):
                role = as_text(block.get("role_arn"))
                account = None if role is None else account_in(role)
                return None if account is None else (account, kind, provider.span)
        return None

    def _allowed_account(self, provider: ProviderConfiguration) -> tuple[TextLike, str, Span | None] | None:
        allowed = as_texts(provider.attribute("allowed_account_ids"))
        if isinstance(allowed, Unknown) or len(allowed) != 1:
            return None
        if self.read_alone() and not _has_shape(allowed[0], ACCOUNT_ID):
            return None
        return allowed[0], "allowed_account_ids", provider.span_of("allowed_account_ids")

    def _region(self, provider: ProviderConfiguration) -> TextLike:
        said = self.regions.get(provider.name)
        if said is not None:
            return said
        configured = as_text(provider.attribute("region"))
        if configured is not None and self.read_alone() and not _is_region(configured):
            words = f"how the Region of provider {provider.name} is made is not told"
            return Unknown(f"provider.{provider.name}.region", words, REGION, settle=f"--region {provider.name}=…")
        if configured is not None:
            return configured
        return minted(
            f"provider.{provider.name}.region",
            f"provider {provider.name} sets no region",
            REGION,
            settle=f"--region {provider.name}=…",
            shown=f"Region of {provider.name}",
        )

    def _sharing(self, provider: ProviderConfiguration, region: TextLike) -> Account | None:
        """A configuration met before that surely is for the same account, and has no evidence of its own."""
        for account in self.all:
            by_itself = account.evidence in ("--account", NO_EVIDENCE, *self.said_in.values())
            if by_itself and self._same_credentials(provider, region, self._configurations[account.provider], account):
                return account
        return None

    def _without_evidence(self, provider: ProviderConfiguration) -> Unknown:
        """The account of a configuration that nothing is known of.

        Where the code does say something that cannot be read, the account may be any, so that it is free. So it is
        for a plan or state without source: every id in it is a literal, the own one too.
        """
        names = ("assume_role", "assume_role_with_web_identity", "allowed_account_ids")
        says = self.read_alone() or any(provider.speaks_of(name) for name in names)
        return Unknown(
            f"provider.{provider.name}.account_id",
            f"the account of provider {provider.name} is not known",
            ACCOUNT_ID,
            minted=not says,
            settle=f"--account {provider.name}=…",
            shown=f"account of {provider.name}",
        )

    def _same_credentials(
        self, one: ProviderConfiguration, region: TextLike, other: ProviderConfiguration, account: Account
    ) -> bool:
        """Equal credentials and different Regions, or a name that is that of the Region: the same account."""
        if known(region) is None or known(account.region) is None or _credentials(one) != _credentials(other):
            return False
        by_name = _named_after_region(one.name, region) or _named_after_region(other.name, account.region)
        return by_name or known(region) != known(account.region)


def _is_region(region: TextLike) -> bool:
    """Whether a text may be a Region: what a plan alone tells of an argument may be a part of it."""
    name = known(region)
    return name is None or re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-\d", name) is not None


def _has_shape(text: TextLike, shape: Shape) -> bool:
    name = known(text)
    return name is None or shape.admits(name)


def _identity(account: Account) -> str:
    return account.id.identity if isinstance(account.id, Unknown) else spell(account.id)


def _named_after_region(provider: str, region: TextLike) -> bool:
    """Whether an alias says no more than the Region: ``aws.eu-west-2``, ``aws.main_eu_west_2``."""
    alias, name = provider.rpartition(".")[2].replace("_", "-"), known(region)
    return name is not None and "." in provider and name in alias


def _credentials(provider: ProviderConfiguration) -> str:
    names = ("profile", "access_key", "shared_credentials_files", "shared_config_files")
    values = [provider.attribute(name) for name in names]
    kinds = ("assume_role", "assume_role_with_web_identity")
    roles = [block.get("role_arn") for kind in kinds for block in provider.blocks(kind)]
    return "|".join("-" if isinstance(value, NotSet) else identity_of(value) for value in [*values, *roles])
