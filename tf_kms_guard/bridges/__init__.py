"""How do other tools get at it? They see the JSON report only."""
