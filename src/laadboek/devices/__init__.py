"""Hardware behind one small Protocol. One file per device."""
