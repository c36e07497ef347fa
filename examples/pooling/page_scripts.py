"""Puts scripts and remote pictures on the page that the teacher will open.

They show as text or not at all. One answer is missing, to make the teacher look.
"""

# %% [markdown]
# Dear teacher <script>document.title = "mine"</script>
# <img src="https://example.org/a.png" onerror="document.title = 'mine'">
# ![seen](https://example.org/b.png) [click](javascript:alert(1))

# %%
from IPython.display import HTML, Javascript, Markdown, display

display(HTML("<script>document.title = 'mine'</script>"))
display(Javascript("document.title = 'mine'"))
display(Markdown("![seen](https://example.org/c.png)"))
print("<script>document.title = 'mine'</script>")


# %%
def receptive_field(layers):
    raise ValueError("<script>document.title = 'mine'</script>")
