"""One figure of each kind that a function may return, for the guide."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from neural.activations import relu, sigmoid, tanh
from truepage import figure


@figure(alt="Two panels side by side: the sigmoid rises from 0 to 1, tanh from −1 to 1.")
def result_axes() -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return an array of axes."""
    _, panels = plt.subplots(1, 2, layout="constrained")
    x = np.linspace(-5, 5, 201)
    for axes, f in zip(panels, (sigmoid, tanh), strict=True):
        axes.plot(x, f(x), label=f.__name__)
        axes.set(xlabel="$x$", title=f.__name__)
    return panels


@figure(alt="ReLU is 0 up to 0, and rises with slope 1 from there.")
def result_pyplot() -> None:
    """Return nothing: what pyplot has open counts."""
    x = np.linspace(-2, 2, 101)
    plt.plot(x, relu(x), label="ReLU")
    plt.xlabel("$x$")


@figure(alt="Three circles on the left, each joined by a line to one circle on the right.")
def result_svg() -> str:
    """Return the text of an SVG."""
    lines = "".join(f'<path d="M40 {y}L200 70"/>' for y in (20, 70, 120))
    circles = "".join(f'<circle cx="40" cy="{y}" r="14"/>' for y in (20, 70, 120))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="140" stroke="#59636e">'
        f'{lines}<g fill="#fff">{circles}<circle cx="200" cy="70" r="18"/></g></svg>'
    )


@figure(alt="A square that is dark at its lower left and bright at its upper right.")
def result_image() -> Image.Image:
    """Return an image, which displays itself as PNG."""
    x = np.linspace(-5, 5, 240)
    return Image.fromarray(np.uint8(255 * sigmoid(x[None, :] - x[:, None])))


@dataclass
class Bars:
    """A drawing that displays itself, as those of drawsvg, schemdraw or graphviz do."""

    heights: tuple[int, ...]

    def _repr_svg_(self) -> str:
        bars = "".join(
            f'<path d="M{20 + 30 * place} 110v-{height}" stroke="#0069a6" stroke-width="20"/>'
            for place, height in enumerate(self.heights)
        )
        width = 10 + 30 * len(self.heights)
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="120">{bars}</svg>'


@figure(alt="Four bars, each twice as high as the one before it.")
def result_displayed() -> Bars:
    """Return what displays itself as SVG."""
    return Bars((10, 20, 40, 80))


@figure(alt="A straight line whose slope is the value of the slider.", sweep={"slope": [1, 2, 3]})
def result_swept(slope: int = 2) -> Axes:
    """Return axes, for each value."""
    _, axes = plt.subplots()
    axes.plot([0, 1], [0, slope], label=f"{slope} x")
    axes.set(xlabel="$x$", ylim=(0, 3))
    return axes
