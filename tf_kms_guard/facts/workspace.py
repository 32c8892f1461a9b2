"""A workspace of which facts tell: it answers as one does that is evaluated, and the estate reads it alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import field

from tf_kms_guard.estate.accounts import Account, Accounts
from tf_kms_guard.estate.elsewhere import LINKED, LOOK_UPS, Elsewhere, Sought
from tf_kms_guard.estate.member import Member
from tf_kms_guard.facts import model
from tf_kms_guard.facts.decoding import Decoder
from tf_kms_guard.facts.resources import FactsResource
from tf_kms_guard.terraform.backends import StatePlace, as_place
from tf_kms_guard.terraform.diagnostics import CycleError, Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.instance import ModuleInstance
from tf_kms_guard.terraform.module import Module
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.syntax.remarks import Remark
from tf_kms_guard.terraform.traversal import attribute_of, index_of
from tf_kms_guard.terraform.unread import UnreadCall
from tf_kms_guard.terraform.values import Choice, Value
from tf_kms_guard.terraform.workspace import Taken, Workspace
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tf_kms_guard.estate.attributes import AwsSchema


class FactsAccounts(Accounts):
    """The accounts of provider configurations as they were found out when the facts were collected."""

    later: dict[str, Account] = field(default_factory=dict)

    def of(self, provider: object) -> Account:
        """The account of a provider configuration. That of something that nobody judged is met when it is asked for."""
        name = getattr(provider, "name", "")
        if name not in self._seen:
            self._seen[name] = self.later[name]
        return self._seen[name]


class FactsWorkspace(Workspace):
    """One workspace of a facts file."""

    def __init__(self, facts: model.WorkspaceFacts, accounts: FactsAccounts) -> None:
        self.facts = facts
        self.directory = Path(facts.source)
        self.overlay = None
        self.assumed = {}
        self.secrets = {}
        self.undeclared = []
        self.asked_for_workspace = False
        self.workspace_name = "default"
        self.knows_secrets = False
        self.decoder = Decoder(facts.unknowns, self._resolved)
        self.elsewhere: Elsewhere | None = None
        self.member: Member | None = None
        place, optional = self.decoder.span, self.decoder.optional_span
        self.remarks = [
            Remark(one.text, place(one.place, ""), tuple(place(at, "") for at in one.at), optional(one.inside, ""))
            for one in facts.remarks
        ]
        self._said: dict[str, Diagnostic] = {}
        self._resolving: set[tuple[str, tuple[str | int, ...]]] = set()
        self._made_resources: dict[str, list[tuple[int, ResourceInstance]]] | None = None
        self.root = _Root(self)
        for name, one in facts.accounts.items():
            text, span = self.decoder.text, self.decoder.optional_span(one.at, "")
            account = Account(name, text(one.id), text(one.region), one.evidence, span, text(one.partition))
            (accounts._seen if one.met else accounts.later)[name] = account
        accounts.other_partitions = lambda: facts.other_partitions

    @property
    def is_told(self) -> bool:
        """Facts tell of it."""
        return True

    def look_elsewhere(self, elsewhere: object, member: object) -> None:
        """What other members of an estate declare is put in where it is looked up; ``member`` is this one."""
        assert isinstance(elsewhere, Elsewhere)
        assert isinstance(member, Member)
        self.elsewhere = elsewhere
        self.member = member

    @property
    def source(self) -> str:
        """The directory, or the plan or state, for people."""
        return self.facts.source

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What went wrong when the facts were collected, and since."""
        found = [
            Diagnostic(
                DiagnosticKind(one.kind), one.message, self.decoder.optional_span(one.at, one.file or ""), one.file
            )
            for one in self.facts.errors
        ]
        return (*found, *self._said.values())

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, once."""
        self._said.setdefault(diagnostic.message, diagnostic)

    @property
    def presumed(self) -> tuple[str, ...]:
        """What everything in it rests on."""
        return self.facts.rests_on

    @property
    def gone(self) -> Iterator[Taken]:
        """What a plan takes away."""
        return (Taken(one.type, dict(one.before)) for one in self.facts.gone)

    @property
    def state_place(self) -> StatePlace | None:
        """Where it keeps its state, as far as that can be told."""
        return self._place(self.facts.state)

    @property
    def speaks_of_other_partitions(self) -> bool:
        """Whether its source had to do with partitions other than ``aws``."""
        return self.facts.other_partitions

    def resources(self, types: frozenset[str]) -> Iterator[ResourceInstance]:
        """Every instance of the resources and data sources of some types, in the order of the source."""
        if self._made_resources is None:
            self._made_resources = {}
            for number, one in enumerate(self.facts.resources):
                self._made_resources.setdefault(one.type, []).append((number, FactsResource(self, one)))
        found = [one for name in types for one in self._made_resources.get(name, ())]
        yield from (resource for _, resource in sorted(found, key=lambda one: one[0]))

    def instances(self) -> Iterator[ModuleInstance]:
        """The root alone: what is in modules has its address."""
        yield self.root

    def unread_calls(self) -> Iterator[UnreadCall]:
        """The module calls whose source was not there, with what they are given of the things here."""
        for one in self.facts.calls:
            given = tuple(self.decoder.value(value, "") for value in one.given)
            yield UnreadCall(one.address, given, self.decoder.span(one.at, ""))

    def provider_names(self) -> frozenset[str]:
        """The names of the provider configurations."""
        return frozenset(self.facts.providers)

    def declares(self, address: str) -> bool:
        """Nothing that an option could say something of: facts are judged as they were collected."""
        return False

    @property
    def spans(self) -> Iterator[Span]:
        """Where its resources are written."""
        return (self.decoder.span(one.at, "") for one in self.facts.resources)

    # ---- links

    def _place(self, state: model.State | None) -> StatePlace | None:
        return None if state is None else as_place(state.kind, state.arguments)

    def _resolved(self, address: str, steps: tuple[str | int, ...]) -> Value | NotSet:
        link = self.facts.links.get(address)
        if link is None or self.elsewhere is None or not steps or steps[0] not in LINKED.get(link.type, ()):
            return NOT_SET
        if (address, steps) in self._resolving:
            self._refused(f"{address}.{'.'.join(map(str, steps))} refers to itself by way of another workspace")
            return NOT_SET
        self._resolving.add((address, steps))
        try:
            return self._sought(link, steps)
        except (EvaluationError, CycleError) as error:
            self._refused(error.message)
            return NOT_SET
        finally:
            self._resolving.discard((address, steps))

    def _refused(self, message: str) -> None:
        self.report(Diagnostic(DiagnosticKind.EVALUATION, message, file=self.source))

    def _sought(self, link: model.Link, steps: tuple[str | int, ...]) -> Value | NotSet:
        assert self.elsewhere is not None
        assert self.member is not None
        place = Span(self.source, 1, 1, 1, 1)
        if link.type == "terraform_remote_state":
            if len(steps) < 2:
                return NOT_SET
            value = self.elsewhere.output(self, self._place(link.state), str(steps[1]))
            for step in steps[2:]:
                if isinstance(value, (NotSet, Choice)):
                    return NOT_SET
                value = index_of(value, step, place) if isinstance(step, int) else attribute_of(value, step, place)
            return value
        if link.type not in LOOK_UPS or link.name is None or len(steps) != 1:
            return NOT_SET
        rename, text = self.member.renaming.text, self.decoder.text
        sought = Sought(link.type, None, link.name, rename(text(link.account)), rename(text(link.region)))
        return self.elsewhere.part(self, sought, str(steps[0]))


class _Root(ModuleInstance):
    """The root module of such a workspace: its outputs are what is known of it."""

    def __init__(self, workspace: FactsWorkspace) -> None:
        super().__init__(workspace, Module(workspace.directory), "")
        self._told_outputs = workspace.facts.outputs
        self._decoder = workspace.decoder

    def read(self, attribute: str) -> Value:
        """The value of an output."""
        if attribute not in self._told_outputs:
            raise EvaluationError(f"{self.workspace.source} has no output {attribute}")
        return self.once(f"output.{attribute}", None, lambda: self._decoder.value(self._told_outputs[attribute], ""))

    def names(self) -> list[str]:
        """The outputs."""
        return list(self._told_outputs)


def workspaces_of(
    facts: model.Facts, schema: type[AwsSchema]
) -> Iterable[tuple[FactsWorkspace, FactsAccounts, AwsSchema]]:
    """The workspaces of a facts file, each with its accounts and what the provider would compute."""
    for one in facts.workspaces:
        accounts = FactsAccounts()
        workspace = FactsWorkspace(one, accounts)
        made = schema(accounts)
        workspace.schema = made
        yield workspace, accounts, made
