"""Every setting of the project: what it means, its unit and what is allowed.

A setting is declared once, here. From that declaration come its default, the check
of its value and the comment above it in the TOML files that `write` makes.

>>> settings = override(Settings(), ["train.rate=0.3", "data=cifar10"])
>>> settings.train.rate, settings.data
(0.3, 'cifar10')
>>> override(settings, ["train.warmup=2"])
Traceback (most recent call last):
project.typed.ConfigError: train.warmup = 2.0: it must be a number in [0, 1)
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap
from typing import Any, ClassVar

from .files import replace_file
from .typed import Checked, ConfigError, Interval, parsed, setting, spoken, written

PRESETS = ("digits", "cifar10")
SCHEDULES = (
    "fixed",
    "step",
    "exponential",
    "inverse",
    "multistep",
    "polynomial",
    "sigmoid",
    "cosine",
    "linear",
    "inverse_sqrt",
)


@dataclass(frozen=True)
class Model(Checked):
    """The network."""

    prefix: ClassVar[str] = "model."

    name: str = setting("small", "the network", ("small", "resnet"))
    width: int = setting(16, "channels of its first layer", Interval(1, 4096))


@dataclass(frozen=True)
class Train(Checked):
    """One training run."""

    prefix: ClassVar[str] = "train."

    epochs: int = setting(10, "passes over the training images", Interval(1))
    batch_size: int = setting(64, "images a step", Interval(1))
    drop_last: bool = setting(
        False, "leave out, in each epoch anew, the images that do not fill a batch"
    )
    optimizer: str = setting(
        "sgd", "sgd: with Nesterov momentum", ("sgd", "adamw", "muon")
    )
    rate: float = setting(
        0.1, "learning rate: the largest of the schedule", Interval(0, ends="(]")
    )
    momentum: float = setting(
        0.9, "share of the last velocity that is kept", Interval(0, 1, "[)")
    )
    head_rate: float = setting(
        1.0, "learning rate of the last layer, as a multiple of rate", Interval(0)
    )
    bias_rate: float = setting(
        1.0, "learning rate of the biases, as a multiple of rate", Interval(0)
    )
    unit_kernels: bool = setting(
        False, "muon: bring kernels back to one length before each step"
    )
    first_layer: float = setting(
        1.0,
        "resnet: share of the epochs in which the first layer's biases are trained",
        Interval(0, 1),
    )
    weight_decay: float = setting(
        5e-4, "pull of the weights toward zero, as the optimizer has it", Interval(0)
    )
    schedule: str = setting(
        "cosine", "how the rate changes after the warm-up", SCHEDULES
    )
    warmup: float = setting(
        0.1, "share of all steps during which the rate rises", Interval(0, 1, "[)")
    )
    label_smoothing: float = setting(
        0.0, "probability that is spread over all classes", Interval(0, 1, "[)")
    )
    clip: float = setting(
        0.0, "largest norm of all gradients together; 0: any", Interval(0)
    )
    average: float = setting(
        0.0,
        "decay a step of the weights' moving average; 0: none",
        Interval(0, 1, "[)"),
    )
    precision: str = setting(
        "auto",
        "of the arithmetic; auto: bfloat16 where a GPU has it",
        ("auto", "float32", "bfloat16", "float16"),
    )
    compile: bool = setting(False, "torch.compile: starts slowly, then runs faster")
    crop: int = setting(
        0, "pixels of reflected border, of which a random crop is cut", Interval(0, 16)
    )
    flip: bool = setting(False, "mirror half of the images, left to right")
    cutout: int = setting(
        0, "side in pixels of a square set to the mean; 0: none", Interval(0, 64)
    )


@dataclass(frozen=True)
class Recipe(Checked):
    """The seven steps."""

    prefix: ClassVar[str] = "recipe."

    sample: int = setting(100, "images to learn by heart", Interval(1))
    sample_epochs: int = setting(200, "epochs to learn them in", Interval(1))
    range_rates: tuple[float, ...] = setting(
        (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        "learning rates among which a start is sought",
        Interval(0, ends="(]"),
    )
    range_iterations: int = setting(100, "steps at each of these rates", Interval(10))
    coarse_trials: int = setting(12, "trials of a coarse round", Interval(1))
    coarse_epochs: int = setting(2, "epochs of such a trial", Interval(1, 5))
    refined_trials: int = setting(8, "trials of the refinement", Interval(1))
    refined_epochs: int = setting(10, "epochs of such a trial", Interval(1))
    keep: int = setting(
        3, "best trials whose range is searched more finely", Interval(1)
    )
    max_extensions: int = setting(
        2, "coarse rounds to add while the best lies on an edge", Interval(0)
    )
    sampler: str = setting("random", "how trials are drawn", ("random", "grid", "tpe"))
    pruning: bool = setting(False, "end trials early that fall behind the median")
    final_epochs: int = setting(20, "epochs of a final fit", Interval(1))
    seeds: int = setting(3, "final fits, each with a seed of its own", Interval(1))


@dataclass(frozen=True)
class Settings(Checked):
    """All settings of a run."""

    data: str = setting(
        "digits", "digits, cifar10, or the path of an archive or of JPEG streams"
    )
    validation: float = setting(
        0.2, "share of the training images kept to choose by", Interval(0, 1, "()")
    )
    seed: int = setting(0, "from which all randomness follows", Interval(0, 2**32 - 1))
    device: str = setting(
        "auto", "auto: a GPU if there is one", ("auto", "cpu", "cuda", "mps")
    )
    model: Model = field(default_factory=Model)
    train: Train = field(default_factory=Train)
    recipe: Recipe = field(default_factory=Recipe)


def preset(name: str) -> Settings:
    """Return the settings of `settings/<name>.toml`, made for that data."""
    if name not in PRESETS:
        raise ConfigError(f"{name} is not a preset; there are {', '.join(PRESETS)}")
    return read(Path(__file__).parent / "settings" / f"{name}.toml")


def read(path: Path) -> Settings:
    """Read settings from a TOML file; what it does not name keeps its default.

    Raises ConfigError, which names the file and the key, for whatever is wrong.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    try:
        return from_dict(values)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def from_dict(values: Mapping[str, Any]) -> Settings:
    """Make settings of nested values, such as those of a ledger's record.

    >>> from_dict({"train": {"rate": 1}}).train.rate
    1.0
    >>> from_dict({"train": {"rat": 1}})
    Traceback (most recent call last):
    project.typed.ConfigError: train.rat is not a setting; did you mean train.rate?
    >>> from_dict(as_dict(Settings())) == Settings()
    True
    """
    given: dict[str, Any] = {}
    for key, value in values.items():
        group = _GROUPS.get(key)
        if group is None:
            _entry(key)
            given[key] = value
        elif not isinstance(value, Mapping):
            raise ConfigError(f"{key} = {value!r}: it must be a table, [{key}]")
        else:
            for name in value:
                _entry(f"{group.prefix}{name}")
            given[key] = group(**value)
    return Settings(**given)


def as_dict(settings: Settings) -> dict[str, Any]:
    """Return the settings as nested values that are the same once read from JSON."""
    values = asdict(settings)
    values["recipe"]["range_rates"] = list(settings.recipe.range_rates)
    return values


def override(settings: Settings, assignments: Iterable[str]) -> Settings:
    """Return the settings with some replaced, each given as ``key=value``.

    The value is read as the type of the setting; a text needs no quotes.
    """
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        key = key.strip()
        if not equals:
            raise ConfigError(f"{assignment} is not of the form key=value")
        entry = _entry(key)
        group, _, name = key.rpartition(".")
        value = parsed(entry, text.strip())
        if group:
            settings = replace(
                settings, **{group: replace(getattr(settings, group), **{name: value})}
            )
        else:
            settings = replace(settings, **{name: value})
    return settings


def write(settings: Settings, path: Path) -> None:
    """Write settings to a TOML file that explains itself."""
    replace_file(path, dumps(settings).encode())


def dumps(settings: Settings) -> str:
    """Return the TOML of the settings, above each one what it means.

    >>> print(*dumps(override(Settings(), ["seed=3"])).splitlines()[6:8])
    # from which all randomness follows (a whole number in [0, 4294967295]) seed = 3
    """
    tables = [_table(settings)]
    for name in _GROUPS:
        group = getattr(settings, name)
        tables.append(f"# {group.__doc__}\n[{name}]\n\n{_table(group)}")
    return "\n".join(tables)


def _table(group: Checked) -> str:
    lines = []
    for entry in fields(group):
        if "about" in entry.metadata:
            comment = entry.metadata["about"]
            if entry.metadata["allowed"] or entry.type == "bool":
                comment += f" ({spoken(entry)})"
            lines += wrap(comment, 88, initial_indent="# ", subsequent_indent="#   ")
            lines += [f"{entry.name} = {written(getattr(group, entry.name))}", ""]
    return "\n".join(lines)


_GROUPS: dict[str, type[Checked]] = {"model": Model, "train": Train, "recipe": Recipe}
_ENTRIES: dict[str, Field[Any]] = {
    f"{group.prefix}{entry.name}": entry
    for group in (Settings, *_GROUPS.values())
    for entry in fields(group)
    if "about" in entry.metadata
}


def _entry(key: str) -> Field[Any]:
    """Return the declaration of a setting by its full name, such as train.rate."""
    if key in _ENTRIES:
        return _ENTRIES[key]
    # A setting of that name in another group is what is meant more often than a typo
    name = key.rpartition(".")[2]
    near = [known for known in _ENTRIES if known.rpartition(".")[2] == name]
    near = near or get_close_matches(key, _ENTRIES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_ENTRIES)}"
    raise ConfigError(f"{key} is not a setting; {hint}")
