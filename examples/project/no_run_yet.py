"""Has written the functions, two of them with well-known mistakes, and run nothing.

Both mistakes have names; of the run it is said how to make one.
"""


# %%
def epochs_to_overfit(accuracies):
    if 1.0 in accuracies:
        return accuracies.index(1.0) + 1
    return None


# %%
def choose(trials):
    sound = [t for t in trials if all(math.isfinite(loss) for loss in t[1])]
    if not sound:
        raise ValueError("all trials diverged")
    return min(sound, key=lambda trial: min(trial[1]))[0]
