"""A small version of `bench control`: that it measures what it says, not how fast it is."""

from datetime import timedelta

from laadboek.bench import control


def test_the_street_is_busy_and_its_fuses_hold(monkeypatch):
    monkeypatch.setattr(control, "LOOKS", 30)
    street = control.Street(10, 100_000)
    assert len(control._looks(street, control._ours)) == 20
    assert sum(bool(offered_ma) for offered_ma in street.offered.values()) >= 5
    look = street.look(0, control.START + timedelta(minutes=10))
    assert max(look.reading.current_ma) <= 100_000


def test_it_names_figures_and_ratios(monkeypatch):
    monkeypatch.setattr(control, "LOOKS", 12)
    monkeypatch.setattr(control, "ROUNDS", 1)
    result = control.run()
    assert {"10_chargers_ms", "10_chargers_crowded_ms", "10_chargers_naive_ms"} <= result["figures"].keys()
    assert set(result["ratios"]) == {"ten_chargers_vs_one", "ten_chargers_vs_naive"}
