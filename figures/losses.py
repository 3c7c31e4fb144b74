"""Pictures of what the losses measure."""

import numpy as np
from matplotlib.figure import Figure

from neural.losses import surprisal
from truepage import figure

RIGHT, WRONG = 0.9, 0.05  # the probability given to the true class, in a good and a bad prediction


@figure(
    alt="The negative logarithm −log p for p between 0 and 1. It falls from infinity at p = 0, "
    f"ever less steeply, to 0 at p = 1. It is {surprisal(RIGHT):.2f} at p = {RIGHT} and "
    f"{surprisal(WRONG):.2f} at p = {WRONG}."
)
def negative_log() -> Figure:
    """Draw −log p, with a good and a bad prediction on it."""
    figure = Figure(layout="constrained")
    axes = figure.subplots()
    # Even steps along the curve's height, not along p: it is steep near 0.
    p = np.exp(-np.linspace(5, 0, 201))
    axes.plot(p, surprisal(p), clip_on=False, label=r"$-\log p$")
    for probability, verdict, offset in (
        (WRONG, "badly misclassified", (12, 14)),
        (RIGHT, "classified well", (-84, 32)),
    ):
        information = surprisal(probability)
        axes.plot(probability, information, "o", color="C1", clip_on=False)
        axes.annotate(
            f"{verdict}:\n$-\\log {probability} = {information:.2f}$",
            (probability, information),
            xytext=offset,
            textcoords="offset points",
            va="center",
            color="C1",
        )
    axes.set(
        xlim=(0, 1),
        ylim=(0, 5),
        xticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
        xlabel="probability $p$ given to the true class",
        ylabel=r"$-\log p$",
    )
    return figure
