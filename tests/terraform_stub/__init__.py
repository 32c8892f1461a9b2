"""A stub AWS provider that the real Terraform plans and applies with, without network and without AWS."""
