"""Checks that checkov loads with ``--external-checks-dir``, into an environment in which tf-kms-guard is not installed.

Nothing here may import the rest of the package, or anything that checkov does not bring. checkov imports each module by
its file name, so the names begin with ``tfkms``; Python 3.9 has to understand them.
"""

__all__ = ["tfkms_checks", "tfkms_reports", "tfkms_rules"]
