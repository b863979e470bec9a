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

    def least(self, gap=1e-4, limit_s=inf):
        """The least cost, or None if there is no way at all."""
        highs = self._solved(gap, limit_s)
        optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return highs.getInfo().objective_function_value if optimal else None

    def between(self, gap, limit_s):
        """(what is proven to be the least at least, the cheapest way found): further apart than `gap` at a time-out."""
        info = self._solved(gap, limit_s).getInfo()
        return info.mip_dual_bound, info.objective_function_value

    def _solved(self, gap, limit_s):
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.rows)
        lp.col_cost_, lp.col_lower_ = np.array(self.costs), np.zeros(lp.num_col_)
        lp.col_upper_ = np.array(self.uppers, float)
        lp.row_lower_, lp.row_upper_ = np.array(self.row_lower, float), np.array(self.row_upper, float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *map(len, self.rows)])
        lp.a_matrix_.index_ = np.array([column for terms in self.rows for _, column in terms])
        lp.a_matrix_.value_ = np.array([value for terms in self.rows for value, _ in terms], float)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in self.whole]
        highs = highspy.Highs()
        for name, value in (("output_flag", False), ("mip_rel_gap", gap), ("threads", 1), ("time_limit", limit_s)):
            highs.setOptionValue(name, value)
        highs.passModel(lp)
        highs.run()
        return highs


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


def least_cost_together(quarters, needs, start_cost=START_COST_MICRO, gap=5e-3, limit_s=15.0):
    """Micro that all goals cost on one fuse: proven to be the least at least, and the cheapest way found.

    As the planner does: a car that is on reserves its floor or its mean power; between two quarters that are on it has
    a pause, which is one more start, or charges through with its floor at least. While it charges it has the sun's part
    or follows the sun alone, where that reaches its floor. It charges at full power, or with less where the fuse is
    full (short of one floor at most): there the judge is free to share the fuse as it likes.
    """
    program = Program()
    cars = [[] for _ in needs]
    for quarter in quarters:
        full_fuse = quarter.headroom_w is not None and quarter.surplus_w > 0
        full_fuse = program.column(whole=True) if full_fuse else None
        here = [_car_in_quarter(program, quarter, need, start_cost, full_fuse) for need in needs]
        for car, one in zip(cars, here, strict=True):
            car.append(one)
        _together(program, quarter, here, full_fuse, max(need.floor_w for need in needs))
    for need, car in zip(needs, cars, strict=True):
        _starts(program, [(on, start, None, None) for on, start, *_ in car], need)
        program.row(1 - need.charging, [(1, start) for _, start, *_ in car])  # cuts nothing off, and helps to prove
        _charged_through_together(program, car, need, start_cost)
        program.row(need.goal.energy_wh, [(1, wh) for *_, whs, _ in car for wh in whs], need.goal.energy_wh)
    return program.between(gap, limit_s)


def _together(program, quarter, cars, full_fuse, floor_w):
    if quarter.headroom_w is not None:
        program.row(-inf, [(1, power) for _, _, power, _, _ in cars], quarter.headroom_w)
    if full_fuse is not None:
        taken = [(4, wh) for *_, whs, _ in cars for wh in whs]
        program.row(-floor_w, [*taken, (-quarter.headroom_w, full_fuse)])
    if quarter.surplus_w > 0:
        program.row(-quarter.surplus_w / 4, [(-1, solar) for *_, solars in cars for solar in solars])


def _car_in_quarter(program, quarter, need, start_cost, full_fuse):
    """(on, start, W reserved, columns of Wh, thereof of Wh from the sun)"""
    begins = need.available_from or quarter.starts_at
    most_w = need.most_w if quarter.headroom_w is None else min(need.most_w, quarter.headroom_w)
    there = begins <= quarter.starts_at < need.goal.ready_by and most_w >= need.floor_w
    on = program.column(upper=there, whole=True)
    start = program.column(start_cost)
    power = program.column(upper=most_w)
    full = program.column(quarter.import_micro / 1000, most_w / 4)
    program.row(0, [(1, power), (-need.floor_w, on)])
    program.row(0, [(most_w, on), (-1, power)])
    whs, solars = [full], []
    if quarter.surplus_w > 0:
        whs, solars = _sun_in_quarter(program, quarter, need, on, full, most_w, full_fuse)
    program.row(0, [(0.25, power), *((-1, wh) for wh in whs)])
    return on, start, power, whs, solars


def _sun_in_quarter(program, quarter, need, on, full, most_w, full_fuse):
    """The time at full power brings its part of the sun; the rest of the time the sun alone may bring something."""
    solar_wh = min(quarter.surplus_w, most_w) / 4
    full_time = program.column()
    beside = program.column((quarter.export_micro - quarter.import_micro) / 1000, solar_wh)
    program.row(0, [(solar_wh, full_time), (-1, beside)])
    program.row(0, [(1, full), (-1, beside)])
    program.row(0, [(1, full), (-need.floor_w / 4, full_time)])
    spared = [] if full_fuse is None else [(most_w / 4, full_fuse)]
    program.row(0, [(1, full), (-most_w / 4, full_time), *spared])
    if 4 * solar_wh < need.floor_w:
        program.row(0, [(1, on), (-1, full_time)])
        return [full], [beside]
    sun_time, alone = program.column(), program.column(quarter.export_micro / 1000, solar_wh)
    program.row(0, [(solar_wh, sun_time), (-1, alone)])
    program.row(0, [(1, alone), (-need.floor_w / 4, sun_time)])
    program.row(0, [(1, on), (-1, full_time), (-1, sun_time)])
    return [full, alone], [beside, alone]


def _charged_through_together(program, car, need, start_cost):
    floor_w = need.floor_w
    for (before, *_), (on, _, _, whs, _), (after, *_) in zip(car, car[1:], car[2:], strict=False):
        pause = program.column(start_cost, whole=True)
        flags = [(-floor_w, before), (-floor_w, on), (-floor_w, after), (floor_w, pause)]
        program.row(-2 * floor_w, [*((4, wh) for wh in whs), *flags])
