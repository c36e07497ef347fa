"""Answers with arrays whose shapes and types are not those of their bytes.

topic: pooling
base: blank
earns: nothing
says: cannot be read
"""

# %%
import gc

forms = [
    {"array": ["<f8", [10**9, 10**9], 0]},
    {"array": ["<f8", [-1], 0]},
    {"array": ["<f8", [2**63, 0], 0]},
    {"array": ["|O8", [1], 0]},
    {"array": ["<f8,(1000000000,)i1", [1], 0]},
    {"list": [{"array": ["<f8", [1], 0]}] * 1000},
    {"array": ["<f8", [1], 10**9]},
    {"float": "0x1p99999999999"},
    {"int": "f" * 100_000},
    {"foreign": "x" * 10**6},
    {"_array": 1},
    {"decode": 1},
    {"tuple": {"tuple": []}},
    {"dict": [[[], 1]]},
    *([{"list": [{"list": []}]}]),
]


def lie(agent, data, buffers, encoder):
    forms.append(forms.pop(0))
    encoder.buffers = [bytes(8)]
    return {"value": forms[0], "arguments": forms[1]}


for found in gc.get_objects():
    if type(found).__name__ == "Agent" and hasattr(found, "carry_out"):
        type(found).carry_out = lie


# %%
def receptive_field(layers):
    return 1
