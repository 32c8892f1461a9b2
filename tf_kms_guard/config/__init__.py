"""What users say in ``.tf-kms-guard.hcl``: found, read, and checked against one schema."""
