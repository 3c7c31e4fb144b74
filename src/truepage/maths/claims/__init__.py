"""Claims about functions: `properties` fences, read, held to a formula or to code, and shown.

One file a kind of claim (`ranges`, `limits`, `monotone`, …), each with its reading, its words on
the page, and its tests in the reals and in float64. `fence` reads a fence, `curve` is the function
in the reals that a kind asks, `sweep` the same in float64, `site` judges all claims of a site.
"""
