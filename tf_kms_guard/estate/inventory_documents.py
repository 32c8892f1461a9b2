"""Policy documents as plain data for the inventory."""

from __future__ import annotations

from tf_kms_guard.estate.inventory_unknowns import Json, Unknowns, place
from tf_kms_guard.iam.document import Condition, Document, Principals, Statement, Texts
from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, origin_of
from tf_kms_guard.values.unknown import Unknown


class DocumentWriter:
    """Writes documents. An absent element is ``None``; one of which nothing is known names its unknown."""

    def __init__(self, unknowns: Unknowns) -> None:
        self.unknowns = unknowns
        self._whole: Span | None = None

    def place(self, origin: Span | None) -> Json | None:
        """The place of an element, ``None`` where no more is known than where the document is set."""
        if origin is not None and self._whole is not None and _start(origin) == _start(self._whole):
            return None
        return place(origin)

    def document(self, document: Document, span: Span) -> Json:
        """A document set at ``span``; ``incomplete`` names the unknown that may hide further statements."""
        self._whole = span
        return {
            "version": None if document.version is None else self.unknowns.text(document.version),
            "incomplete": self.unknowns.name(document.incomplete),
            "problems": [
                {"message": problem.message, "location": place(problem.origin)} for problem in document.problems
            ],
            "statements": [self.statement(statement) for statement in document.statements],
        }

    def statement(self, statement: Statement) -> Json:
        """One statement.

        ``exists_if`` names what its existence hangs on, ``unread`` what keeps it from matching certainly.
        """
        conditions = statement.conditions
        return {
            "sid": None if statement.sid is None else self.unknowns.text(statement.sid),
            "effect": "unknown" if statement.effect is None else statement.effect.value,
            "exists": "unknown" if statement.may_exist or statement.existence is not None else "yes",
            "exists_if": self.unknowns.name(statement.existence),
            "principals": self.principals(statement.principals),
            "not_principals": self.principals(statement.not_principals),
            "actions": self.values(statement.actions),
            "not_actions": self.values(statement.not_actions),
            "resources": self.values(statement.resources),
            "not_resources": self.values(statement.not_resources),
            "conditions": self.opaque(conditions)
            if isinstance(conditions, Unknown)
            else [self.condition(condition) for condition in conditions],
            "unread": [self.unknowns.name(unknown) for unknown in statement.unread],
            "location": place(statement.origin),
        }

    def opaque(self, unknown: Unknown) -> Json:
        """An element of which nothing is known."""
        return {"unknown": self.unknowns.name(unknown)}

    def values(self, texts: Texts) -> list[Json] | Json | None:
        """Actions, resources and the like, each with its place where it has one of its own."""
        if texts is None:
            return None
        return self.opaque(texts) if isinstance(texts, Unknown) else [self.value(text) for text in texts]

    def value(self, text: TextLike) -> Json:
        """One text."""
        return {"value": self.unknowns.text(text), "location": self.place(origin_of(text))}

    def principals(self, principals: Principals) -> list[Json] | Json | None:
        """Who is named."""
        if principals is None:
            return None
        return self.opaque(principals) if isinstance(principals, Unknown) else [self.principal(p) for p in principals]

    def principal(self, principal: Principal) -> Json:
        """One principal: a bare account id is its root ARN."""
        return {
            "kind": principal.kind.value,
            "value": self.unknowns.text(principal.value),
            "account": None if principal.account is None else self.unknowns.text(principal.account),
            "location": self.place(principal.origin),
        }

    def condition(self, condition: Condition) -> Json:
        """One operator on one key."""
        return {
            "operator": condition.operator,
            "key": self.unknowns.text(condition.key),
            "values": self.values(condition.values),
            "location": self.place(condition.origin),
        }


def _start(span: Span) -> tuple[str, int, int]:
    return span.file, span.line, span.column
