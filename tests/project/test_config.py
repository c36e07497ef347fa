"""The settings: their files, their checks, their changes from the command line."""

from __future__ import annotations

import doctest
import json
import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from project import config, schedule, typed
from project.config import Settings, Train, as_dict, from_dict, override, read, write
from project.typed import ConfigError


def test_examples() -> None:
    """Do the examples in the modules hold?"""
    for module in (config, typed):
        assert doctest.testmod(module).failed == 0


def test_settings_survive_a_file(tmp_path: Path) -> None:
    """Are settings the same once written and read, whatever their values?"""
    odd = override(
        Settings(),
        [
            r'data=C:\Ünïcode\a "b" #c',
            "validation=1e-9",
            "seed=4294967295",
            "train.rate=1e300",
            "train.flip=true",
            "recipe.range_rates=[1e-6, 2, 3e5]",
        ],
    )
    for settings in (Settings(), odd):
        write(settings, tmp_path / "config.toml")
        assert read(tmp_path / "config.toml") == settings
    assert odd.data == r'C:\Ünïcode\a "b" #c'
    assert odd.recipe.range_rates == (1e-6, 2.0, 3e5)


def test_settings_survive_json() -> None:
    """Does a ledger's record hold all that makes the settings again?"""
    settings = override(Settings(), ["train.rate=0.3"])
    assert from_dict(json.loads(json.dumps(as_dict(settings)))) == settings


@pytest.mark.parametrize("name", config.PRESETS)
def test_presets_are_as_they_would_be_written(name: str) -> None:
    """Has a preset each setting, with the comment of its declaration?"""
    path = Path(config.__file__).parent / "settings" / f"{name}.toml"
    settings = config.preset(name)
    assert settings.data == name
    header, text = path.read_text(encoding="utf-8").split("\n\n", 1)
    assert all(line.startswith("#") for line in header.splitlines())
    assert text == config.dumps(settings)
    assert all(len(line) <= 88 for line in text.splitlines())


def test_no_preset_of_that_name() -> None:
    """Is a preset that does not exist refused, whatever its name points at?"""
    with pytest.raises(ConfigError, match="there are digits, cifar10"):
        config.preset("../settings/digits")


def test_every_schedule_is_there() -> None:
    """Does the list of schedules name those of `schedule.py`, all of them?"""
    assert set(config.SCHEDULES) == set(schedule.DECAYS)


def test_a_file_names_only_what_differs(tmp_path: Path) -> None:
    """Does a setting that a file does not name keep its default?"""
    (tmp_path / "mine.toml").write_text("[train]\nrate = 1\n", encoding="utf-8")
    assert read(tmp_path / "mine.toml") == Settings(train=Train(rate=1.0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeed = 1", "seeed is not a setting; did you mean seed?"),
        ("[train]\nlearning = 1", "train.learning is not a setting"),
        ("[train]\nprefix = 'x'", "train.prefix is not a setting"),
        ("[trian]\nrate = 1", "trian is not a setting"),
        ("train = 3", r"train = 3: it must be a table, \[train\]"),
        ("data = {a = 1}", "data = {'a': 1}: it must be a text"),
        ("seed = 1.0", "seed = 1.0: it must be a whole number in"),
        ("seed = true", "seed = True: it must be a whole number in"),
        ("seed = -1", "seed = -1: it must be a whole number in"),
        ("validation = '0.2'", "validation = '0.2': it must be a number in"),
        ("validation = 1", r"validation = 1: it must be a number in \(0, 1\)"),
        ("[train]\nrate = nan", "train.rate = nan: it must be a number above 0"),
        ("[train]\nrate = inf", "train.rate = inf: it must be a number above 0"),
        ("[train]\nrate = 0", "train.rate = 0: it must be a number above 0"),
        (f"[train]\nrate = 1{'0' * 400}", "it must be a number above 0"),
        ("[train]\nflip = 1", "train.flip = 1: it must be true or false"),
        ("[train]\nschedule = 'cos'", "it must be fixed or step or"),
        ("[recipe]\nrange_rates = []", "it must be a list of ascending numbers"),
        ("[recipe]\nrange_rates = [1, 1]", "it must be a list of ascending numbers"),
        ("[recipe]\nrange_rates = [true]", "it must be a list of ascending numbers"),
        ("[recipe]\nrange_rates = 0.1", "it must be a list of ascending numbers"),
        ("[recipe]\nrange_rates = [0, 1]", "each above 0"),
        ("data = ''", "data = '': it must be a text"),
        (r'data = "a\nb"', "it must be a text of printable characters"),
        ("data = ", "is not TOML"),
        ("data = 1\ndata = 2", "is not TOML"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """Does the error name the file, the key, its value and what is allowed?"""
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as error:
        read(tmp_path / "mine.toml")
    assert "mine.toml" in str(error.value)


def test_no_file_at_all(tmp_path: Path) -> None:
    """Are a missing file, a folder and bytes that are no text refused in words?"""
    (tmp_path / "bytes.toml").write_bytes(b"\xff\x00")
    for name, said in (
        ("missing.toml", "No such file"),
        ("", "Is a directory"),
        ("bytes.toml", "is not TOML"),
    ):
        with pytest.raises(ConfigError, match=said):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("train.rate", "train.rate is not of the form key=value"),
        ("rate=1", r"rate is not a setting; did you mean train.rate\?"),
        ("learning=1", "learning is not a setting; there are data, validation"),
        ("train=1", "train is not a setting"),
        ("train.rate.x=1", "train.rate.x is not a setting"),
        ("train.rate=fast", "train.rate = 'fast': it must be a number above 0"),
        ("train.rate=", "train.rate = '': it must be a number above 0"),
        ("train.rate=nan", "train.rate = nan: it must be a number above 0"),
        ("train.epochs=2.5", "train.epochs = '2.5': it must be a whole number"),
        ("train.epochs=" + "9" * 5000, "it must be a whole number"),
        ("train.flip=yes", "train.flip = 'yes': it must be true or false"),
        ("train.optimizer=adam", "it must be sgd or adamw or muon"),
        ("recipe.range_rates=1,0.1", "a list of ascending numbers"),
        ("data=a\nseed=1", "printable"),
        ("data=\udcff", "printable"),
    ],
)
def test_wrong_changes_are_refused(assignment: str, said: str) -> None:
    """Is a change refused that names no setting or has no value for it?"""
    with pytest.raises(ConfigError, match=said) as error:
        override(Settings(), [assignment])
    assert len(str(error.value)) < 1000


def test_changes_follow_one_another() -> None:
    """Does the last change of a key hold, and each other setting stay?"""
    changed = override(
        Settings(seed=7), ["train.rate=0.3", " train.rate = .5", "train.compile=True"]
    )
    assert changed == Settings(seed=7, train=Train(rate=0.5, compile=True))
    assert override(changed, []) == changed


def test_settings_do_not_change() -> None:
    """Can nobody alter settings behind the back of another module?"""
    with pytest.raises(FrozenInstanceError):
        Settings().train.rate = 1.0
    assert hash(Settings()) == hash(Settings())


def test_the_file_is_toml_for_others_too(tmp_path: Path) -> None:
    """Does a reader that knows nothing of this course see the same values?"""
    write(Settings(), tmp_path / "config.toml")
    values = tomllib.loads((tmp_path / "config.toml").read_text(encoding="utf-8"))
    assert values == as_dict(Settings())
