from __future__ import annotations

import pytest

from tf_kms_guard.fixes.references import written_hole


@pytest.mark.parametrize(
    "identity",
    [
        "aws_kms_key.data.arn",
        "data.aws_caller_identity.current.account_id",
        'aws_s3_bucket.b["logs"].arn',
        "aws_s3_bucket.b[0].arn",
        "var.partner",
        'var.partners["a"].role_arn',
        "module.lake.key_arn",
        "module.lake.key.arn",
    ],
)
def test_a_reference_is_written_as_it_is(identity: str) -> None:
    assert written_hole(identity).text == identity
    assert written_hole(identity).is_reference


@pytest.mark.parametrize(
    ("identity", "placeholder"),
    [
        ("provider.aws.account_id", "<account id of provider aws>"),
        ("provider.aws.replica.account_id", "<account id of provider aws.replica>"),
        ("module.lake.aws_kms_key.data.arn", "<arn of module.lake.aws_kms_key.data>"),
        ("module.lake.var.partner", "<partner of module.lake.var>"),
        ('join(",", var.x)', '<join(",", var.x)>'),
        ('aws_s3_bucket.b["${x}"].arn', '<aws_s3_bucket.b["${x}"].arn>'),
        ("policy of x", "<policy of x>"),
        ("nothing", "<nothing>"),
    ],
)
def test_anything_else_is_a_placeholder(identity: str, placeholder: str) -> None:
    assert written_hole(identity).text == placeholder
    assert not written_hole(identity).is_reference


def test_inside_its_own_module_a_thing_has_its_local_name() -> None:
    here = written_hole('module.lake["a"].aws_kms_key.data.arn', 'module.lake["a"]')
    assert here.text == "aws_kms_key.data.arn"
    assert not written_hole("module.lake.module.inner.aws_kms_key.x.arn", "module.lake").is_reference
