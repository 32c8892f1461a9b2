"""How is a report shown? One file a format, one interface."""
