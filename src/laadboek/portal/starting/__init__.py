"""The first run, before there is anything to show."""
