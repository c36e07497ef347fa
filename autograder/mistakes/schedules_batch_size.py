"""Mistakes and right variants of ``scale_lr``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.mistakes import mistake, variant


@variant("scale_lr")
def in_proportion(base_lr: float, base_batch: int, batch: int) -> Any:
    return base_lr * batch / base_batch


@variant("scale_lr")
def rate_of_one_sample(base_lr: float, base_batch: int, batch: int) -> Any:
    return np.float64(base_lr / base_batch) * batch


@variant("scale_lr")
def scaled_in_single_precision(base_lr: float, base_batch: int, batch: int) -> Any:
    return np.float32(base_lr) * np.float32(batch) / np.float32(base_batch)


@mistake(
    "scale_lr",
    title="the rate grows with the root of the batch size",
    hint="Twice the batch, twice the rate: that is the linear rule.",
    see="schedules-batch-size",
)
def root_of_the_ratio(base_lr: float, base_batch: int, batch: int) -> Any:
    return base_lr * np.sqrt(batch / base_batch)


@mistake(
    "scale_lr",
    title="the ratio is upside down: larger batches get smaller rates",
    hint="Should a larger batch take larger or smaller steps?",
    see="schedules-batch-size",
)
def ratio_upside_down(base_lr: float, base_batch: int, batch: int) -> Any:
    return base_lr * base_batch / batch


@mistake(
    "scale_lr",
    title="batch // base_batch is taken where batch / base_batch is due",
    hint="What is 320 // 256, and what 32 // 256?",
    see="schedules-batch-size",
)
def whole_ratio(base_lr: float, base_batch: int, batch: int) -> Any:
    return base_lr * (batch // base_batch)


@mistake(
    "scale_lr",
    title="base_batch is not used",
    hint="base_lr belongs to batches of base_batch: what if batch is the same?",
    see="schedules-batch-size",
)
def base_batch_ignored(base_lr: float, base_batch: int, batch: int) -> Any:  # noqa: ARG001
    return base_lr * batch


@mistake(
    "scale_lr",
    title="the rate is never made smaller",
    hint="The rule works both ways.",
    see="schedules-batch-size",
)
def never_smaller(base_lr: float, base_batch: int, batch: int) -> Any:
    return base_lr * max(batch / base_batch, 1.0)


@mistake(
    "scale_lr",
    title="the rate is returned as it came",
    hint="What does the batch size change?",
    see="schedules-batch-size",
)
def not_scaled(base_lr: float, base_batch: int, batch: int) -> Any:  # noqa: ARG001
    return base_lr


@mistake(
    "scale_lr",
    title="the ratio of the batch sizes is returned without base_lr",
    hint="For batch = base_batch the rate is base_lr: what does yours return?",
    see="schedules-batch-size",
)
def ratio_alone(base_lr: float, base_batch: int, batch: int) -> Any:  # noqa: ARG001
    return batch / base_batch
