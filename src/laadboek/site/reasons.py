"""Every code that a site says, with its parameters. Instants are in ISO form."""

REASONS = {
    "limit.grid": "phase, limit_a, load_a (what others take there): the main fuse leaves no more",
    "limit.group": "name, phase, limit_a: the chargers of a group have no more",
    "limit.month_peak": "limit_w: the quarter-hour shall stay below it",
    "limit.turn": "until: others charge, and it has its turn then at the latest",
    "meter.waiting": "nothing has been heard of the grid meter yet",
    "meter.lost": "since",
    "meter.frozen": "since: it shows the same to the last digit while cars draw more or less",
    "meter.wrong_sign": "since: it shows less import when cars draw more",
}
NOTICES = {
    "meter.lost": "since: chargers go on with the safe current, and pause after a while",
    "meter.frozen": "since: the same",
    "meter.wrong_sign": "since: the same, until its settings are changed or it shows otherwise",
    "meter.back": "it is believed again",
    "meter.no_phases": "it tells power only: a third is assumed on each phase",
    "prices.missing": "nothing is published for this quarter-hour: plans count on estimates",
    "prices.back": "",
}
