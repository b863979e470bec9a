"""The OCPP 1.6J face that a charger shows to one platform, and its link. No hardware, no I/O."""
