"""Our platform: the central system that charge points connect to (OCPP 1.6J)."""
