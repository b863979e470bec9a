"""The judge of plans: the same question as a mixed-integer program, answered by HiGHS, and what a plan costs in it.

Per quarter and car: on or off, the part of its time at full power and with the sun alone. A quarter between two that
are on is charged through, or has a pause in it and one more start. It may cut every stretch at both ends, where the
planner cuts one stretch once: it is free to be better.
"""

from math import inf

import highspy
import numpy as np

from laadboek.energy.planner import START_COST_MICRO


class Program:
    """Columns and rows of a program to be minimised."""

    def __init__(self):
        self.costs, self.uppers, self.whole = [], [], []
        self.rows, self.row_lower, self.row_upper = [], [], []

    def column(self, cost=0.0, upper=1.0, whole=False):
        self.costs.append(cost)
        self.uppers.append(upper)
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, lower, terms, upper=inf):
        self.rows.append(terms)
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def least(self, gap=1e-4):
        """The least cost, or None if there is no way at all."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(self.costs), np.zeros(lp.num_col_), np.array(self.uppers)
        lp.row_lower_, lp.row_upper_ = np.array(self.row_lower, float), np.array(self.row_upper, float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *map(len, self.rows)])
        lp.a_matrix_.index_ = np.array([column for terms in self.rows for _, column in terms])
        lp.a_matrix_.value_ = np.array([value for terms in self.rows for value, _ in terms], float)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in self.whole]
        highs = highspy.Highs()
        for name, value in (("output_flag", False), ("mip_rel_gap", gap), ("threads", 1)):
            highs.setOptionValue(name, value)
        highs.passModel(lp)
        highs.run()
        optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return highs.getInfo().objective_function_value if optimal else None


def least_cost(quarters, need, start_cost=START_COST_MICRO):
    """Micro that the goal costs at least, starts included."""
    program = Program()
    energy, on = [], []
    for quarter in quarters:
        energy_here, on_here = _quarter(program, quarter, need, start_cost)
        energy += energy_here
        on.append(on_here)
    _starts(program, on, need)
    _charged_through(program, on, need, start_cost)
    program.row(need.goal.energy_wh, [(wh, column) for column, wh in energy], need.goal.energy_wh)
    return program.least()


def _quarter(program, quarter, need, start_cost):
    """The columns of one quarter: what brings energy, with its Wh; and (on, start, full, sun)."""
    power_w = need.most_w if quarter.headroom_w is None else min(need.most_w, quarter.headroom_w)
    usable = power_w >= need.floor_w
    solar_w = min(max(quarter.surplus_w, 0), power_w)
    full_cost = ((power_w - solar_w) * quarter.import_micro + solar_w * quarter.export_micro) / 4000
    follows = usable and need.floor_w <= solar_w < power_w
    on = program.column(upper=usable, whole=True)
    start = program.column(start_cost)
    full = program.column(full_cost, upper=usable)
    sun = program.column(solar_w * quarter.export_micro / 4000, upper=follows)
    program.row(0, [(1, on), (-1, full), (-1, sun)])
    return [(full, power_w / 4), (sun, solar_w / 4)], (on, start, full, sun)


def _starts(program, on, need):
    before = None
    for flag, start, _, _ in on:
        terms = [(1, start), (-1, flag)]
        program.row(-float(need.charging) if before is None else 0, terms if before is None else [*terms, (1, before)])
        before = flag


def _charged_through(program, on, need, start_cost):
    earlier = program.column(upper=need.charging, whole=True)
    program.row(need.charging, [(1, earlier)])
    flags = [earlier, *(flag for flag, *_ in on)]
    for before, (flag, _, full, sun), after in zip(flags, on, flags[2:], strict=False):
        pause = program.column(start_cost, whole=True)
        program.row(-2, [(1, full), (1, sun), (1, pause), (-1, before), (-1, flag), (-1, after)])


def cost_of(plan, need, start_cost=START_COST_MICRO):
    """What a plan costs, starts included."""
    stretches = sorted((slot.starts_at, slot.ends_at) for slot in (*plan.slots, *plan.sun))
    ends = [plan.made_at if need.charging else None, *(end for _, end in stretches)]
    starts = sum(begin != end for (begin, _), end in zip(stretches, ends, strict=False))
    return plan.cost_micro + starts * start_cost


# --- several cars ---


def least_cost_together(quarters, needs, start_cost=START_COST_MICRO):
    """Micro that all goals cost at least on one fuse; None if they cannot all be reached.

    More is allowed than to the planner: any power from the floor up, and sun that every car finds at once.
    """
    program = Program()
    cars = [[] for _ in needs]
    for quarter in quarters:
        power, used, bought = [], [], program.column(max(0, quarter.import_micro - quarter.export_micro) / 1000, inf)
        for need, car in zip(needs, cars, strict=True):
            here = _car_in_quarter(program, quarter, need, start_cost)
            car.append(here)
            power.append((1, here[2]))
            used.append((-1, here[3]))
        if quarter.headroom_w is not None:
            program.row(-inf, power, quarter.headroom_w)
        program.row(-max(0, quarter.surplus_w) / 4, [(1, bought), *used])
    for need, car in zip(needs, cars, strict=True):
        _starts(program, car, need)
        program.row(need.goal.energy_wh, [(1, wh) for *_, wh in car], need.goal.energy_wh)
    return program.least(gap=2e-3)


def _car_in_quarter(program, quarter, need, start_cost):
    """(on, start, W reserved, Wh)"""
    begins = need.available_from or quarter.starts_at
    there = begins <= quarter.starts_at < need.goal.ready_by
    on = program.column(upper=there, whole=True)
    start = program.column(start_cost)
    power = program.column(upper=need.most_w)
    wh = program.column(min(quarter.import_micro, quarter.export_micro) / 1000, need.most_w / 4)
    program.row(0, [(1, power), (-need.floor_w, on)])
    program.row(0, [(need.most_w, on), (-1, power)])
    program.row(0, [(0.25, power), (-1, wh)])
    return on, start, power, wh
