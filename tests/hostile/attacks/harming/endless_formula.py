"""Writes prose that takes long to convert: nested marks and formulas without end.

topic: pooling
earns: all
"""

# %% [markdown]
# **********_________**********_________[[[[[[[[[[[[[[[[((((((((((((((((>>>>>>>>>>>
# $\frac{\frac{\frac{\frac{\frac{\frac{1}{2}}{3}}{4}}{5}}{6}}{7$ $$\begin{x}\begin{y}$$
# > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > x
# - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - x
