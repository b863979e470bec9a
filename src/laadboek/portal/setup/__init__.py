"""From an empty account to one that is ready to bill: location, chargers, what is still missing."""

from . import add_charger, charge_point, charger, chargers, location, wizard

ROUTERS = (wizard.router, location.router, add_charger.router, chargers.router, charge_point.router, charger.router)
