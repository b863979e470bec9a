"""Activating OCPP: platforms, tests, links: words for codes, and why something is refused. English; see `texts`."""

from ...actions.link_test_questions import Stage
from .mark import N_

JUST_NOW = N_("just now")
AGO = N_("%(duration)s ago")
OTHER_NAME = N_("This platform")

# How a link stands. `texts.LINK_STATES` are those of a face; these come from its row as well.
STATES = {
    "online": N_("Connected"),
    "connecting": N_("Connecting"),
    "booting": N_("Saying hello"),
    "pending": N_("The platform asks for patience"),
    "rejected": N_("The platform does not accept this charger"),
    "refused": N_("Turned away"),
    "waiting": N_("Not connected, trying again soon"),
    "paused": N_("Switched off"),
    "draining": N_("Delivering its last messages"),
    "removed": N_("Removed"),
    "unheard": N_("The charger has not reported yet"),
}

# What a test does, stage by stage.
STAGES = {
    Stage.ADDRESS: N_("The address exists, and may be called"),
    Stage.NETWORK: N_("A computer answers there"),
    Stage.SECURITY: N_("The connection is encrypted and the certificate is right"),
    Stage.WEBSOCKET: N_("The platform lets this charger in"),
    Stage.GREETING: N_("The platform answers its greeting"),
}

STAGE_STATES = {
    "waiting": N_("not tried"),
    "running": N_("being tried"),
    "passed": N_("passed"),
    "attention": N_("passed, with a remark"),
    "failed": N_("failed"),
}

PURPOSES = {
    "own": N_("This Laadboek"),
    "employer": N_("It pays my sessions back: my employer, a leasing company"),
    "registrar": N_("It counts every kWh: a registrar of certificates"),
    "landlord": N_("It pays for certain people: a landlord, an association"),
    "operator": N_("It runs the charger: guests start with a card, an app or a QR code"),
    "home": N_("It controls the charger at home: software of my own"),
}

PURPOSE_GROUPS = {
    "own": N_("Nothing to type"),
    "employer": N_("Pay sessions back"),
    "registrar": N_("Count kWh for certificates"),
    "operator": N_("Run chargers for drivers and guests"),
    "home": N_("Software of your own"),
}

# What its operator gives or wants.
ASKS = {
    "charge_box_id": N_("a ChargeBoxID"),
    "user_name": N_("a user name"),
    "key": N_("an authorization key"),
}

SURE = {
    "public": N_("Its makers publish this."),
    "reported": N_("Users report this; its makers do not publish it."),
    "ask": N_("Its address is not public: ask your provider."),
}

PRESET_NOTES = {
    "own": N_("Address, ChargeBoxID and key are made for you. Sessions, guests and employees are then managed here."),
    "id_from_provider": N_("It gives the charger a ChargeBoxID of its own. Use that one, not the serial number."),
    "prefix": N_("Its ChargeBoxID may begin with letters for the brand, as its app shows it."),
    "key_once": N_("It shows the authorization key only once. Paste it here at once."),
    "address_of_customer": N_("Every customer gets an address of their own. Its app or portal shows it."),
    "address_of_label": N_("Its address differs by the company that sells it. Your provider tells you which is yours."),
    "id_is_free": N_("The ChargeBoxID is yours to choose."),
    "id_known_before": N_("Enter the ChargeBoxID there first, else the charger is turned away."),
    "ask_provider": N_("Ask your provider for the backend URI, and whether it needs a ChargeBoxID or a key."),
    "own_server": N_("It runs on a computer of yours, so only you know its address."),
    "private_network": N_("At home an address of your own network will do; it need not be reached from the internet."),
}

# What a link means, in whole sentences.
SEES = {
    "all": N_("%(name)s gets every session, private ones too: who, when, how many kWh."),
    "business": N_(
        "%(name)s gets business sessions only. Of private ones it learns nothing, not even that there were any."
    ),
    "drivers": N_("%(name)s gets the sessions of the drivers you tick. Of all others it learns nothing."),
}

STEERS = {
    "report": N_("It only listens: it cannot start, stop or limit anything."),
    "control": N_("It may start and stop sessions, limit the current, restart the charger and change its settings."),
}

DECIDES = {
    "local": N_(
        "You decide who may charge. If it refuses a session, the car goes on charging privately and you are told."
    ),
    "platform": N_("It decides who may charge: a card or PIN that it does not know gets nothing, yours included."),
}

RULES = {
    "all": N_("Every session"),
    "business": N_("Business sessions only"),
    "drivers": N_("Sessions of chosen drivers"),
}

ROLES = {
    "report": N_("No, it only gets reports"),
    "control": N_("Yes, it may start, stop and limit"),
}

DECIDERS = {
    "local": N_("This charger, with your drivers"),
    "platform": N_("The platform"),
}

# Messages of a queue, as people call them.
MESSAGES = {
    "StartTransaction": N_("Start of a session"),
    "StopTransaction": N_("End of a session"),
    "MeterValues": N_("Meter values"),
}

# What a button did.
DONE = {
    "paused": N_("Switched off. What %(name)s shall be told is kept until you switch it on again."),
    "resumed": N_("Switched on. %(name)s gets what it missed, in order."),
    "removed": N_("%(name)s is removed. What was recorded stays."),
    "replayed": N_("What was set aside goes to %(name)s once more, in order."),
    "changed": N_("Saved for %(name)s."),
    "moved": N_(
        "Saved. %(name)s is now reached under the new address or ChargeBoxID; the old connection first delivers what "
        "it has."
    ),
    "added": N_("%(name)s is switched on. It begins with the next session."),
}

SENTENCES: dict[str, str] = {
    "link.uri_without_slash": N_("The last character of a backend URI is a slash (/). It can be added for you."),
    "link.uri_with_charge_box_id": N_("Leave %(charge_box_id)s out of the backend URI: it is appended by itself."),
    "link.key_of_other_host": N_(
        "The key that is kept was given for another address, so it is not shown to this one. Type the key of this "
        "address, or choose that there is none."
    ),
    "link.bad_kind": N_("Sessions that a platform starts are business or private."),
    "preset.unknown": N_("%(preset)s is not a platform of the list. Choose one of it, or “Other”."),
    "activation.no_agreement": N_(
        "A charger is only connected once you have an agreement with whoever runs the platform. Confirm that you have"
        " one."
    ),
    "activation.no_terms": N_("Read the terms and accept them to connect this charger."),
    "link_test.busy": N_("Another test is still running. Wait until it is done, then try again."),
    "link_test.too_many": N_("That was many tests in a row. Wait %(wait_s)s, then try again; what you typed stays."),
    "link_test.on_the_air": N_(
        "%(charge_box_id)s is connected to this platform right now. A test would push it off the line, so none was "
        "made. How it is doing stands with its platform."
    ),
    "link_test.dns": N_("This address does not exist on the internet. Check the backend URI letter by letter."),
    "link_test.unreachable": N_(
        "Nothing answered there within ten seconds. Check host and port of the backend URI; if they are right, ask "
        "the operator whether the platform is up."
    ),
    "link_test.refused": N_(
        "A computer is there, but no platform listens on this port. Check the port in the backend URI, and whether it"
        " is ws:// or wss://."
    ),
    "link_test.tls": N_(
        "No secure connection came about. Nothing was sent. Ask the operator which address chargers use."
    ),
    "link_test.tls_unknown_ca": N_(
        "The platform's certificate comes from an authority that is not trusted here. If the operator has one of its "
        "own, ask for its root certificate and paste it under “For specialists”."
    ),
    "link_test.tls_wrong_name": N_("The certificate there is for another address. Check the host in the backend URI."),
    "link_test.tls_expired": N_(
        "The platform's certificate is not valid today. Only its operator can renew it; tell them."
    ),
    "link_test.tls_version": N_(
        "The platform only speaks an old encryption that is not safe any more. Its operator has to change that."
    ),
    "link_test.tls_none": N_(
        "What answers there does not encrypt. Either the port is wrong, or this platform is reached with ws:// "
        "instead of wss://; ask its operator."
    ),
    "link_test.tls_client_certificate": N_(
        "The platform wants a certificate from the charger. Ask its operator how chargers get one."
    ),
    "link_test.tls_silent": N_(
        "Somebody answers there, but not with encryption. Check the port, and whether it is ws:// or wss://."
    ),
    "link_test.http_401": N_(
        "The platform does not accept this user name and authorization key. Type the key again, and check that the "
        "user name is the ChargeBoxID."
    ),
    "link_test.http_403": N_(
        "The platform knows the address but does not let this charger in. Its operator has to admit it."
    ),
    "link_test.http_404": N_(
        "The platform does not know this ChargeBoxID, or the path of the backend URI is wrong. Compare both with what"
        " the operator gave you."
    ),
    "link_test.http_429": N_(
        "The platform has had too many tries from here. Wait a quarter of an hour, then test once more."
    ),
    "link_test.http_status": N_(
        "The platform turned the call away (HTTP %(status)s). Try again in a few minutes; if it stays so, tell its "
        "operator this number."
    ),
    "link_test.redirect": N_(
        "This address sends on to another one, which is not followed. Ask the operator for the address that chargers "
        "use."
    ),
    "link_test.silent": N_("Somebody is there but says nothing. Check the port and the path of the backend URI."),
    "link_test.subprotocol": N_(
        "What answers there does not confirm OCPP 1.6. Ask the operator for its address for OCPP 1.6J; if it insists "
        "that this is it, allow that under “For specialists”."
    ),
    "link_test.no_platform": N_(
        "What answers there is not a charging platform. Check the backend URI: it is another address than the "
        "operator's website."
    ),
    "link_test.hung_up": N_(
        "The platform hung up without a word. Often the port is wrong, or ws:// and wss:// are swapped."
    ),
    "link_test.no_answer": N_(
        "The platform let the charger in but did not answer its greeting within ten seconds. Ask the operator whether"
        " this charger is set up there."
    ),
    "link_test.hung_up_then": N_(
        "The platform let the charger in and hung up at its greeting. Ask the operator whether this ChargeBoxID is "
        "set up there."
    ),
    "link_test.call_error": N_(
        "The platform answered the greeting with an error (%(error)s). Tell its operator this word."
    ),
    "link_test.accepted": N_("The platform accepts this charger. Everything is ready."),
    "link_test.pending": N_(
        "The platform knows this charger and asks for patience: its operator still has to release it. You can already"
        " enable it; it asks again every %(interval_s)s."
    ),
    "link_test.rejected": N_("The platform rejects this charger. Its operator has to admit this ChargeBoxID first."),
}
