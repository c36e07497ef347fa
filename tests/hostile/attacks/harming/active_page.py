"""Fills its page with scripts, pictures and frames, in every way that there is.

topic: pooling
earns: all
"""

# %%
from IPython.display import HTML, SVG, IFrame, Javascript, display

display(HTML("<script>alert(1)</script><img src='http://127.0.0.1:9/x.png'>"))
display(Javascript("alert(1)"), SVG("<svg onload='alert(1)'/>"), IFrame("x", 1, 1))
display({"text/html": "<b>", "text/plain": "</pre><script>alert(1)</script>"}, raw=True)
display({"image/png": "'><script>alert(1)</script>"}, raw=True)
print("</pre></div><script>alert(1)</script>")

# %% [markdown]
# <script>alert(1)</script> [x](javascript:alert(1)) ![x](http://127.0.0.1:9/y.png)
# $\href{javascript:alert(1)}{x}$ <style>* {display: none}</style>

# %%
raise ValueError("<img src=x onerror=alert(1)>")
