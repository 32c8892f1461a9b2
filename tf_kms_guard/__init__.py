"""tf-kms-guard: why another AWS account will get Access Denied on a KMS-encrypted S3 bucket.

What is named in ``__all__`` is public and described in ``docs/api.md``. It is imported when it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False  # the name is what type checkers know; importing it takes longer than all the rest
if TYPE_CHECKING:
    from tf_kms_guard.api import Finding, InputError, Report, Undetermined, UsageError, check

__version__ = "0.1.0"
__all__ = ["Finding", "InputError", "Report", "Undetermined", "UsageError", "__version__", "check"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("tf_kms_guard.api"), name)


def __dir__() -> list[str]:
    return sorted((*globals(), *__all__))
