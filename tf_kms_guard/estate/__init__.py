"""Who owns what, and which policy applies to which thing? The only place that names AWS resource types."""
