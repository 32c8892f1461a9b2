"""Plans and states: what Terraform has already worked out, read from JSON or from Terraform's own files."""
