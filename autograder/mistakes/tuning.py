"""Mistakes and right variants of the sanity check of the initial loss."""

from __future__ import annotations

import math

import numpy as np

from autograder.mistakes import mistake, variant

INITIAL, SANE = "expected_initial_loss", "loss_after_init_is_sane"
SEE = "tuning-initial-loss"


@variant(INITIAL)
def logarithm(num_classes: int) -> float:
    return math.log(num_classes)


@variant(INITIAL)
def surprise_of_a_guess(num_classes: int) -> np.ndarray:
    return np.asarray(-np.log(1.0 / num_classes))


@variant(INITIAL)
def cross_entropy_of_equal_logits(num_classes: int) -> np.float32:
    logits = np.zeros(num_classes, dtype=np.float32)
    return np.float32(np.log(np.exp(logits).sum()) - logits[0])


@mistake(
    INITIAL,
    title="the logarithm is to base 10",
    hint="The loss of a softmax is measured in natural logarithms.",
    see=SEE,
)
def base_ten(num_classes: int) -> float:
    return math.log10(num_classes)


@mistake(
    INITIAL,
    title="the logarithm is to base 2",
    hint="The loss of a softmax is measured in natural logarithms, not in bits.",
    see=SEE,
)
def base_two(num_classes: int) -> float:
    return math.log2(num_classes)


@mistake(
    INITIAL,
    title="the sign is wrong: this is the logarithm of the probability",
    hint="Is the loss of a network that knows nothing above 0 or below?",
    see=SEE,
)
def negative_loss(num_classes: int) -> float:
    return -math.log(num_classes)


@mistake(
    INITIAL,
    title="the probability is returned, not its loss",
    hint="Each class gets that probability. Which loss belongs to it?",
    see=SEE,
)
def probability_returned(num_classes: int) -> float:
    return 1 / num_classes


@mistake(
    INITIAL,
    title="the share of wrong guesses is returned",
    hint="That is the error rate of guessing; the cross-entropy is asked for.",
    see=SEE,
)
def error_rate_returned(num_classes: int) -> float:
    return 1 - 1 / num_classes


@mistake(
    INITIAL,
    title="the number of classes is fixed at 10",
    hint="2.303 is right for ten classes. What is it for a thousand?",
    see=SEE,
)
def ten_classes(_num_classes: int) -> float:
    return math.log(10)


@mistake(
    INITIAL,
    title="one class too few is counted",
    hint="How probable is the right class, if all classes are equally probable?",
    see=SEE,
)
def right_class_not_counted(num_classes: int) -> float:
    return math.log(num_classes - 1)


@mistake(
    INITIAL,
    title="one class too many is counted: log1p",
    hint="log1p(C) is ln(1 + C).",
    see=SEE,
)
def one_class_more(num_classes: int) -> float:
    return math.log1p(num_classes)


@mistake(
    INITIAL,
    title="the loss is multiplied by the probability: one term of the entropy",
    hint="The loss of a sample is that of its right class alone.",
    see=SEE,
)
def weighted_by_probability(num_classes: int) -> float:
    return math.log(num_classes) / num_classes


# loss_after_init_is_sane -------------------------------------------------------------


@variant(SANE)
def within_a_tenth(loss: float, num_classes: int) -> bool:
    return bool(abs(loss / np.log(num_classes) - 1) < 0.1)


@variant(SANE)
def numpy_is_close(loss: float, num_classes: int) -> np.bool_:
    return np.isclose(loss, np.log(num_classes), rtol=0.1, atol=0)


@variant(SANE)
def between_two_bounds(loss: float, num_classes: int) -> np.ndarray:
    expected = -math.log(1 / num_classes)
    return np.array(0.9 * expected <= loss <= 1.1 * expected)


@variant(SANE)
def within_an_absolute_tolerance(loss: float, num_classes: int) -> int:
    return int(math.isfinite(loss) and abs(loss - math.log(num_classes)) < 0.3)


@mistake(
    SANE,
    title="the loss is compared with ln 10, whatever the number of classes",
    hint="2.303 is right for ten classes only.",
    see=SEE,
)
def compared_with_ten_classes(loss: float, _num_classes: int) -> bool:
    return abs(loss - math.log(10)) < 0.1 * math.log(10)


@mistake(
    SANE,
    title="only a loss that is too large is refused",
    hint="What would it mean if an untrained network had a loss of 0?",
    see=SEE,
)
def upper_bound_only(loss: float, num_classes: int) -> bool:
    return loss < 1.1 * math.log(num_classes)


@mistake(
    SANE,
    title="only a loss that is too small is refused",
    hint="What does a loss of 50 say about the initial weights?",
    see=SEE,
)
def lower_bound_only(loss: float, num_classes: int) -> bool:
    return loss > 0.9 * math.log(num_classes)


@mistake(
    SANE,
    title="the loss must equal ln C to the last digits",
    hint="The weights and the batch are random: how close can the loss come to ln C?",
    see=SEE,
)
def exact_equality(loss: float, num_classes: int) -> bool:
    return math.isclose(loss, math.log(num_classes))


@mistake(
    SANE,
    title="NaN passes: it is neither too far above nor too far below",
    hint="Every comparison with NaN is false. Which way round must yours be?",
    see=SEE,
)
def nan_passes(loss: float, num_classes: int) -> bool:
    expected = math.log(num_classes)
    return not (loss < 0.9 * expected or loss > 1.1 * expected)


@mistake(
    SANE,
    title="the sign of the loss is lost",
    hint="A cross-entropy is never negative. What should -ln C tell you?",
    see=SEE,
)
def sign_lost(loss: float, num_classes: int) -> bool:
    expected = math.log(num_classes)
    return abs(abs(loss) - expected) < 0.1 * expected


@mistake(
    SANE,
    title="the answer is the wrong way round",
    hint="True means that the loss is as it should be.",
    see=SEE,
)
def answer_reversed(loss: float, num_classes: int) -> bool:
    return not within_a_tenth(loss, num_classes)


@mistake(
    SANE,
    title="the loss is compared with the logarithm to base 10",
    hint="The loss of a softmax is measured in natural logarithms.",
    see=SEE,
)
def compared_with_base_ten(loss: float, num_classes: int) -> bool:
    expected = math.log10(num_classes)
    return abs(loss - expected) < 0.1 * expected


@mistake(
    SANE,
    title="every finite loss is sane",
    hint="It must be finite, and what else?",
    see=SEE,
)
def anything_finite(loss: float, _num_classes: int) -> bool:
    return math.isfinite(loss)


@mistake(
    SANE,
    title="the loss is compared with the probability 1 / C",
    hint="1 / C is what each class gets. Which loss belongs to that?",
    see=SEE,
)
def compared_with_probability(loss: float, num_classes: int) -> bool:
    return abs(loss - 1 / num_classes) < 0.1
