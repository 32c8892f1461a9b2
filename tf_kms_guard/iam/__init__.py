"""What would AWS decide? ARNs, policy documents, matching, conditions, verdicts. Knows no Terraform."""
