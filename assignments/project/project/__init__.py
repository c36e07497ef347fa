"""The final project of *Tuned*: a network tuned by the recipe, step by step.

Read the modules in this order; each is one idea:

===================  =============================================================
The settings
`config.py`          every setting, its unit and its range
`typed.py`           how a setting is declared, and what is refused
The data
`data.py`            images and labels, loaded and split
`dataset.py`         a data set, checked, and its cache on the disk
`archive.py`         CIFAR-10's archive
`download.py`        how it is fetched, and gone on with
`jpeg.py`            a smaller copy of it
`files.py`           files that are either whole or not there
A training run
`device.py`          the machine, and the precision it computes in
`augment.py`         crops, flips and cutouts, made on the device
`model.py`           the two networks
`monitors.py`        yours: the norm of the gradients, the ratio of the updates
`schedule.py`        yours: the learning rate at each step
`regularization.py`  yours: what decays, and how labels are smoothed
`optimizer.py`       SGD, AdamW and Muon
`averaging.py`       the moving average of the weights
`evaluation.py`      loss and accuracy on images that are not trained on
`trial.py`           what a run leaves behind
`loop.py`            the training loop, epoch by epoch
`checkpoint.py`      all that a run needs to go on
`train.py`           one training run, from the first step to its record
`group.py`           the loop of many networks at once
`vectorized.py`      many training runs at once
`distributed.py`     one training run on several GPUs
The recipe
`recipe.py`          yours: the decisions of the seven steps
`ledger.py`          where all of it is written down
`progress.py`        what a run says while it works
`session.py`         a run directory while a step works on it
`steps.py`           steps 1, 2, 3 and 6
`storage.py`         where a search is kept
`worker.py`          one worker's part in a search
`search.py`          a search as a whole
`searches.py`        steps 4 and 5
`joining.py`         processes that join a search
`final.py`           step 7
The report
`wording.py`         numbers in words
`figures.py`         the figures
`page.py`            what a page is made of
`search_section.py`  the sections of the two searches
`sections.py`        the sections of all steps
`report.py`          the whole
Its two doors
`checked.py`         your functions, as the notebook's checks call them
`__main__.py`        the command line
===================  =============================================================

``python -m project all --data digits --out run`` carries out all of them.
"""

__version__ = "1.0.0"
