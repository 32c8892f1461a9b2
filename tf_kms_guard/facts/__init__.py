"""What a workspace contributes to an estate, written to a file and read back (decision 0017)."""
