"""Do the playgrounds compute what the course defines? Their modules against Python."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, Route

from tests.book.chapters import BOOK

MODULES = BOOK / "_static" / "playgrounds"
SITE = "http://playgrounds.test"
KINDS = (
    *("cosine", "linear", "polynomial", "step", "multistep"),
    *("exponential", "inverse", "inverseSqrt", "sigmoid", "fixed"),
)


def extension(name: str) -> ModuleType:
    """A module of ``book/_ext``."""
    path = BOOK / "_ext" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


reference = extension("playground_pictures")


def serve(route: Route) -> None:
    """Answer with a module from its source, or with an empty page."""
    name = Path(route.request.url).name
    if name.endswith(".js"):
        route.fulfill(path=MODULES / name, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that can import the modules."""
    context = browser.new_context()
    context.route(f"{SITE}/**", serve)
    page = context.new_page()
    page.goto(f"{SITE}/")
    yield page
    context.close()


def ask(page: Page, module: str, expression: str, given: Any = None) -> Any:
    """The value of an expression of module ``m`` and what is ``given``."""
    return page.evaluate(
        f"async (given) => {{ const m = await import('/{module}.js');"
        "const plain = (v) => ArrayBuffer.isView(v) ? Array.from(v)"
        " : Array.isArray(v) ? v.map(plain) : v && typeof v === 'object'"
        " ? Object.fromEntries(Object.entries(v).map(([k, e]) => [k, plain(e)])) : v;"
        f"return plain({expression}); }}",
        given,
    )


# The optimizer race

SHARED = {"momentum": 0.9, "decay": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
OTHERS = {"momentum": 0.5, "decay": 0.99, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.01}

Made = tuple[type[torch.optim.Optimizer], dict[str, Any]]
IN_TORCH: dict[str, Callable[[dict[str, float]], Made]] = {
    "sgd": lambda h: (torch.optim.SGD, {}),
    "momentum": lambda h: (torch.optim.SGD, {"momentum": h["momentum"]}),
    "nesterov": lambda h: (
        torch.optim.SGD,
        {"momentum": h["momentum"], "nesterov": True},
    ),
    "adagrad": lambda h: (torch.optim.Adagrad, {"eps": h["epsilon"]}),
    "rmsprop": lambda h: (
        torch.optim.RMSprop,
        {"alpha": h["decay"], "eps": h["epsilon"]},
    ),
    "adam": lambda h: (
        torch.optim.Adam,
        {"betas": (h["beta1"], h["beta2"]), "eps": h["epsilon"]},
    ),
}


def walked(page: Page, kind: str, settings: dict[str, float], start: Any) -> Any:
    """What the race computes."""
    given = [kind, settings, start]
    return ask(page, "optimizers", "m.walk(...given)", given)


@pytest.mark.parametrize("shared", [SHARED, OTHERS], ids=["usual", "others"])
@pytest.mark.parametrize("kind", IN_TORCH)
def test_each_optimizer_walks_as_pytorch_does(
    page: Page, kind: str, shared: dict[str, float]
) -> None:
    """Does every rule give the path of PyTorch's optimizer, at several rates?"""
    rule, settings = IN_TORCH[kind](shared)
    for rate in (0.003, 0.1, 0.9):
        found = walked(
            page, kind, {**shared, "rate": rate}, {"x": 3, "y": -1.5} | {"steps": 80}
        )
        wanted = reference.walk(rule, {**settings, "lr": rate}, (3.0, -1.5), 80)
        kept = len(found["xs"])
        got = np.stack([found["xs"], found["ys"]], axis=1)
        np.testing.assert_allclose(got, wanted[:kept], rtol=1e-9, atol=1e-12)
        losses = reference.valley(torch.tensor(wanted)).numpy()
        np.testing.assert_allclose(
            found["losses"], losses[:kept], rtol=1e-8, atol=1e-20
        )
        over = np.flatnonzero(~(losses <= 1e6))
        assert found["diverged"] == (int(over[0]) if len(over) else None)
        assert kept == (found["diverged"] or 81)


@pytest.mark.parametrize("kind", IN_TORCH)
def test_a_walk_that_diverges_ends_before_infinity(page: Page, kind: str) -> None:
    """Are all recorded numbers finite, however large the rate?"""
    for rate in (2, 10, 1e4):
        found = walked(
            page, kind, {**SHARED, "rate": rate}, {"x": -9, "y": 3.5, "steps": 500}
        )
        assert np.isfinite([*found["xs"], *found["ys"], *found["losses"]]).all()
        assert max(found["losses"]) <= 1e6
        assert (found["diverged"] is None) == (len(found["xs"]) == 501)
    if kind == "sgd":
        assert found["diverged"] == 1


def test_the_minimum_is_a_place_to_stay(page: Page) -> None:
    """Does every optimizer stand still where the gradient is 0?"""
    for kind in IN_TORCH:
        found = walked(
            page, kind, {**SHARED, "rate": 0.5}, {"x": 0, "y": 0, "steps": 3}
        )
        assert found["losses"] == [0, 0, 0, 0], kind


@pytest.mark.parametrize(
    ("values", "steps", "changes"),
    [
        ([1, -1, 1, -1], 3, 3),
        ([1, -1, 1, -1], 1, 1),
        ([1, 0, 1], 2, 0),
        ([1, 0, 0, -1], 3, 1),
        ([0, 0, 0], 2, 0),
        ([2, 1, 0.5], 9, 0),
    ],
)
def test_sign_changes(
    page: Page, values: list[float], steps: int, changes: int
) -> None:
    """Is a sequence's zigzag counted, and a zero between no change by itself?"""
    given = [values, steps]
    assert ask(page, "optimizers", "m.signChanges(...given)", given) == changes


def test_plain_descent_zigzags_just_below_its_limit(page: Page) -> None:
    """At a rate of 0.95 and curvature 2, does y change its sign in every step?"""
    found = walked(
        page, "sgd", {**SHARED, "rate": 0.95}, {"x": -7, "y": 2, "steps": 60}
    )
    assert ask(page, "optimizers", "m.signChanges(given, 60)", found["ys"]) == 60


# The depth explorer

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "identity": lambda z: 1 * z,
}
STD: dict[str, Callable[[int], float]] = {
    "xavier": lambda n: math.sqrt(1 / n),
    "he": lambda n: math.sqrt(2 / n),
    "glorot": lambda n: math.sqrt(6 / (n + n)) / math.sqrt(3),
    "constant": lambda n: 0.3,
    "zeros": lambda n: 0.0,
}


@pytest.mark.parametrize("seed", [0, 1, 999999])
def test_the_generator_is_the_one_that_is_documented(page: Page, seed: int) -> None:
    """Are the random numbers mulberry32's, and Box and Muller's from them?"""
    numbers = ask(
        page,
        "networks",
        "(() => { const next = m.generator(given);"
        " return Array.from({ length: 1000 }, next); })()",
        seed,
    )
    assert numbers == list(reference.Stream(seed).uniform(1000))
    normal = ask(page, "networks", "m.normals(m.generator(given), 4001)", seed)
    wanted = reference.Stream(seed).normal(1, 4001)[0]
    np.testing.assert_allclose(normal, wanted, rtol=1e-12, atol=1e-15)
    # Fixed seeds, so this is a fact and no gamble: 4001 draws, six standard errors.
    assert abs(np.mean(normal)) < 6 / math.sqrt(4001)
    assert abs(np.std(normal) - 1) < 6 / math.sqrt(2 * 4001)


@pytest.mark.parametrize("scheme", STD)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_signals_and_gradients_are_those_of_automatic_differentiation(
    page: Page, activation: str, scheme: str
) -> None:
    """Do both passes agree with PyTorch's, for an odd width too?"""
    for layers, width in ((4, 11), (1, 10)):
        given = {
            **{"layers": layers, "width": width, "seed": 7, "std": 0.3},
            **{"activation": activation, "scheme": scheme},
        }
        found = ask(page, "networks", "m.pass(given)", given)
        wanted = reference.network(
            layers,
            width,
            ACTIVATIONS[activation],
            STD[scheme](width),
            seed=7,
            uniform=scheme == "glorot",
        )
        for name in ("h", "dz"):
            got = np.array(found[name]).reshape(layers, -1, width)
            want = np.stack(getattr(wanted, name))
            np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-12)


def test_the_deepest_network_overflows_nothing(page: Page) -> None:
    """Are numbers finite and right after fifty layers of the largest weights?"""
    given = {"layers": 50, "width": 40, "seed": 3, "std": 3.0, "scheme": "constant"}
    found = ask(
        page,
        "networks",
        "(() => { const { h, dz } = m.pass(given);"
        " return [h.map(m.spread), dz.map(m.spread)]; })()",
        {**given, "activation": "relu"},
    )
    wanted = reference.network(50, 40, torch.relu, 3.0, seed=3)
    for got, want in zip(found, (wanted.h, wanted.dz), strict=True):
        spreads = [each.std() for each in want]
        np.testing.assert_allclose(np.array(got, float), spreads, rtol=1e-6)


def test_he_keeps_what_xavier_loses_under_relu(page: Page) -> None:
    """Is the picture that the explorer exists for really there?"""
    spreads = {}
    for scheme in ("he", "xavier"):
        given = {"layers": 20, "width": 100, "seed": 1, "std": 1, "scheme": scheme}
        spreads[scheme] = ask(
            page,
            "networks",
            "m.pass(given).h.map(m.spread)",
            {**given, "activation": "relu"},
        )
    assert 0.3 < spreads["he"][-1] / spreads["he"][0] < 3
    # Xavier's shrinks the mean square by 2 a layer: 2^(-19/2) of the root.
    assert spreads["xavier"][-1] / spreads["xavier"][0] < 0.01


def test_histograms_and_shares_are_numpys(page: Page) -> None:
    """Are bins counted as NumPy does, with what lies outside in the end bins?"""
    values = [*np.random.default_rng(0).normal(size=501).tolist(), -9.0, 9.0]
    counts = ask(page, "networks", "m.histogram(given, -3, 3, 31)", values)
    wanted, _ = np.histogram(np.clip(values, -3, np.nextafter(3, 0)), 31, (-3, 3))
    assert counts == list(wanted)
    array = "Float64Array.from(given)"
    spread = ask(page, "networks", f"m.spread({array})", values)
    assert spread == pytest.approx(np.std(values))
    for activation, within in (
        ("tanh", lambda h: abs(h) >= 0.98),
        ("sigmoid", lambda h: (h <= 0.01) | (h >= 0.99)),
        ("relu", lambda h: h == 0),
    ):
        h = np.linspace(-1, 1, 201) if activation == "tanh" else np.linspace(0, 1, 201)
        share = ask(page, "networks", f"m.atEnds({array}, '{activation}')", list(h))
        assert share == pytest.approx(within(h).mean(), abs=1.5 / 201), activation


def test_a_pass_is_fast_enough_to_drag_a_slider(page: Page) -> None:
    """Are twenty layers of a hundred units done before one notices?"""
    given = {"layers": 20, "width": 100, "seed": 1, "std": 1, "scheme": "xavier"}
    milliseconds = ask(
        page,
        "networks",
        "(() => { const times = []; for (let i = 0; i < 5; i++) {"
        " const began = performance.now(); m.pass(given);"
        " times.push(performance.now() - began); } return Math.min(...times); })()",
        {**given, "activation": "tanh"},
    )
    # The aim is 100 ms; a busy machine may need more, a wrong algorithm ten times more.
    assert milliseconds < 300


# The schedule composer

VALUES: dict[str, dict[str, Any]] = {
    "polynomial": {"p": 0.9},
    "step": {"gamma": 0.3, "s": 7},
    "multistep": {"gamma": 0.9, "milestones": [5, 11, 12, 30]},
    "exponential": {"gamma": 0.93},
    "inverse": {"gamma": 0.2, "p": 0.75},
    "sigmoid": {"gamma": -0.3, "s": 20},
}
SHARES: dict[str, Callable[..., Any]] = {
    "fixed": lambda u, total: np.ones_like(u, dtype=float),
    "step": lambda u, total, gamma, s: gamma ** (u // s),
    "multistep": lambda u, total, gamma, milestones: (
        gamma ** np.searchsorted(milestones, u, side="right")
    ),
    "exponential": lambda u, total, gamma: gamma**u,
    "inverse": lambda u, total, gamma, p: (1 + gamma * u) ** -p,
    "inverseSqrt": lambda u, total: 1 / np.sqrt(u + 1),
    "polynomial": lambda u, total, p: (1 - u / total) ** p,
    "linear": lambda u, total: 1 - u / total,
    "cosine": lambda u, total: 0.5 * (1 + np.cos(np.pi * u / total)),
    "sigmoid": lambda u, total, gamma, s: 1 / (1 + np.exp(-gamma * (u - s))),
}
TRAININGS = [(0.1, 0, 50), (3e-4, 1, 50), (0.1, 2, 40), (2, 13, 57), (1e-6, 0, 1)]


def plan(kind: str, rate: float, warmup: int, total: int) -> dict[str, Any]:
    """What the composer hands over."""
    return {
        **{"kind": kind, "rate": rate, "warmup": warmup, "total": total},
        "values": VALUES.get(kind, {}),
    }


@pytest.mark.parametrize(("rate", "warmup", "total"), TRAININGS)
@pytest.mark.parametrize("kind", KINDS)
def test_rates_follow_the_formulas_of_the_course(
    page: Page, kind: str, rate: float, warmup: int, total: int
) -> None:
    """Is every rate that of the formula, with a clock of its own after the warm-up?"""
    found = ask(page, "schedules", "m.rates(given)", plan(kind, rate, warmup, total))
    t = np.arange(total)
    after = SHARES[kind](
        np.maximum(t - warmup, 0), total=total - warmup, **VALUES.get(kind, {})
    )
    wanted = rate * np.where(t < warmup, (t + 1) / max(warmup, 1), after)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14 * rate)


def rates_in_torch(code: str, total: int) -> list[float]:
    """Run the lines as they stand, train for ``total`` steps, and note the rates."""
    names: dict[str, Any] = {"model": torch.nn.Linear(1, 1)}
    exec(code, names)  # our own page's code: that it runs is the question
    found = []
    for _ in range(total):
        found.append(names["optimizer"].param_groups[0]["lr"])
        names["optimizer"].step()
        names["scheduler"].step()
    return found


@pytest.mark.parametrize(("rate", "warmup", "total"), TRAININGS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_of_pytorch_make_the_curve(
    page: Page, kind: str, rate: float, warmup: int, total: int
) -> None:
    """Does the code that the page shows give the rates that the page draws?"""
    given = plan(kind, rate, warmup, total)
    code = ask(page, "pytorch", "m.torchCode(given)", given)
    curve = ask(page, "schedules", "m.rates(given)", given)
    found = rates_in_torch(code, total)
    np.testing.assert_allclose(found, curve, rtol=1e-9, atol=1e-12 * rate)
    assert all(len(line) <= 88 for line in code.splitlines())


def test_a_steep_sigmoid_overflows_nowhere(page: Page) -> None:
    """Are page and code right thousands of steps away from the middle?"""
    given = plan("sigmoid", 0.1, 0, 3000) | {"values": {"gamma": 5, "s": 1500}}
    curve = ask(page, "schedules", "m.rates(given)", given)
    assert np.isfinite(curve).all()
    code = ask(page, "pytorch", "m.torchCode(given)", given)
    np.testing.assert_allclose(rates_in_torch(code, 3000), curve, atol=1e-15)


@pytest.mark.parametrize("warmup", [0, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_formulas_are_sound_mathml(page: Page, kind: str, warmup: int) -> None:
    """Is each formula well-formed, and does it name what the schedule depends on?"""
    given = {"kind": kind, "warmup": warmup}
    lines = ask(page, "formulas", "m.formula(given)", given)
    assert len(lines) == (2 if warmup else 1)
    texts = ["".join(ElementTree.fromstring(line).itertext()) for line, _ in lines]
    assert all(text.startswith("η(t)=") for text in texts)
    clock = "u" if warmup else "t"
    if kind != "fixed":
        assert clock in texts[-1].removeprefix("η(t)=")
    letters = {"gamma": "γ", "milestones": "k"}
    for name in VALUES.get(kind, {}):
        assert letters.get(name, name) in texts[-1], name


@pytest.mark.parametrize(
    ("text", "milestones"),
    [("", []), ("30, 60", [30, 60]), ("5 7;9", [5, 7, 9]), (" 1,", [1])],
)
def test_milestones_are_read(page: Page, text: str, milestones: list[int]) -> None:
    """Is a list understood as people type it?"""
    found = ask(page, "schedules", "m.readMilestones(given)", text)
    assert found == {"value": milestones}


@pytest.mark.parametrize("text", ["0", "60, 30", "5, 5", "1.5", "ten", "-3", "1e999"])
def test_bad_milestones_are_explained(page: Page, text: str) -> None:
    """Does what is no rising list of steps get an answer that says what is?"""
    error = ask(page, "schedules", "m.readMilestones(given)", text)["error"]
    assert "such as 30, 60, 80" in error


# What they share

STEPS = {"label": "Steps", "low": 1, "high": 500, "whole": True}
A_RATE = {"label": "Rate", "low": 0.001, "high": 10}


@pytest.mark.parametrize("text", ["", " ", "abc", "0", "-5", "501", "2.5", "1e999"])
def test_a_bad_number_is_explained(page: Page, text: str) -> None:
    """Does the message name the field and say what it takes?"""
    found = ask(page, "controls", "m.read(...given)", [text, STEPS])
    assert found == {"error": "Steps: please enter a whole number from 1 to 500."}


@pytest.mark.parametrize("text", ["", "-0.1", "0", "11", "NaN", "Infinity"])
def test_a_bad_rate_is_explained(page: Page, text: str) -> None:
    """Are rates below, at and beyond the limits refused?"""
    found = ask(page, "controls", "m.read(...given)", [text, A_RATE])
    assert found == {"error": "Rate: please enter a number from 0.001 to 10."}


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("500", 500), (" 60 ", 60)])
def test_a_good_number_is_read(page: Page, text: str, value: int) -> None:
    """Are the limits themselves accepted?"""
    found = ask(page, "controls", "m.read(...given)", [text, STEPS])
    assert found == {"value": value}


@pytest.mark.parametrize(
    ("low", "high", "count", "wanted"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-9, 5, 5, [-5, 0, 5]),
        (0, 99, 4, [0, 50]),
        (0, 0.3, 3, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_ticks_are_round_numbers(
    page: Page, low: float, high: float, count: int, wanted: list[float]
) -> None:
    """Do axes carry round numbers without rounding noise?"""
    assert ask(page, "plot", "m.ticks(...given)", [low, high, count]) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.95, "0.95"),
        (-7, "−7"),
        (1234.5, "1230"),
        (2.83e-5, "2.83e−5"),
        (1e-4, "1e−4"),
        (3.2e7, "3.2e7"),
        (math.nan, "not a number"),
    ],
)
def test_numbers_are_written_short(page: Page, value: float, text: str) -> None:
    """Is a number written in few characters, and NaN in words?"""
    assert ask(page, "plot", "m.short(given)", value) == text


def test_pictures_show_what_the_playgrounds_show_first(page: Page) -> None:
    """Do the pictures in their places hold the same curves, computed twice?"""
    start = ask(page, "optimizers", "m.START")
    assert (start["x"], start["y"]) == reference.START
    shared = ask(page, "optimizers", "m.SHARED")
    rivals = ask(page, "optimizers", "m.OPTIMIZERS")
    for kind, rival in rivals.items():
        if rival["name"] not in reference.RACERS:
            continue
        found = walked(page, kind, {**shared, "rate": rival["rate"]}, start)
        wanted = reference.walk(*reference.RACERS[rival["name"]])
        np.testing.assert_allclose(found["xs"], wanted[:, 0], atol=1e-9)
        np.testing.assert_allclose(found["ys"], wanted[:, 1], atol=1e-9)
    first = "m.rates({ ...m.FIRST, values: {} })"
    curve = ask(page, "schedules", first)
    np.testing.assert_allclose(curve, reference.composed(), rtol=1e-12)
    found = ask(page, "networks", "m.pass(m.FIRST)")
    wanted = reference.network()
    np.testing.assert_allclose(np.ravel(found["h"]), np.ravel(wanted.h), atol=1e-6)
    np.testing.assert_allclose(np.ravel(found["dz"]), np.ravel(wanted.dz), atol=1e-6)
