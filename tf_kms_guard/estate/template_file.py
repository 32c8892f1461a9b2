"""``data.template_file``: templates before Terraform 0.12 had ``templatefile`` (template provider, "template_file")."""

from __future__ import annotations

from tf_kms_guard.terraform.convert import to_string
from tf_kms_guard.terraform.resource import NOT_SET, NotSet, ResourceInstance
from tf_kms_guard.terraform.values import Object, Value


def rendered_template(resource: ResourceInstance) -> Value | NotSet:
    """The ``rendered`` of a template data source: its ``template`` with its ``vars``, which are all strings.

    Raises:
        EvaluationError: it is no template, or uses a name that is not among the variables.
    """
    template, variables = resource.attribute("template"), resource.attribute("vars")
    if isinstance(template, NotSet):
        return NOT_SET
    if isinstance(variables, NotSet):
        variables = Object()
    if isinstance(variables, dict):
        variables = Object((name, to_string(value)) for name, value in variables.items())
    site = resource.module.call_context(resource.span_of("template"))
    return site.render_template(template, variables, resource.address)
