"""Walking through values without recursion: they may be nested deeply, and share parts."""

from __future__ import annotations

from typing import TypeAlias, Union

from tf_kms_guard.terraform.values import Choice, SetValue, Value

Container: TypeAlias = Union[list[Value], dict[str, Value], SetValue, Choice]


def inner_first(value: Value) -> list[Container]:
    """Every list, map, set and choice in ``value``, each once, after all that it holds."""
    found: list[Container] = []
    seen: set[int] = set()
    todo: list[tuple[Value, bool]] = [(value, False)]
    while todo:
        current, is_done = todo.pop()
        if not isinstance(current, (list, dict, SetValue, Choice)):
            continue
        if is_done:
            found.append(current)
        elif id(current) not in seen:
            seen.add(id(current))
            todo.append((current, True))
            todo.extend((part, False) for part in parts_of(current))
    return found


def parts_of(container: Container) -> list[Value]:
    """What a container directly holds; of a choice the alternatives."""
    if isinstance(container, dict):
        return list(container.values())
    if isinstance(container, Choice):
        return [value for _, value in container.alternatives]
    return list(container)
