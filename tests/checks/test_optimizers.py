"""Do the checks of the optimizers tell right from wrong, and say it well?"""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder import examine
from autograder.checks import all_checks
from autograder.mistakes import mistakes_of, variants_of
from autograder.oracles import optimizers as rules
from autograder.oracles.optimizers import Past
from autograder.verdict import Outcome

TOPIC = [name for name, check in all_checks().items() if check.topic == "optimizers"]
NORMS = ["clip_grad_norm", "update_ratio"]
STEPPING = [name for name in TOPIC if name not in NORMS]
SOLUTION = Path(__file__).parents[2] / "solutions" / "optimizers.py"


@pytest.fixture(scope="module")
def right() -> dict:
    """The functions of the assignment's solution, without its checks."""
    cells = SOLUTION.read_text().split("# %%")
    namespace: dict = {"np": np}
    for cell in cells:
        if "### BEGIN SOLUTION" in cell:
            exec(cell, namespace)
    return {name: namespace[name] for name in TOPIC}


def part(verdict, start: str):
    """The part whose name starts so."""
    return next(part for part in verdict.parts if part.name.startswith(start))


# Right functions ----------------------------------------------------------------------


def test_the_assignment_runs_and_passes(monkeypatch, capsys) -> None:
    """Does the solution run from top to bottom as a plain script, all checks right?"""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    runpy.run_path(str(SOLUTION), run_name="__main__")
    plt.close("all")
    assert capsys.readouterr().out.count(": right\n") == len(TOPIC)


@pytest.mark.parametrize("name", TOPIC)
def test_the_solution_earns_everything(name: str, right: dict) -> None:
    """Is the solution worth every point, manners included, whatever the seed?"""
    for seed in range(5):
        assert examine(name, right, seed=seed).score == 1.0


@pytest.mark.parametrize("name", TOPIC)
def test_right_variants_are_never_refused(name: str) -> None:
    """Do right variants, single precision among them, pass over many seeds?"""
    for variant in variants_of(name):
        for seed in range(15):
            verdict = examine(name, {name: variant.function}, seed=10_000 + seed)
            assert verdict.passed, str(verdict)


# PyTorch ------------------------------------------------------------------------------

SETTINGS = {
    "learning_rate": 0.3,
    "momentum": 0.8,
    "decay_rate": 0.7,
    "beta1": 0.6,
    "beta2": 0.9,
    "epsilon": 0.01,
    "weight_decay": 0.2,
}


def torch_optimizer(name: str, w: torch.Tensor) -> torch.optim.Optimizer:
    """PyTorch's optimizer of the same rule and settings."""
    rate, eps, rho = (SETTINGS[k] for k in ("learning_rate", "epsilon", "decay_rate"))
    betas = SETTINGS["beta1"], SETTINGS["beta2"]
    momentum, decay = SETTINGS["momentum"], SETTINGS["weight_decay"]
    optim = torch.optim
    makers = {
        "sgd": lambda: optim.SGD([w], lr=rate),
        "sgd_momentum": lambda: optim.SGD([w], lr=rate, momentum=momentum),
        "nesterov_momentum": lambda: optim.SGD(
            [w], lr=rate, momentum=momentum, nesterov=True
        ),
        "adagrad": lambda: optim.Adagrad([w], lr=rate, eps=eps),
        "rmsprop": lambda: optim.RMSprop([w], lr=rate, alpha=rho, eps=eps),
        "adadelta": lambda: optim.Adadelta([w], lr=rate, rho=rho, eps=eps),
        "adam": lambda: optim.Adam([w], lr=rate, betas=betas, eps=eps),
        "adamw": lambda: optim.AdamW(
            [w], lr=rate, betas=betas, eps=eps, weight_decay=decay
        ),
    }
    return makers[name]()


@pytest.mark.parametrize("name", STEPPING)
def test_rule_and_solution_walk_with_pytorch(name: str, right: dict) -> None:
    """Do the oracle and the solution take PyTorch's steps, also at a large epsilon?"""
    rng = np.random.default_rng(0)
    gradients = [rng.standard_normal((3, 4)) for _ in range(8)]
    start = rng.standard_normal((3, 4))
    theirs = torch.tensor(start.copy())
    optimizer = torch_optimizer(name, theirs)
    by_rule, by_solution, config = start, start, dict(SETTINGS)
    for step, dw in enumerate(gradients):
        theirs.grad = torch.tensor(dw)
        optimizer.step()
        rates = [SETTINGS["learning_rate"]] * (step + 1)
        past = Past(by_rule, gradients[: step + 1], rates, SETTINGS, {})
        by_rule = getattr(rules, name)(past)
        by_solution, config = right[name](by_solution, dw, config)
        np.testing.assert_allclose(by_rule, theirs.numpy(), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(by_solution, theirs.numpy(), rtol=1e-12, atol=1e-12)


def test_pytorch_clips_alike(right: dict) -> None:
    """Does the solution shorten gradients as torch.nn.utils does, to its 1e-6?"""
    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal(shape) for shape in [(3, 4), (4,), (2, 2, 2)]]
    for max_norm in (0.5, 100.0):
        leaves = [torch.zeros(a.shape, dtype=torch.float64) for a in arrays]
        for leaf, array in zip(leaves, arrays, strict=True):
            leaf.grad = torch.tensor(array)
        norm = torch.nn.utils.clip_grad_norm_(leaves, max_norm)
        clipped, own = right["clip_grad_norm"](arrays, max_norm)
        assert own == pytest.approx(norm.item())
        for leaf, array in zip(leaves, clipped, strict=True):
            np.testing.assert_allclose(array, leaf.grad.numpy(), rtol=1e-6)


# Choices that the contract leaves ----------------------------------------------------


def test_adam_without_a_count_may_begin_at_one(right: dict) -> None:
    """Is a count that begins at 1 right where nobody gave t, and only there?"""

    def old_starter(w, dw, config=None):
        return right["adam"](w, dw, {"t": 1, **(config or {})})

    def always(w, dw, config=None):
        config = dict(config or {})
        config["t"] = max(config.get("t", 1), 1)
        return right["adam"](w, dw, config)

    for seed in range(5):
        assert examine("adam", {"adam": old_starter}, seed=seed).score == 1
        assert not examine("adam", {"adam": always}, seed=seed).passed


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_epsilon_hat_costs_manners_only(name: str) -> None:
    """Does Adam with its rate corrected pass, with a word about a large epsilon?"""
    variant = next(v for v in variants_of(name) if "hat" in v.name)
    for seed in range(10):
        verdict = examine(name, {name: variant.function}, seed=seed)
        assert verdict.passed, str(verdict)
        assert part(verdict, "a large epsilon").outcome == "failed"


def test_a_config_of_none_costs_sgd_manners_only() -> None:
    """Does plain descent pass that hands None back where None was given?"""

    def stateless(w, dw, config=None):
        return w - (config or {}).get("learning_rate", 0.01) * dw, config

    verdict = examine("sgd", {"sgd": stateless}, seed=0)
    assert verdict.passed
    assert 0.9 <= verdict.score < 1
    failed = part(verdict, "a config comes back")
    assert failed.message.startswith("sgd(w (3, 4), dw (3, 4)): the second val")
    assert "of type NoneType" in failed.message


def adadelta_with(above, below, scaled: bool = False):
    """AdaDelta that adds epsilon to the means above and below by these functions."""

    def adadelta(w, dw, config=None):
        defaults = {"learning_rate": 1.0, "decay_rate": 0.95, "epsilon": 1e-6}
        config = {**defaults, "a": 0 * w, "b": 0 * w, **(config or {})}
        rho, eps, rate = (config[k] for k in ("decay_rate", "epsilon", "learning_rate"))
        config["a"] = rho * config["a"] + (1 - rho) * dw**2
        delta = above(config["b"], eps) / below(config["a"], eps) * dw
        remembered = rate * delta if scaled else delta
        config["b"] = rho * config["b"] + (1 - rho) * remembered**2
        return w - rate * delta, config

    return adadelta


def under(mean, eps):
    """Epsilon under the root."""
    return np.sqrt(mean + eps)


def to(mean, eps):
    """Epsilon added to the root."""
    return np.sqrt(mean) + eps


@pytest.mark.parametrize("scaled", [False, True])
def test_adadeltas_epsilon_may_stand_outside_both_roots(scaled: bool) -> None:
    """Is either reading of the contract's epsilon right, Zeiler's the better one?"""
    for seed in range(6):
        verdict = examine(
            "adadelta", {"adadelta": adadelta_with(to, to, scaled)}, seed=seed
        )
        assert verdict.passed, str(verdict)
        assert part(verdict, "epsilon is added under both").outcome == "failed"
        assert verdict.score >= 0.9
    own = adadelta_with(under, under)
    assert examine("adadelta", {"adadelta": own}, seed=0).score == 1


@pytest.mark.parametrize(("above", "below"), [(under, to), (to, under)])
def test_a_mix_of_both_epsilons_is_refused(above, below) -> None:
    """Is epsilon refused that is under one root and outside the other?"""
    for seed in range(6):
        function = adadelta_with(above, below)
        verdict = examine("adadelta", {"adadelta": function}, seed=seed)
        assert not verdict.passed


def test_the_score_of_a_wrong_rule_does_not_depend_on_luck() -> None:
    """Does AMSGrad, which is Adam where v happens to grow, earn the same always?"""
    mistake = next(m for m in mistakes_of("adam") if m.name == "largest_v_corrected")
    verdicts = [
        examine("adam", {"adam": mistake.function}, seed=seed) for seed in range(12)
    ]
    assert not any(verdict.passed for verdict in verdicts)
    assert len({verdict.score for verdict in verdicts}) == 1
    assert {verdict.misconception for verdict in verdicts} == {mistake.name}


def test_other_names_for_adadeltas_state_are_right() -> None:
    """May AdaDelta keep its two means under any names, in any dictionary?"""
    variant = next(v for v in variants_of("adadelta") if "own" in v.name)
    verdict = examine("adadelta", {"adadelta": variant.function}, seed=0)
    assert verdict.passed


# Manners ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STEPPING)
def test_steps_in_place_cost_manners_only(name: str, right: dict) -> None:
    """Is `w -= ...` told, and passed?"""

    def in_place(w, dw, config=None):
        next_w, config = right[name](w, dw, config)
        w[...] = next_w
        return w, config

    verdict = examine(name, {name: in_place}, seed=0)
    assert verdict.passed
    assert 0.9 <= verdict.score < 1
    assert "its argument w in place" in part(verdict, "w and dw are left").message


@pytest.mark.parametrize(
    ("name", "key", "other"),
    [
        ("adagrad", "learning_rate", 1e-3),
        ("adagrad", "epsilon", 1e-7),
        ("adadelta", "learning_rate", 1e-2),
        ("adadelta", "decay_rate", 0.9),
        ("adadelta", "epsilon", 1e-8),
        ("adamw", "epsilon", 1e-7),
        ("adamw", "weight_decay", 0.0),
        ("adamw", "weight_decay", 1e-4),
    ],
)
def test_a_default_of_ones_own_costs_manners_only(
    name: str, key: str, other: float, right: dict
) -> None:
    """Is another default told, and passed, where libraries have several?"""

    def with_another(w, dw, config=None):
        return right[name](w, dw, {key: other, **(config or {})})

    for seed in range(5):
        verdict = examine(name, {name: with_another}, seed=seed)
        assert verdict.passed
        assert 0.9 <= verdict.score < 1
        failed = [p.name for p in verdict.parts if p.outcome is Outcome.FAILED]
        assert failed == ["settings left out take the assignment's defaults"]


@pytest.mark.parametrize("name", STEPPING)
def test_double_precision_for_single_is_manners(name: str, right: dict) -> None:
    """Are weights in float64 for weights in float32 told, and passed?"""

    def double(w, dw, config=None):
        next_w, config = right[name](w, dw, config)
        return next_w.astype(np.float64), config

    verdict = examine(name, {name: double}, seed=0)
    assert verdict.passed
    assert "float64" in part(verdict, "the dtype of w").message


def test_a_config_may_be_written_to(right: dict) -> None:
    """Is a config that is filled in place no matter at all, as in CS231n?"""

    def writing(w, dw, config=None):
        config = {} if config is None else config
        next_w, after = right["adam"](w, dw, config)
        config.update(after)
        return next_w, config

    assert examine("adam", {"adam": writing}, seed=0).score == 1


# Messages and repeatability -----------------------------------------------------------


def test_a_message_names_the_call_the_step_and_a_hint(right: dict) -> None:
    """Does a learner read which call, which step, what came back and what to try?"""

    def forgets(w, dw, config=None):
        next_w, _ = right["sgd_momentum"](w, dw, config)
        return next_w, config or {}

    verdict = examine("sgd_momentum", {"sgd_momentum": forgets}, seed=0)
    message = part(verdict, "the velocity").message
    assert message.startswith("sgd_momentum(w (3, 4), dw (3, 4), config={'learning_ra")
    assert "in step 2 (config handed back): next_w[" in message
    assert "expected" in message
    assert message.endswith("stored in config, and it is the step")
    state = part(verdict, "from a state that is given").message
    assert "'velocity': (4, 5)" in state


def test_a_missing_state_is_named(right: dict) -> None:
    """Is a state under a name of one's own told, where the contract has a name?"""

    def renamed(w, dw, config=None):
        config = dict(config or {})
        if "speed" in config:
            config["velocity"] = config.pop("speed")
        next_w, config = right["sgd_momentum"](w, dw, config)
        config["speed"] = config.pop("velocity")
        return next_w, config

    verdict = examine("sgd_momentum", {"sgd_momentum": renamed}, seed=0)
    failed = [p.name for p in verdict.parts if p.outcome is Outcome.FAILED]
    assert failed == ["from a state that is given"]
    assert "holds no 'velocity'" in part(verdict, "from a state").message


@pytest.mark.parametrize("name", TOPIC)
def test_a_seed_repeats_and_another_differs(name: str, right: dict) -> None:
    """Does the same seed ask the same questions, and another seed others?"""

    def asked(seed: int) -> list:
        seen = []

        def spy(*arguments):
            seen.append(repr(arguments))
            return right[name](*arguments)

        assert examine(name, {**right, name: spy}, seed=seed).seed == seed
        return seen

    assert asked(3) == asked(3)
    assert asked(3) != asked(4)
