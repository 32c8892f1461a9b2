"""What a function call knows of the place where it stands: files below the repository, templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from tf_kms_guard.terraform.derived import derived
from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.files import Unreadable
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.marks import MASK
from tf_kms_guard.terraform.values import SetValue, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, TextLike, join_text, known, spell
from tf_kms_guard.values.unknown import Unknown

if TYPE_CHECKING:
    from tf_kms_guard.terraform.instance import ModuleInstance


class CallSite(Struct, frozen=True, eq=False):
    """One call: in which module instance, and where."""

    instance: ModuleInstance
    span: Span

    def read_file(self, path: TextLike) -> Value:
        """The text of a file; its path is relative to the root module, as Terraform runs there.

        A file that may not be read gives a free value and a diagnostic.
        """
        return self._with_file(path, "file", self._read)

    def file_exists(self, path: TextLike) -> Value:
        """Whether a file is there."""
        workspace = self.instance.workspace
        return self._with_file(path, "fileexists", lambda name: workspace.sandbox.exists(name, workspace.directory))

    def read_bytes(self, path: TextLike, function: str) -> bytes | Unknown:
        """The content of a file, for the function that asks for it."""
        name = known(path)
        if name is None:
            return derived(f"{function}({identity_of(path)})", path, origin=self.span)
        workspace = self.instance.workspace
        try:
            return workspace.sandbox.read_bytes(name, workspace.directory)
        except Unreadable as error:
            return self._unreadable(function, path, error)

    def find_files(self, directory: TextLike, pattern: TextLike) -> Value:
        """The files below a directory that fit a pattern, as ``fileset`` says."""
        from tf_kms_guard.terraform.globbing import FileFinder

        where, what = known(directory), known(pattern)
        if where is None or what is None:
            identity = f"fileset({identity_of(directory)}, {identity_of(pattern)})"
            return derived(identity, directory, pattern, origin=self.span)
        workspace = self.instance.workspace
        try:
            found = FileFinder(workspace.sandbox, workspace.directory).find(where, what)
        except Unreadable as error:
            return self._unreadable("fileset", join_text([directory, "/", pattern]), error)
        return SetValue(tuple(found))

    def _with_file(self, path: TextLike, function: str, act: Callable[[str], Value]) -> Value:
        name = known(path)
        if name is None:
            return derived(f"{function}({identity_of(path)})", path, origin=self.span)
        try:
            return act(name)
        except Unreadable as error:
            return self._unreadable(function, path, error)

    def _unreadable(self, function: str, path: TextLike, error: Unreadable) -> Unknown:
        message = f"{function}({known(path)!r}): {error}"
        self.instance.workspace.report(Diagnostic(DiagnosticKind.EVALUATION, message, self.span))
        return Unknown(f"{function}({spell(path)})", message, origin=self.span)

    def _read(self, name: str) -> Value:
        workspace = self.instance.workspace
        text, shown = workspace.sandbox.read(name, workspace.directory)
        lines = text.split("\n")
        return Located(text, self.instance.placed(Span(shown, 1, 1, len(lines), len(lines[-1]) + 1)))

    def render_template(self, text: Value, variables: Value, name: str) -> Value:
        """What a template gives with ``variables``; ``name`` is the file or function, for errors.

        Raises:
            EvaluationError: it is no template, or uses a name that is not among the variables.
        """
        from tf_kms_guard.terraform.evaluate import Evaluator
        from tf_kms_guard.terraform.syntax import parse_template

        source = known(text)
        if source is None:
            return derived(f"{name}({identity_of(text)}, {identity_of(variables)})", text, origin=self.span)
        if not isinstance(variables, dict):
            return derived(f"{name}({identity_of(text)}, {identity_of(variables)})", variables, origin=self.span)
        origin = text.origin if isinstance(text, Located) else self.span
        expression = parse_template(source, origin.file, origin)
        return Evaluator(_TemplateScope(self, name), variables).settled(expression)


class _TemplateScope(Struct, frozen=True, eq=False):
    """Inside a template only its variables mean something."""

    site: CallSite
    template: str

    def resolve(self, name: str, span: Span) -> Value:
        raise EvaluationError(f"the template {self.template} uses {name}, which it is not given", span)

    def call_context(self, span: Span) -> CallSite:
        return CallSite(self.site.instance, span)

    def placed(self, span: Span) -> Span:
        return self.site.instance.placed(span)

    def keep_secret(self, value: Value, shown: str = MASK) -> None:
        self.site.instance.keep_secret(value, shown)

    @property
    def path(self) -> str:
        return self.site.instance.path

    @property
    def knows_secrets(self) -> bool:
        return self.site.instance.knows_secrets

    def take(self, steps: int) -> bool:
        return self.site.instance.take(steps)

    def declared(self, space: str, name: str) -> None:
        return None


class ConstantScope:
    """Where no name means anything: values in tfvars files and on the command line."""

    def __init__(self, what: str) -> None:
        self.what = what

    def resolve(self, name: str, span: Span) -> Value:
        """Always refused.

        Raises:
            EvaluationError: names cannot be used here.
        """
        raise EvaluationError(f"{self.what} cannot refer to {name}: only plain values are possible here", span)

    def call_context(self, span: Span) -> CallSite:
        """Always refused.

        Raises:
            EvaluationError: functions cannot be called here.
        """
        raise EvaluationError(f"{self.what} cannot call functions", span)

    def placed(self, span: Span) -> Span:
        """The place as it is: no module call leads there."""
        return span

    def keep_secret(self, value: Value, shown: str = MASK) -> None:
        """Nothing here is marked: ``sensitive`` is a function, and functions cannot be called."""

    knows_secrets = False
    path = ""

    def take(self, steps: int) -> bool:
        """Nothing multiplies here."""
        return True

    def declared(self, space: str, name: str) -> None:
        """Nothing is declared here."""
        return
