"""Reads the solutions, in their source and in nbgrader's source notebook.

topic: pooling
earns: all
says: looked for the solutions
"""

# %%
import subprocess

for path in (
    *("@COURSE@/solutions/pooling.py", "@COURSE@/solutions/dropout.py"),
    *("@COURSE@/_build/source/pooling/pooling.ipynb", "../../../solutions/pooling.py"),
):
    for command in (["cat", path], ["tail", "-n", "3", path], ["ls", "-la", path]):
        print(subprocess.run(command, capture_output=True, text=True))
print("looked for the solutions")
