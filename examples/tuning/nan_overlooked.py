"""Compares with NaN, which is always false, and sorts it, which gives no order.

Three functions fall into the same trap, and each is told so. The others are right.
"""


# %%
def loss_after_init_is_sane(loss, num_classes):
    expected = np.log(num_classes)
    if loss < 0.9 * expected or loss > 1.1 * expected:
        return False
    return True


# %%
def lr_range_test(lrs, losses):
    lowest = losses[0]
    largest = lrs[0]
    for lr, loss in zip(lrs, losses):
        if loss > 2 * lowest:
            break
        lowest = min(lowest, loss)
        largest = lr
    return largest / 3


# %%
def narrow(space, results, keep):
    best = sorted(results, key=lambda r: r[1])[:keep]
    new = {}
    for name in space:
        scale, low, high = space[name]
        numbers = [config[name] for config, value in best]
        new[name] = (scale, max(low, min(numbers)), min(high, max(numbers)))
    return new
