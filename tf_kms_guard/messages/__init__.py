"""What does an AWS error message say? Who was denied what, on which thing, and by which kind of policy."""
