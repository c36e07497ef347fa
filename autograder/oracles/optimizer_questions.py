"""The questions that every optimizer is asked, whatever its rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.comparing import expect_close
from autograder.exam import Exam
from autograder.manners import expect_dtype
from autograder.mishaps import Mismatch, hinting
from autograder.oracles.optimizer_walks import (
    Settings,
    Walk,
    Walker,
    drawn,
    drawn_state,
    gradient,
    gradients,
)
from autograder.oracles.optimizers import Array, Past, Rule, State

# Shapes, and how many steps each is asked for: the sixth step is a large one.
SHAPES = [((3, 4), 6), ((7,), 4), ((2, 3, 4), 3), ((2, 3, 2, 3), 3), ((1,), 2)]
# Small values of epsilon, for gradients a few times larger.
VISIBLE = [(1e-10, 3e-9), (3e-8, 3e-6)]
FAR = (100.0, 1000.0)
LARGE = (1e-3, 0.1)  # values of an epsilon that is added to a square, or to a root


@dataclass(frozen=True)
class Optimizer:
    """A rule, the settings that it reads, and what is known of their defaults.

    ``state`` gives what the contract names of the state, ``begin`` what must be said
    at the beginning. ``defaults`` are those on which all agree, ``own_defaults`` those
    that the assignment chose. ``zero`` is a setting for which 0 is a value like any
    other; ``fixed`` are settings that are not drawn; ``forms`` are further rules that
    are as right everywhere, and ``readings`` those that are right where a setting is
    not what it is fixed to.
    """

    name: str
    rule: Rule
    settings: Sequence[str]
    title: str
    hint: str
    zero: str
    state: Callable[[Past], State] | None = None
    begin: State = field(default_factory=dict)
    defaults: Mapping[str, float] = field(default_factory=dict)
    own_defaults: Mapping[str, float] = field(default_factory=dict)
    fixed: Settings = field(default_factory=dict)
    forms: Sequence[Rule] = ()
    readings: Sequence[Rule] = ()
    epsilon_inside: bool = False

    def walk(
        self,
        rng: np.random.Generator,
        shape: tuple[int, ...],
        steps: int,
        turn: int | None = None,
    ) -> Walk:
        """A walk from the beginning, with settings drawn afresh.

        The weights are of the size of a step. Walks of successive ``turn`` take a
        setting's ranges one after the other.
        """
        settings = {**drawn(rng, self.settings, turn), **self.fixed}
        w = rng.standard_normal(shape)
        if self.epsilon_inside:
            settings["epsilon"] = float(np.exp(rng.uniform(*np.log(LARGE))))
            w *= np.sqrt(settings["epsilon"])
        rules = [self.rule, *self.forms]
        return Walk(rules, w, gradients(rng, shape, steps), settings, self.begin)


def take_all(exam: Exam, walks: Sequence[Walk], hint: str) -> None:
    """Take all walks before the first is judged: mistakes may differ in the last."""
    walkers = []
    with hinting(hint):
        for walk in walks:
            walker = Walker(exam, walk)
            walkers.append(walker)
            for _ in walk.gradients:
                walker.step()
        for walker in walkers:
            walker.judge()


# Core --------------------------------------------------------------------------------


def several_steps(optimizer: Optimizer, exam: Exam) -> None:
    """From the beginning, on arrays of any shape."""
    first = int(exam.rng.integers(6))
    walks = [
        optimizer.walk(exam.rng, shape, steps, turn)
        for turn, (shape, steps) in enumerate(SHAPES, first)
    ]
    take_all(exam, walks, optimizer.hint)


def given_state(optimizer: Optimizer, exam: Exam) -> None:
    """From a state that the function did not make, under the contract's names."""
    assert optimizer.state is not None
    rng, finished, first = exam.rng, [], int(exam.rng.integers(6))
    for turn, shape in enumerate([(4, 5), (6,), (2, 3, 4)], first):
        walk = optimizer.walk(rng, shape, 2, turn)
        names = optimizer.state(walk.past(0, walk.w, walk.start))
        start = {name: drawn_state(rng, name, shape) for name in names}
        if shape == (6,) and "t" in start:
            # So late, and of so long a memory, that there still is a bias.
            start["t"] = int(rng.integers(1000, 3000))
            for name in ("beta1", "beta2"):
                fade = float(rng.uniform(0.5, 1.5)) / start["t"]
                walk.settings[name] = float(np.exp(-fade))
        walker = Walker(exam, replace(walk, start=start))
        walker.step()
        after = walker.config
        walker.step()
        finished.append((walker, after))
    with hinting("Read the state from config, whoever put it there, and store the new"):
        for walker, after in finished:
            walker.judge()
            exam.asked = walker.answers[0][0]
            _expect_state(after, optimizer.state(walker.pasts[0]))


def _expect_state(config: State, state: State) -> None:
    for name, value in state.items():
        if name not in config:
            raise Mismatch(f"the config that came back holds no {name!r}")
        expect_close(config[name], value, f"config[{name!r}]", loose_shape=True)


def two_at_a_time(optimizer: Optimizer, exam: Exam) -> None:
    """Two arrays of one shape take turns."""
    walkers = [Walker(exam, optimizer.walk(exam.rng, (3, 4), 2)) for _ in range(2)]
    with hinting(
        "Two arrays took turns, each with its own config: keep the state there, "
        "and nowhere else"
    ):
        for _ in range(2):
            for walker in walkers:
                walker.step()
        for walker in walkers:
            walker.judge()


def changing_rate(optimizer: Optimizer, exam: Exam) -> None:
    """Somebody writes another learning rate into the config before each step."""
    walk = optimizer.walk(exam.rng, (3, 5), 3)
    rates = [factor * walk.settings["learning_rate"] for factor in (1.2, 0.3, 2.1)]
    rules = [*walk.rules, *optimizer.readings]
    hint = "A schedule writes the new rate into config: read it in every step"
    take_all(exam, [replace(walk, rules=rules, rates=rates)], hint)


def zeros(optimizer: Optimizer, exam: Exam) -> None:
    """Some weights never have a gradient, others have none now and then."""
    walk = optimizer.walk(exam.rng, (4, 5), 4)
    for step, dw in enumerate(walk.gradients):
        dw[0] = 0
        dw[1, (step + np.arange(5)) % 3 == 0] = 0
    hint = "Without a gradient only the state moves a weight; nothing is divided by 0"
    take_all(exam, [walk], hint)


def zero_setting(optimizer: Optimizer, exam: Exam) -> None:
    """A setting is 0, which is not the same as missing."""
    walk = optimizer.walk(exam.rng, (3, 4), 2)
    walk.settings[optimizer.zero] = 0.0
    hint = "0 is a value like any other: only a key that is missing is missing"
    take_all(exam, [walk], hint)


def far_away(optimizer: Optimizer, exam: Exam) -> None:
    """Weights far from 0, beyond any bound that somebody may have put on them."""
    walk, rng = optimizer.walk(exam.rng, (6,), 1), exam.rng
    w = rng.choice([-1.0, 1.0], 6) * rng.uniform(*FAR, 6)
    take_all(exam, [replace(walk, w=w)], "No bound is put on the weights")


def small_epsilon(optimizer: Optimizer, exam: Exam) -> None:
    """An epsilon under a root, far smaller than usual: the steps shrink with it."""
    walk = optimizer.walk(exam.rng, (3, 4), 2)
    smaller = float(np.exp(exam.rng.uniform(*np.log(VISIBLE[0]))))
    w = walk.w * np.sqrt(smaller / walk.settings["epsilon"])
    walk.settings["epsilon"] = smaller
    take_all(exam, [replace(walk, w=w)], "epsilon is what config says, however small")


def epsilon_outside(optimizer: Optimizer, exam: Exam) -> None:
    """Gradients so small that a small epsilon shows."""
    walks = []
    for shape, between in zip([(3, 4), (6,)], VISIBLE, strict=True):
        epsilon = float(np.exp(exam.rng.uniform(*np.log(between))))
        walks.append(tiny(optimizer, exam.rng, shape, epsilon))
    hint = (
        "The gradients are tiny here, so epsilon shows: read it from config, and add "
        "it to the root, not under it"
    )
    take_all(exam, walks, hint)


def tiny(
    optimizer: Optimizer,
    rng: np.random.Generator,
    shape: tuple[int, ...],
    epsilon: float,
) -> Walk:
    """A walk of two steps with gradients a few times as large as epsilon."""
    walk = optimizer.walk(rng, shape, 2)
    size = epsilon * float(rng.uniform(2, 10))
    small = [gradient(rng, shape, size) for _ in range(2)]
    settings = {**walk.settings, "epsilon": epsilon}
    start = walk.start
    if "beta2" in settings:
        for name in ("beta1", "beta2"):
            settings[name] = min(settings[name], 0.9)
        start = _settled(small[0])
    return replace(walk, gradients=small, settings=settings, start=start)


def _settled(like: Array) -> State:
    """A state of Adam so late that there is no bias left to correct.

    Before the correction and after it are then the same place for epsilon.
    """
    return {"m": 0.7 * like, "v": 1.3 * like**2, "t": 400}


# Manners -----------------------------------------------------------------------------


def untouched(optimizer: Optimizer, exam: Exam) -> None:
    """The weights and their gradient stay; a config may be written to, as in CS231n."""
    walk = optimizer.walk(exam.rng, (3, 4), 1)
    given = (walk.w, walk.gradients[0])
    _, after = exam.call_with_arguments(*given, walk.config)
    for name, before, left in zip(("w", "dw"), given, after, strict=False):
        if not np.array_equal(before, left):
            raise Mismatch(
                f"changed its argument {name} in place; return new weights instead"
            )


def dtype_kept(optimizer: Optimizer, exam: Exam) -> None:
    """Weights in single precision stay so."""
    walk = optimizer.walk(exam.rng, (3, 4), 1)
    single = [each.astype(np.float32) for each in (walk.w, walk.gradients[0])]
    next_w, _ = exam.call(*single, walk.config)
    expect_dtype(next_w, np.float32, "next_w")


def large_epsilon(optimizer: Optimizer, exam: Exam) -> None:
    """Where Adam's two readings of epsilon differ."""
    walks = []
    for epsilon in (0.1, 1.0):
        walk = optimizer.walk(exam.rng, (3, 4), 2)
        walk.settings["epsilon"] = epsilon
        walks.append(walk)
    hint = "Add epsilon to the root of the corrected v, not before the correction"
    take_all(exam, walks, hint)


def rate_scales_the_step_only(optimizer: Optimizer, exam: Exam) -> None:
    """AdaDelta remembers its step as it was before the learning rate."""
    walk = optimizer.walk(exam.rng, (3, 4), 3)
    walk.settings["learning_rate"] = float(exam.rng.uniform(0.2, 0.6))
    hint = "PyTorch remembers the step as it was before the learning rate"
    take_all(exam, [walk], hint)


def epsilon_under_the_roots(optimizer: Optimizer, exam: Exam) -> None:
    """AdaDelta's epsilon is added where Zeiler and PyTorch add it."""
    walks = [
        replace(optimizer.walk(exam.rng, shape, 3), rules=[optimizer.rule])
        for shape in [(3, 4), (6,)]
    ]
    hint = "Zeiler and PyTorch add epsilon to both means, under their roots"
    take_all(exam, walks, hint)
