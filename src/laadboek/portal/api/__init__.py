"""The HTTP API: what the pages do, as JSON; errors are problem+json."""
