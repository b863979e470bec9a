"""The physical charger with its local rules. No OCPP, no I/O."""
