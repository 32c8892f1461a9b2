"""A workspace as a member of an estate: what it knows, told apart from what other members know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from tf_kms_guard.estate.accounts import Account, Accounts
from tf_kms_guard.estate.attributes import AwsSchema
from tf_kms_guard.terraform.renaming import Renaming
from tf_kms_guard.terraform.resource import ResourceInstance
from tf_kms_guard.terraform.workspace import Workspace

Place: TypeAlias = tuple[str, str]
"""The name of a workspace and an address in it."""


class Member(Struct, eq=False):
    """One workspace with its accounts.

    ``name`` is the workspace's for people, and no other member's. ``renaming`` keeps its unknowns apart from those of
    other members.
    """

    workspace: Workspace
    accounts: Accounts
    schema: AwsSchema
    name: str
    renaming: Renaming
    _accounts: dict[int, tuple[Account, Account]] = field(default_factory=dict)

    def account_of(self, resource: ResourceInstance) -> Account:
        """The account and Region of a resource."""
        return self.account(self.schema.account(resource))

    def account(self, account: Account) -> Account:
        """An account as the estate knows it."""
        if id(account) not in self._accounts:
            renamed = replace(
                account,
                id=self.renaming.text(account.id),
                region=self.renaming.text(account.region),
                partition=self.renaming.text(account.partition),
            )
            self._accounts[id(account)] = (account, renamed)  # kept, so that its id stays its own
        return self._accounts[id(account)][1]

    def all_accounts(self) -> tuple[Account, ...]:
        """Every account met so far."""
        return tuple(map(self.account, self.accounts.all))

    def own(self) -> frozenset[str]:
        """Identities of the deploying accounts that are not known: presumed to differ from any literal."""
        return frozenset(map(self.renaming.identity, self.accounts.own()))

    def apart(self) -> frozenset[frozenset[str]]:
        """Pairs of accounts presumed to differ."""
        return frozenset(frozenset(map(self._name, pair)) for pair in self.accounts.apart())

    def place(self, resource: ResourceInstance) -> Place:
        """What tells a resource apart from those of all members."""
        return self.name, resource.address

    def _name(self, name: str) -> str:
        return name if name.isdigit() else self.renaming.identity(name)


def members_of(workspaces: Iterable[tuple[Workspace, Accounts, AwsSchema]]) -> tuple[Member, ...]:
    """The members of one estate, each with a name of its own."""
    found = list(workspaces)
    members: list[Member] = []
    names: set[str] = set()
    for workspace, accounts, schema in found:
        name, number = workspace.source, 1
        while name in names:
            number += 1
            name = f"{workspace.source} ({number})"
        names.add(name)
        members.append(Member(workspace, accounts, schema, name, Renaming(name if len(found) > 1 else None)))
    return tuple(members)
