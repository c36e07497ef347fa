"""What `benchmarks.project` has measured: as tables, and as a row of RESULTS.md."""

from __future__ import annotations

from pathlib import Path

from tabulate import tabulate

from benchmarks.project_runs import Figures

NONE = "–"


def mean(figures: Figures | None, digits: int, scale: float = 1) -> str:
    """Say a mean, its standard deviation and n.

    >>> mean({"mean": 0.94012, "sd": 0.0012, "n": 5}, 2, 100)
    '94.01 ± 0.12 (n = 5)'
    >>> mean({"mean": 2.0, "sd": None, "n": 1}, 1)
    '2.0 (n = 1)'
    """
    if figures is None:
        return NONE
    said = f"{figures['mean'] * scale:.{digits}f}"
    if figures["sd"] is not None:
        said += f" ± {figures['sd'] * scale:.{digits}f}"
    return f"{said} (n = {figures['n']})"


def median(figures: Figures, digits: int = 0) -> str:
    """Say a median, the quartiles and n.

    >>> median({"median": 2000.0, "low": 1000.0, "high": 3000.0, "n": 4})
    '2 000 [1 000; 3 000; n = 4]'
    """
    middle, low, high = (
        f"{figures[key]:,.{digits}f}".replace(",", " ")
        for key in ("median", "low", "high")
    )
    return f"{middle} [{low}; {high}; n = {figures['n']}]"


def run(figures: Figures) -> str:
    """Say which network is trained, and how."""
    settings = figures["settings"]
    model, train = settings["model"], settings["train"]
    compiled = ", compiled" if train["compile"] else ""
    return (
        f"{model['name']} {model['width']}, {train['optimizer']}, epochs: "
        f"{train['epochs']}, batches of {train['batch_size']}, "
        f"{figures['speed']['precision']}{compiled}"
    )


def tables(figures: Figures) -> str:
    """Return all figures for a reader."""
    speed, about = figures["speed"], figures["data"]
    versions = ", ".join(f"{name} {is_}" for name, is_ in figures["versions"].items())
    share = "not known for this device"
    if speed["share"] is not None:
        peak = f"{speed['peak'] / 1e12:.4g} · 10¹² a second: {speed['peak_source']}"
        share = f"{speed['share']:.1%} of {peak}"
    loop = [
        ["device", figures["device"]],
        ["versions", versions],
        ["data", f"{about['name']}, {about['train']} + {about['test']} test images"],
        ["run", run(figures)],
        ["images a second", median(speed["images_per_second"])],
        ["operations an image", f"{speed['operations_per_image'] / 1e6:.4g} · 10⁶"],
        ["operations a second", f"{speed['operations_per_second'] / 1e12:.4g} · 10¹²"],
        ["share of the peak", share],
    ]
    parts = [
        "The training loop: median over its epochs [quartiles]",
        tabulate(loop, tablefmt="plain"),
        "\nWhole runs: means ± standard deviation over seeds",
        tabulate(_rows(figures), headers=_HEADERS, disable_numparse=True),
    ]
    if figures.get("at_once"):
        parts += [_at_once(figures["at_once"])]
    return "\n".join(parts)


_HEADERS = ["", "test accuracy / %", "target / %", "time to target / s"]


def _rows(figures: Figures) -> list[list[str]]:
    target = NONE if figures["target"] is None else f"{100 * figures['target']:.2f}"
    rows = [["ours", mean(figures["ours"]["accuracy"], 2, 100), target, _time(figures)]]
    peer = figures.get("peer")
    if peer:
        accuracy = mean(peer.get("accuracy"), 2, 100)
        rows.append([peer["script"], accuracy, target, _time(figures, "peer")])
        rows.append(["ours / peer", "", "", _ratio(figures)])
    return rows


def _time(figures: Figures, whose: str = "ours") -> str:
    """Say the time to the target, if it was reached."""
    if "failed" in figures[whose]:
        return "failed"
    if figures["target"] is None:
        return NONE
    return (
        mean(figures[whose]["seconds"], 3)
        if figures[whose]["reached"]
        else "not reached"
    )


def _ratio(figures: Figures) -> str:
    found = figures.get("ratio")
    if found is None:
        return NONE
    error = "" if found["error"] is None else f" ± {found['error']:.2f}"
    return f"{found['mean']:.2f}{error}"


def _at_once(found: Figures) -> str:
    rows = [
        ["one after the other", median(found["one_per_minute"], 1)],
        [f"{found['k']} at once", median(found["together_per_minute"], 1)],
        ["ratio", f"{found['ratio']:.2f}"],
    ]
    title = (
        f"\nTrials a minute ({found['network']}; epochs: {found['epochs']}; batches of "
        f"{found['batch_size']}): median [quartiles]"
    )
    return f"{title}\n{tabulate(rows, disable_numparse=True, tablefmt='plain')}"


def row(figures: Figures) -> str:
    """Return the line of RESULTS.md."""
    share, peer = figures["speed"]["share"], figures.get("peer")
    together = figures.get("at_once")
    beside = NONE
    if peer:
        beside = f"{peer['script']} {peer['sha256'][:12]}: " + (
            "failed"
            if "failed" in peer
            else f"{mean(peer['accuracy'], 2, 100)} %, {mean(peer['seconds'], 3)} s"
        )
    cells = [
        figures["date"],
        figures["device"],
        ", ".join(f"{name} {is_}" for name, is_ in figures["versions"].items()),
        f"{figures['data']['name']} {figures['data']['fingerprint'][:12]}",
        run(figures),
        median(figures["speed"]["images_per_second"]),
        "unknown" if share is None else f"{share:.1%}",
        mean(figures["ours"]["accuracy"], 2, 100) + " %",
        NONE if figures["target"] is None else f"{figures['target']:.2%}",
        _time(figures),
        beside,
        _ratio(figures),
        NONE
        if not together
        else f"{together['k']} ({together['network']}): {together['ratio']:.2f} ×",
    ]
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def record(figures: Figures, file: Path) -> None:
    """Append the row."""
    with file.open("a", encoding="utf-8") as results:
        results.write(row(figures) + "\n")
