"""The commands: wiring, options, exit codes."""
