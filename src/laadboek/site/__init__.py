"""A site: the grid connection that several chargers share. It measures, shares and plans. No OCPP, no I/O."""
