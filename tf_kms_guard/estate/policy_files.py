"""Policies in files, as the AWS CLI prints them: by themselves, or inside the answer to a call.

AWS CLI Command Reference: ``kms get-key-policy`` and ``s3api get-bucket-policy`` print the policy as a text in
``Policy``, ``iam get-role-policy`` as ``PolicyDocument``, ``iam get-policy-version`` in ``PolicyVersion``, and
``iam list-attached-role-policies`` names policies by their ARNs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.json_text import decode_json
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, known


class NotAPolicy(Exception):
    """A file holds something else. ``place`` is where that shows."""

    def __init__(self, message: str, place: Span) -> None:
        super().__init__(f"{place.file}:{place.line}: {message}")
        self.message = message
        self.place = place


class PolicyFile(Struct, frozen=True, eq=False):
    """What one file says.

    ``document`` is the policy in it, ``version_of_managed`` whether it is a version of a customer managed policy;
    ``attached`` are the ARNs of the policies that it only names. ``truncated``: there are more than it lists.
    """

    span: Span
    document: Document | None = None
    version_of_managed: bool = False
    attached: tuple[str, ...] = ()
    truncated: bool = False


_WITHOUT_DOCUMENT: Final = {
    "PolicyNames": "this is aws iam list-role-policies, names alone: give what aws iam get-role-policy prints",
    "AttachedManagedPolicies": "this is aws iam get-account-authorization-details: give the files of one role",
    "Role": "this is aws iam get-role, which has no permissions: give what aws iam get-role-policy prints",
    "Grants": "this lists grants (aws kms list-grants): give what aws kms get-key-policy prints",
}


def read_policy_file(text: str, file: str) -> PolicyFile:
    """What ``text``, the content of ``file``, says.

    Raises:
        NotAPolicy: it is no policy and nothing that the AWS CLI prints of one.
    """
    lines = text.split("\n")
    whole = Span(file, 1, 1, len(lines), len(lines[-1]) + 1)
    value = _decoded(Located(text, whole), whole)
    if not isinstance(value, dict):
        raise NotAPolicy("this is no policy: its JSON is not an object", whole)
    span = getattr(value, "origin", None) or whole
    if "AttachedPolicies" in value:
        arns = tuple(_attached(value["AttachedPolicies"], span))
        return PolicyFile(span, attached=arns, truncated=value.get("IsTruncated") is True)
    for name, words in _WITHOUT_DOCUMENT.items():
        if name in value:
            raise NotAPolicy(words, span)
    version = value.get("PolicyVersion")
    if isinstance(version, dict):
        return PolicyFile(span, _document(version.get("Document"), span), version_of_managed=True)
    policy = value.get("Policy", value.get("PolicyDocument", value))
    if isinstance(policy, dict) and "Arn" in policy and "Statement" not in policy:
        words = "this is aws iam get-policy, which has no document: give what aws iam get-policy-version prints"
        raise NotAPolicy(words, span)
    return PolicyFile(span, _document(policy, span))


def _decoded(text: str, place: Span) -> Value:
    try:
        return decode_json(text, place)
    except EvaluationError as error:
        raise NotAPolicy(error.message, error.span or place) from error


def _document(value: Value, place: Span) -> Document:
    """A policy as an object, or as the text that some calls give, which the API escapes as in an address."""
    text = known(value)
    if text is not None:
        if text.lstrip()[:1] == "%":
            from urllib.parse import unquote

            text = unquote(text)
        where = getattr(value, "origin", None) or place
        value = _decoded(str(text), where)  # without places of its own: its lines are not those of the file
        place = where
    if not isinstance(value, dict) or "Statement" not in value:
        raise NotAPolicy("this is neither a policy nor what the AWS CLI prints of one: it has no Statement", place)
    document = parse_document(value, place)
    for problem in document.problems:
        raise NotAPolicy(f"AWS does not accept this policy: {problem.message}", problem.origin or place)
    return document


def _attached(value: Value, place: Span) -> Iterator[str]:
    for one in value if isinstance(value, list) else ():
        arn = known(one.get("PolicyArn")) if isinstance(one, dict) else None
        if arn is None:
            raise NotAPolicy("an attached policy has no PolicyArn", place)
        yield arn


def documents_in(files: Iterable[PolicyFile]) -> Iterator[Document]:
    """The documents of several files."""
    return (file.document for file in files if file.document is not None)
