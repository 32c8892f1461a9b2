"""What is wrong with a configuration."""

from __future__ import annotations

from tf_kms_guard.values.span import Span


class ConfigError(Exception):
    """One line for people: where, what, and how to mend it."""

    def __init__(self, message: str, place: Span | str) -> None:
        where = place if isinstance(place, str) else f"{place.file}:{place.line}"
        super().__init__(f"{where}: {message}")
        self.message = message
        self.place = place

    def within(self, argument: str) -> ConfigError:
        """The same, said of an argument."""
        return ConfigError(f"{argument}: {self.message}", self.place)
