"""What is asked of the optimizers.

Every step is judged against the rules of :mod:`autograder.oracles.optimizers`, over
several steps with the config that came back, from the beginning and from a state that
is given. Weights are of the size of their steps, so that an error of the step is one
of the weights. Where the contract leaves a choice, each reading is right: where Adam's
count begins if nobody says it, whether epsilon joins before or after the bias
correction (they agree wherever the core parts look), and whether AdaDelta's epsilon is
added under both roots, as Zeiler does, or to both. Norms are asked about in
:mod:`autograder.checks.optimizers_norms`.
"""

from __future__ import annotations

from functools import partial

from autograder.exam import Check
from autograder.oracles import optimizer_questions as ask
from autograder.oracles import optimizers as rules
from autograder.oracles.optimizer_defaults import (
    begins_anew,
    config_comes_back,
    defaults,
    without_config,
)
from autograder.oracles.optimizer_questions import Optimizer


def check_of(optimizer: Optimizer) -> Check:
    """The check of an optimizer: each part asks one question."""
    check = Check.of(f"{optimizer.name}(w, dw, config) -> next_w, config", "optimizers")
    rule = optimizer.title
    check.part(rule, weight=4)(partial(ask.several_steps, optimizer))
    if optimizer.state is not None:
        check.part("from a state that is given", weight=2)(
            partial(ask.given_state, optimizer)
        )
        check.part("each array of weights has its own state", needs=rule)(
            partial(ask.two_at_a_time, optimizer)
        )
    check.part("the learning rate may change between steps", needs=rule)(
        partial(ask.changing_rate, optimizer)
    )
    check.part("gradients of exactly 0", needs=rule)(partial(ask.zeros, optimizer))
    check.part(f"{optimizer.zero} may be 0", needs=rule)(
        partial(ask.zero_setting, optimizer)
    )
    check.part("weights far from 0", needs=rule)(partial(ask.far_away, optimizer))
    if optimizer.epsilon_inside:
        check.part("a small epsilon", needs=rule)(partial(ask.small_epsilon, optimizer))
    elif "epsilon" in optimizer.settings:
        check.part("epsilon is added to the root")(
            partial(ask.epsilon_outside, optimizer)
        )
    if optimizer.defaults:
        check.part("settings left out take their defaults", needs=rule)(
            partial(defaults, optimizer, optimizer.defaults)
        )
    if optimizer.own_defaults:
        check.part("each call without a config begins anew", needs=rule)(begins_anew)
        check.manner("settings left out take the assignment's defaults")(
            partial(defaults, optimizer, optimizer.own_defaults)
        )
        check.manner("it works without a config")(partial(without_config, optimizer))
    check.manner("a config comes back where none was given")(config_comes_back)
    check.manner("w and dw are left as they were")(partial(ask.untouched, optimizer))
    check.manner("the dtype of w is kept")(partial(ask.dtype_kept, optimizer))
    return check


# The optimizers ----------------------------------------------------------------------

MOMENTUM = ["learning_rate", "momentum"]
ADAM = ["learning_rate", "beta1", "beta2", "epsilon"]
ADAM_DEFAULTS = {
    "learning_rate": 1e-3,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
}

sgd = check_of(
    Optimizer(
        "sgd",
        rules.sgd,
        ["learning_rate"],
        "the step is -lr dw",
        "Against the gradient, learning_rate times its length",
        defaults={"learning_rate": 1e-2},
        zero="learning_rate",
    )
)
sgd_momentum = check_of(
    Optimizer(
        "sgd_momentum",
        rules.sgd_momentum,
        MOMENTUM,
        "the velocity v <- momentum v - lr dw, and the step v",
        "The new velocity is stored in config, and it is the step",
        state=rules.velocity_state,
        defaults={"learning_rate": 1e-2, "momentum": 0.9},
        zero="momentum",
    )
)
nesterov_momentum = check_of(
    Optimizer(
        "nesterov_momentum",
        rules.nesterov_momentum,
        MOMENTUM,
        "the step from one look-ahead point to the next",
        "w is the point ahead: take back the old look, step, and look ahead again",
        state=rules.velocity_state,
        defaults={"learning_rate": 1e-2, "momentum": 0.9},
        zero="momentum",
    )
)
adagrad = check_of(
    Optimizer(
        "adagrad",
        rules.adagrad,
        ["learning_rate", "epsilon"],
        "steps divided by the root of all squared gradients",
        "First the squared gradient is added to the cache, then the step is divided "
        "by its root",
        state=rules.adagrad_state,
        own_defaults={"learning_rate": 1e-2, "epsilon": 1e-8},
        zero="learning_rate",
    )
)
rmsprop = check_of(
    Optimizer(
        "rmsprop",
        rules.rmsprop,
        ["learning_rate", "decay_rate", "epsilon"],
        "steps divided by the root of a fading mean of squares",
        "decay_rate is the share of the old cache in the new one, which divides the "
        "step",
        state=rules.rmsprop_state,
        defaults={"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
        zero="decay_rate",
    )
)
ADAM_RULE = Optimizer(
    "adam",
    rules.adam,
    ADAM,
    "both means, freed of their bias",
    "Count t first, then divide m by 1 - beta1**t and v by 1 - beta2**t",
    state=rules.adam_state,
    begin={"t": 0},
    defaults=ADAM_DEFAULTS,
    zero="beta1",
)
ADAMW_RULE = Optimizer(
    "adamw",
    rules.adamw,
    [*ADAM, "weight_decay"],
    "Adam's step, and a decay apart from it",
    "The decay never enters m and v: it takes learning_rate * weight_decay * w",
    state=rules.adam_state,
    begin={"t": 0},
    defaults={"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999},
    own_defaults={"epsilon": 1e-8, "weight_decay": 1e-2},
    zero="weight_decay",
)


ADADELTA_RULE = Optimizer(
    "adadelta",
    rules.adadelta,
    ["learning_rate", "decay_rate", "epsilon"],
    "steps as long as past steps, over past gradients",
    "Two caches: of squared gradients, with the new one, and of squared steps, "
    "still without the new one",
    own_defaults={"learning_rate": 1.0, "decay_rate": 0.95, "epsilon": 1e-6},
    zero="decay_rate",
    fixed={"learning_rate": 1.0},
    forms=[partial(rules.adadelta, epsilon_outside=True)],
    readings=[
        partial(rules.adadelta, scaled_steps_remembered=True, epsilon_outside=outside)
        for outside in (False, True)
    ],
    epsilon_inside=True,
)
adam, adamw, adadelta = map(check_of, (ADAM_RULE, ADAMW_RULE, ADADELTA_RULE))

adam.manner("a large epsilon is added after the correction")(
    partial(ask.large_epsilon, ADAM_RULE)
)
adamw.manner("a large epsilon is added after the correction")(
    partial(ask.large_epsilon, ADAMW_RULE)
)
adadelta.manner("epsilon is added under both roots")(
    partial(ask.epsilon_under_the_roots, ADADELTA_RULE)
)
adadelta.manner("past steps are remembered without the learning rate")(
    partial(ask.rate_scales_the_step_only, ADADELTA_RULE)
)
