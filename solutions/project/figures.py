"""The figures of the report: from the ledger's records to PNG, for light and dark.

Colors are Okabe and Ito's, which differ for all kinds of color vision, and cividis for
amounts. Nothing is told by color alone: lines differ in dash, points in shape.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

Record = dict

WIDTH = 4.8  # inches: text stays readable when the page is as narrow as a telephone
LIGHT = {
    "page": "#ffffff",
    "ink": "#22262c",
    "faint": "#c9cdd3",
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#00805F",
}
DARK = {
    "page": "#16191d",
    "ink": "#e4e6ea",
    "faint": "#4a5058",
    "blue": "#56B4E9",
    "orange": "#F0914A",
    "green": "#2CC09A",
}


def png(draw: Callable[..., None], height: float, colors: dict, *data: object) -> bytes:
    """Let `draw(figure, colors, *data)` fill a figure of that height; return a PNG."""
    figure = Figure(figsize=(WIDTH, height), dpi=200, layout="constrained")
    FigureCanvasAgg(figure)
    figure.set_facecolor(colors["page"])
    draw(figure, colors, *data)
    for axes in figure.axes:
        _dress(axes, colors)
    for text in (figure._supxlabel, figure._supylabel):
        if text is not None:
            text.set_color(colors["ink"])
    stream = io.BytesIO()
    figure.savefig(stream, facecolor=colors["page"], metadata={"Software": None})
    return stream.getvalue()


def number(value: float | None) -> float:
    """A number of the ledger, where null stands for what is not finite."""
    return math.nan if value is None else value


def series(trial: Record, key: str) -> np.ndarray:
    """One figure of a trial for each of its epochs."""
    return np.array([number(epoch[key]) for epoch in trial["epochs"]], dtype=float)


# Step by step


def initial_loss(figure: Figure, colors: dict, decision: Record) -> None:
    """The losses of untrained networks against ln C and the 10 % around it."""
    axes = figure.add_subplot()
    expected = decision["expected"]
    losses = [number(loss) for loss in decision["losses"]]
    axes.axvspan(0.9 * expected, 1.1 * expected, color=colors["faint"], alpha=0.5, lw=0)
    axes.axvline(expected, color=colors["ink"], ls="--")
    axes.plot(losses, range(len(losses)), "o", color=colors["blue"], ms=7)
    axes.set_yticks(range(len(losses)))
    axes.set_ylim(-0.6, len(losses) - 0.4)
    axes.set(xlabel="loss before the first step, nats", ylabel="seed")


def overfit(figure: Figure, colors: dict, trial: Record) -> None:
    """Training loss and accuracy on the small sample, epoch by epoch."""
    loss, accuracy = figure.subplots(2, 1, sharex=True)
    epochs = series(trial, "epoch")
    loss.plot(epochs, series(trial, "train_loss"), color=colors["blue"])
    loss.set(ylabel="training loss", yscale="log")
    accuracy.plot(epochs, 100 * series(trial, "train_accuracy"), color=colors["orange"])
    accuracy.axhline(100, color=colors["ink"], ls=":", lw=1)
    accuracy.set(xlabel="epoch", ylabel="accuracy, %", ylim=(0, 105))


def rate(figure: Figure, colors: dict, decision: Record) -> None:
    """The loss at each rate, iteration by iteration, the chosen rate drawn thick."""
    axes = figure.add_subplot()
    rates = decision["rates"]
    tints = _cividis(np.linspace(0, 1, len(rates)), colors)
    shapes = "osv^DPX*"
    for i, (value, losses) in enumerate(zip(rates, decision["losses"], strict=True)):
        curve = np.array([number(loss) for loss in losses])
        window = min(10, len(curve))
        smooth = np.convolve(curve, np.ones(window) / window, mode="valid")
        first = curve[: len(curve) - len(smooth)]
        axes.plot(
            np.concatenate([first.cumsum() / np.arange(1, len(first) + 1), smooth]),
            color=tints[i],
            lw=3 if value == decision["start"] else 1.4,
            marker=shapes[i % len(shapes)],
            markevery=(len(curve) // 10 + 2 * i, max(1, len(curve) // 4)),
            label=f"{value:g}" + (" (start)" if value == decision["start"] else ""),
        )
    start = max(number(losses[0]) for losses in decision["losses"])
    axes.set(xlabel="iteration", ylabel="training loss, running mean", yscale="log")
    axes.set_ylim(top=3 * start if math.isfinite(start) else None)
    _legend(axes, colors, title="rate", ncols=4)


def search(
    figure: Figure,
    colors: dict,
    rounds: Sequence[tuple[str, str, list[Record], dict]],
    chosen: Record | None,
) -> None:
    """All trials of a search in the plane of rate and decay, colored by loss.

    `rounds`: (name, marker, trials, space) for the coarse and the refined ones; a
    diverged trial is a cross, the space a dashed frame, the numbers are ranks.
    """
    axes = figure.add_subplot()
    ends = [end_loss(t) for _, _, trials, _ in rounds for t in trials]
    finite = [loss for loss in ends if math.isfinite(loss)] or [1.0]
    norm = LogNorm(min(finite) * 0.999, max(finite) * 1.001)
    points = None
    for name, marker, trials, space in rounds:
        last = name == rounds[-1][0]
        sound = sorted((t for t in trials if math.isfinite(end_loss(t))), key=end_loss)
        where = [_place(t) for t in sound]
        if where:
            points = axes.scatter(
                *zip(*where, strict=True),
                c=[end_loss(t) for t in sound],
                marker=marker,
                s=65,
                norm=norm,
                cmap="cividis",
                edgecolors=colors["ink"],
                linewidths=0.8,
                label=name,
                zorder=3,
            )
        for rank, place in enumerate(where[:3] if last else [], start=1):
            style = {"color": colors["ink"], "fontsize": 10, "fontweight": "bold"}
            offset = {"xytext": (7, 5), "textcoords": "offset points", "zorder": 5}
            axes.annotate(f"{rank}", place, **offset, **style)
        lost = [_place(t) for t in trials if not math.isfinite(end_loss(t))]
        if lost:
            style = {"color": colors["orange"], "label": f"{name}, lost"}
            axes.plot(*zip(*lost, strict=True), "x" if last else "+", **style)
        (_, low, high), (_, bottom, top) = space["rate"], space["weight_decay"]
        frame = Rectangle((low, bottom), high - low, top - bottom, fill=False)
        frame.set(linestyle="-" if marker == "s" else "--", edgecolor=colors["ink"])
        axes.add_patch(frame)
    if chosen is not None:
        ring = {"mew": 2, "mfc": "none", "mec": colors["orange"], "ls": "none"}
        axes.plot(*_place(chosen), marker="o", ms=17, **ring)
        axes.plot([], [], marker="o", ms=11, label="best", **ring)
    axes.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="weight decay")
    axes.margins(0.08)
    _plain(axes.xaxis)
    if points is not None:
        bar = figure.colorbar(points, ax=axes, label="validation loss at the end")
        _plain(bar.ax.yaxis)
    _legend(axes, colors, ncols=4, loc="lower left", bbox_to_anchor=(-0.12, 1.0))


def curves(
    figure: Figure, colors: dict, trials: list[Record], readings: dict[str, str]
) -> None:
    """Training and validation loss of each refined trial, under its reading."""
    panels = figure.subplots(
        math.ceil(len(trials) / 2), 2, sharex=True, sharey=True, squeeze=False
    ).flat
    for axes, trial in zip(panels, trials, strict=False):
        epochs = series(trial, "epoch")
        axes.plot(epochs, series(trial, "train_loss"), color=colors["blue"],
                  label="training")  # fmt: skip
        axes.plot(epochs, series(trial, "validation_loss"), "--",
                  color=colors["orange"], label="validation")  # fmt: skip
        word = readings.get(trial["id"], "not read").replace("_", " ")
        axes.set_title(f"{trial['id']}\n{word}", fontsize=10)
        axes.set_yscale("log")
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    for axes in panels[len(trials) :]:
        axes.set_visible(False)
    lines, names = panels[0].get_legend_handles_labels()
    legend = figure.legend(
        lines, names, loc="outside upper center", ncols=2, frameon=False, fontsize=9
    )
    for text in legend.get_texts():
        text.set_color(colors["ink"])
    figure.supxlabel("epoch", fontsize=11)
    figure.supylabel("loss", fontsize=11)


def monitors(figure: Figure, colors: dict, trials: list[Record]) -> None:
    """Gradient norm and update ratio by epoch: of the best, the worst, the others."""
    above, below = figure.subplots(2, 1, sharex=True)
    ranked = sorted((t for t in trials if math.isfinite(end_loss(t))), key=end_loss)
    marked = {}
    if ranked:
        marked[ranked[-1]["id"]] = {"color": colors["orange"], "ls": "--", "lw": 2}
        marked[ranked[0]["id"]] = {"color": colors["blue"], "ls": "-", "lw": 2.4}
    others = "the others"
    for trial in sorted(trials, key=lambda t: t["id"] in marked):
        style = marked.get(trial["id"], {"color": colors["faint"], "lw": 1.2})
        label = others if trial["id"] not in marked else _rank(trial, ranked)
        epochs = series(trial, "epoch")
        above.plot(epochs, series(trial, "gradient_norm"), **style)
        below.plot(epochs, series(trial, "update_ratio"), label=label, **style)
        others = "_" if label == "the others" else others  # once in the legend
    below.axhline(1e-3, color=colors["ink"], ls=":", lw=1)
    above.set(ylabel="gradient norm", yscale="log")
    below.set(xlabel="epoch", ylabel="update ratio", yscale="log")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(above, colors, handles=below.get_legend_handles_labels()[0])


def _rank(trial: Record, ranked: list[Record]) -> str:
    """The best trial, or the worst of those that finished."""
    return f"{trial['id']}, {'best' if trial is ranked[0] else 'worst'} loss"


def final(figure: Figure, colors: dict, trials: list[Record]) -> None:
    """Loss and validation accuracy of the final fits, and the rate they followed."""
    loss, accuracy, schedule = figure.subplots(3, 1, sharex=True)
    for i, trial in enumerate(trials):
        epochs = series(trial, "epoch")
        label = i == 0
        loss.plot(epochs, series(trial, "train_loss"), color=colors["blue"],
                  label="training" if label else None)  # fmt: skip
        loss.plot(epochs, series(trial, "validation_loss"), "--",
                  color=colors["orange"],
                  label="validation" if label else None)  # fmt: skip
        accuracy.plot(epochs, 100 * series(trial, "validation_accuracy"), "--",
                      color=colors["orange"])  # fmt: skip
        schedule.plot(epochs, series(trial, "rate"), color=colors["green"])
    loss.set(ylabel="loss", yscale="log")
    accuracy.set(ylabel="validation\naccuracy, %")
    schedule.set(ylabel="rate", xlabel="epoch", ylim=(0, None))
    schedule.xaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(loss, colors)


def end_loss(trial: Record) -> float:
    """The validation loss after the last epoch; nan if the trial did not finish."""
    if trial["outcome"] != "finished" or not trial["epochs"]:
        return math.nan
    return number(trial["epochs"][-1]["validation_loss"])


# Looks


def _place(trial: Record) -> tuple[float, float]:
    train = trial["settings"]["train"]
    return train["rate"], train["weight_decay"]


def _cividis(amounts: np.ndarray, colors: dict) -> list:
    """Colors of a scale, without the end that the page would swallow."""
    from matplotlib import colormaps

    low, high = (0.0, 0.85) if colors is LIGHT else (0.3, 1.0)
    return [colormaps["cividis"](low + (high - low) * a) for a in amounts]


def _legend(axes: Axes, colors: dict, **options: object) -> None:
    legend = axes.legend(fontsize=9, frameon=False, **options)
    legend.get_title().set_color(colors["ink"])
    for text in legend.get_texts():
        text.set_color(colors["ink"])


def _plain(axis: Axis) -> None:
    """Write the ticks of a logarithmic scale as plain numbers, and only a few."""
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low)
    ones = (1,) if decades > 3 else (1, 3) if decades > 1.5 else (1, 2, 5)
    if decades < 0.5:
        ones = (1, 1.5, 2, 3, 4, 5, 6, 8)
    axis.set_major_locator(LogLocator(subs=ones))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def _dress(axes: Axes, colors: dict) -> None:
    """Give axes the colors of the page."""
    axes.set_facecolor(colors["page"])
    if (
        axes.get_yscale() == "log"
        and axes.get_visible()
        and axes.get_ylabel() != "weight decay"
    ):
        _plain(axes.yaxis)
    axes.tick_params(which="both", colors=colors["ink"], labelsize=9)
    for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
        label.set_color(colors["ink"])
    for name, spine in axes.spines.items():
        spine.set_visible(
            name in {"left", "bottom"} or axes.get_label() == "<colorbar>"
        )
        spine.set_color(colors["ink"])
