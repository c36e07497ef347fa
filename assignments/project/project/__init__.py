"""The final project of *Tuned*: a network tuned by the recipe, step by step.

Read the modules in this order; each is one idea:

===================  =============================================================
`config.py`          every setting, its unit and its range
`data.py`            images and labels, checked, cached and split
`augment.py`         crops, flips and cutouts, made on the device
`model.py`           the two networks
`monitors.py`        yours: the norm of the gradients, the ratio of the updates
`schedule.py`        yours: the learning rate at each step
`regularization.py`  yours: what decays, and how labels are smoothed
`optimizer.py`       SGD, AdamW and Muon
`loop.py`            the training loop, epoch by epoch
`train.py`           one training run, from the first step to its record
`recipe.py`          yours: the decisions of the seven steps
`steps.py`           the seven steps themselves
`ledger.py`          where all of it is written down
===================  =============================================================

``python -m project all --data digits --out run`` carries out all of them.
"""

__version__ = "1.0.0"
