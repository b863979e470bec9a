"""What a charge point that reports much reports: (measurand, unit, phase) of twelve sampled values."""

MEASURANDS = (
    ("Energy.Active.Import.Register", "Wh", None),
    ("Power.Active.Import", "W", None),
    ("Current.Import", "A", "L1"),
    ("Current.Import", "A", "L2"),
    ("Current.Import", "A", "L3"),
    ("Voltage", "V", "L1-N"),
    ("Voltage", "V", "L2-N"),
    ("Voltage", "V", "L3-N"),
    ("Current.Offered", "A", None),
    ("Power.Offered", "W", None),
    ("Temperature", "Celsius", None),
    ("SoC", "Percent", None),
)
