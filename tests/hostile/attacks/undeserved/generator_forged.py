"""Answers with states of random generators, some of them impossible.

topic: dropout
base: blank
earns: nothing
"""

# %%
import gc

state = dict.fromkeys(("state", "entropy", "has_uint32", "uinteger", "children"), "0x1")
forms = [
    {"rng": {**state, "inc": "0x1", "key": []}},
    {"rng": {**state, "inc": "0x" + "f" * 32, "key": ["0x1"] * 8}},
    {"rng": {**state, "inc": "0x" + "f" * 40, "key": []}},
    {"rng": None},
]


def lie(*arguments):
    forms.append(forms.pop(0))
    return {"value": {"tuple": forms[:2]}, "arguments": {"tuple": forms}}


for found in gc.get_objects():
    if type(found).__name__ == "Agent" and hasattr(found, "carry_out"):
        type(found).carry_out = lie
