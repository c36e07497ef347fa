"""Imports a package that is not there, in the cell of the first answer.

So dropout_forward does not exist, and nothing that needs it. The reason is the import.
"""

# %%
import torch_is_not_installed_here


def dropout_forward(x, dropout_param):
    return torch_is_not_installed_here.dropout(x, dropout_param["p"])
