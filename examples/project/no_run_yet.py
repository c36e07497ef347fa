"""Has written the functions, two of them with well-known mistakes, and run nothing.

Both mistakes have names; of the run it is said how to make one.
"""


# %%
def starting_rate(rates, losses):
    # the rate that got furthest
    best, lowest = None, math.inf
    for rate, curve in zip(rates, losses):
        last = curve[-max(1, len(curve) // 10) :]
        end = sum(last) / len(last)
        if math.isfinite(end) and end <= 0.9 * curve[0] and end < lowest:
            best, lowest = rate, end
    if best is None:
        raise ValueError("no rate lowers the loss by a tenth")
    return best


# %%
def choose(trials):
    sound = [t for t in trials if all(math.isfinite(loss) for loss in t[1])]
    if not sound:
        raise ValueError("all trials diverged")
    return min(sound, key=lambda trial: min(trial[1]))[0]
