"""How a value that is not known is written in a policy: as a reference, or as a placeholder to fill in."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
_KEY: Final = r'\[(?:[0-9]{1,18}|"[A-Za-z0-9_ ./:@+=,-]*")\]'
_STEP: Final = rf"(?:\.{_NAME}|{_KEY})"
_TRAVERSAL: Final = re.compile(rf"{_NAME}{_STEP}+")
_IN_MODULE: Final = re.compile(rf"(?:module\.{_NAME}(?:{_KEY})?\.)+")
_OF_RESOURCE: Final = re.compile(rf"(?:data\.)?{_NAME}_{_NAME}\.{_NAME}(?:{_KEY})?\.{_NAME}{_STEP}*")
_OF_MODULE: Final = re.compile(rf"(?:var|local)\.{_NAME}{_STEP}*")
_ROOTS: Final = frozenset({"var", "local", "data", "module", "each", "count", "path", "terraform"})
_PROVIDER: Final = re.compile(r"provider\.(.+)\.([A-Za-z_]+)")


class Written(Struct, frozen=True):
    """A hole as it is written: HCL when it is a reference, else words for people in angle brackets."""

    text: str
    is_reference: bool


def written_hole(identity: str, module: str = "") -> Written:
    """How the hole ``identity`` is written in a policy of the module at the path ``module`` (``""``: root).

    ``aws_kms_key.data.arn`` stays; what is inside of that module is named as the module itself names it. What
    no expression there can name (a resource of another module, the account of a provider configuration, the
    result of a call) becomes a placeholder such as ``<account id of provider aws>``, which AWS rejects when
    nobody fills it in.
    """
    local = identity.removeprefix(f"{module}.") if module else identity
    if _TRAVERSAL.fullmatch(local) and _has_known_root(local) and not _is_inside_a_module(local):
        return Written(local, True)
    return Written(f"<{_in_words(local)}>", False)


def _has_known_root(reference: str) -> bool:
    root = re.split(r"[.\[]", reference, maxsplit=1)[0]
    return root in _ROOTS or "_" in root


def _is_inside_a_module(reference: str) -> bool:
    """Whether it names something that only the inside of a called module can name."""
    prefix = _IN_MODULE.match(reference)
    if prefix is None:
        return False
    rest = reference[prefix.end() :]
    return _OF_RESOURCE.fullmatch(rest) is not None or _OF_MODULE.fullmatch(rest) is not None


def _in_words(identity: str) -> str:
    provider = _PROVIDER.fullmatch(identity)
    if provider is not None:
        return f"{provider[2].replace('_', ' ')} of provider {provider[1]}"
    if _TRAVERSAL.fullmatch(identity):
        thing, dot, attribute = identity.rpartition(".")
        if dot and re.fullmatch(_NAME, attribute):
            return f"{attribute.replace('_', ' ')} of {thing}"
    return identity
