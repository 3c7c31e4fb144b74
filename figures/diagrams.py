"""Pictures of networks, drawn from the layers that compute: no line without a weight."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Circle

from axes import INK, MUTED
from neural.networks import Activation, Affine, Layer, feedforward
from training import RELU, SIGMOID
from truepage import figure

RADIUS = 0.085  # of a unit, where the whole diagram is 2 high
COLUMN = 0.62  # distance between layers
POSITIVE, NEGATIVE = {"color": "C0", "linestyle": "-"}, {"color": "C1", "linestyle": "--"}


def draw_network(axes: Axes, layers: Sequence[Layer], inputs: str = "x", output: str = "y") -> None:
    """Draw the units of a network as circles and its weights as lines between them.

    A line is solid for a positive and dashed for a negative weight, and as wide as the weight is
    large; a weight of 0 has none. A unit shows the graph of its activation function.
    """
    affine = [layer for layer in layers if isinstance(layer, Affine)]
    following = dict(zip(layers, [*layers[1:], None], strict=True))
    columns = [_places(0, affine[0].weights.shape[0])]
    _text_beside(axes, columns[0], inputs, -1)
    for place in columns[0]:
        axes.add_patch(Circle(place, RADIUS, fill=False, edgecolor=MUTED, linewidth=1.2))
    for number, layer in enumerate(affine, start=1):
        columns.append(_places(number * COLUMN, layer.weights.shape[1]))
        largest = np.abs(layer.weights).max() or 1
        for (i, j), weight in np.ndenumerate(layer.weights):
            if weight:
                ends = _between(columns[-2][i], columns[-1][j])
                style = POSITIVE if weight > 0 else NEGATIVE
                axes.plot(*ends, **style, linewidth=0.6 + 2.4 * abs(weight) / largest)
        activation = following[layer]
        for place in columns[-1]:
            _draw_unit(axes, place, activation if isinstance(activation, Activation) else None)
    _text_beside(axes, columns[-1], output, 1)
    axes.set(xlim=(-0.3, (len(columns) - 1) * COLUMN + 0.3), ylim=(-1.05, 1.05))
    axes.set_aspect("equal")
    axes.set_axis_off()


def _places(x: float, units: int) -> np.ndarray:
    """Return the centres of the units of one layer, one above the other."""
    apart = min(0.5, 1.9 / max(units - 1, 1))
    heights = apart * (np.arange(units) - (units - 1) / 2)
    return np.column_stack([np.full(units, x), -heights])


def _between(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the line from the rim of one circle to the rim of another."""
    rim = (end - start) / np.linalg.norm(end - start) * RADIUS
    return tuple(np.stack([start + rim, end - rim]).T)


def _draw_unit(axes: Axes, place: np.ndarray, activation: Activation | None) -> None:
    """Draw a circle with the graph of the activation function in it, as it is from −3 to 3."""
    axes.add_patch(Circle(place, RADIUS, fill=False, edgecolor=INK, linewidth=1.4))
    x = np.linspace(-3, 3, 25)
    y = activation.function(x) if activation else x
    height = (y - y.min()) / (y.max() - y.min()) - 0.5
    curve = place + RADIUS * np.column_stack([x / 3 * 0.62, height])
    axes.plot(*curve.T, color=INK, linestyle="-", linewidth=1.2)


def _text_beside(axes: Axes, places: np.ndarray, name: str, side: int) -> None:
    """Write what goes in, or comes out, beside the units of a layer."""
    for number, (x, y) in enumerate(places, start=1):
        text = f"${name}_{number}$" if len(places) > 1 else f"${name}$"
        align = "right" if side < 0 else "left"
        axes.text(x + side * 1.5 * RADIUS, y, text, ha=align, va="center")


def _beside() -> tuple[Figure, Axes, Axes]:
    """Return a figure with a place for a diagram on the left and one for a graph on the right."""
    figure = Figure(figsize=(5.5, 3.0), layout=ConstrainedLayoutEngine(wspace=0.04))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.45])
    return figure, left, right


def wave(x: np.ndarray) -> np.ndarray:
    """Return the curve that is to be imitated: a sine wave, moved a little."""
    return np.sin(x + 0.8)


def wave_network(units: int) -> tuple[Layer, ...]:
    """Return a network whose ReLU units bend its output at even steps, onto the wave.

    Unit k is 0 up to its knot. From there the output turns by the weight of the unit: by as much as
    brings it to the wave again at the next knot.
    """
    knots = np.linspace(-np.pi, np.pi, units + 1)
    slopes = np.diff(wave(knots)) / np.diff(knots)
    turns = np.diff(slopes, prepend=0.0)
    hidden = Affine(np.ones((1, units)), -knots[:-1])
    return hidden, RELU, Affine(turns.reshape(-1, 1), wave(knots[:1]))


def wave_error(units: int) -> float:
    """Return how far the network with so many units is from the wave at most."""
    x = np.linspace(-np.pi, np.pi, 2001).reshape(-1, 1)
    return float(np.abs(feedforward(wave_network(units), x)[-1] - wave(x)).max())


@figure(
    alt="Left, a network: one input, a column of hidden units, one output, and a line for each "
    "weight. The number of hidden units is to be chosen, at first 3. Right, the output of this "
    "network over its input, a line with as many straight pieces, and the sine wave that it is to "
    "follow. With 1 unit it is level, with 2 a tent, with 3 a rough zigzag; with 12 it is close to "
    f"the wave everywhere: off by {wave_error(12):.2f} at most.",
    sweep={"units": [1, 2, 3, 4, 5, 6, 8, 10, 12]},
)
def bends_make_a_wave(units: int = 3) -> Figure:
    """Draw a network of ReLU units, and its output beside the wave that it imitates."""
    layers = wave_network(units)
    figure, left, right = _beside()
    draw_network(left, layers)
    x = np.linspace(-np.pi, np.pi, 241).reshape(-1, 1)
    right.plot(x, wave(x), color=MUTED, linestyle="-", linewidth=4, alpha=0.5, label="the wave")
    right.plot(x, feedforward(layers, x)[-1], color="C0", linestyle="-", label="the network")
    right.set(xlim=(-np.pi, np.pi), xlabel="input $x$", ylim=(-1.25, 1.95), ylabel="output $y$")
    right.set(xticks=[-3, 0, 3], yticks=[-1, 0, 1])
    right.text(-2.95, 1.7, f"off by {wave_error(units):.2f}", va="center")
    right.legend(loc="upper right")
    return figure


@figure(
    alt="Left, a single unit: an input x, a line for its weight w, and a circle with the sigmoid "
    "in it. Right, its output over x for a weight to be chosen, at first 1: an S that is level for "
    "weight 0, steeper for larger weights, and falls where the weight is negative. The bias is 0.",
    sweep={"weight": [-4, -2, -1, -0.5, 0, 0.5, 1, 2, 4]},
)
def one_unit(weight: float = 1) -> Figure:
    """Draw one sigmoid unit, and its output over its input."""
    layers = (Affine(np.array([[float(weight)]]), np.zeros(1)), SIGMOID)
    figure, left, right = _beside()
    draw_network(left, layers)
    left.text(COLUMN / 2, 0.12, f"$w = {weight:g}$", ha="center", va="bottom")
    left.set(ylim=(-0.45, 0.45))
    x = np.linspace(-5, 5, 201).reshape(-1, 1)
    right.plot(x, feedforward(layers, x)[-1], color="C0", label=r"$\sigma(wx)$")
    right.set(xlim=(-5, 5), xlabel="input $x$", ylim=(-0.05, 1.05), ylabel=r"output $\sigma(wx)$")
    right.set(xticks=[-4, -2, 0, 2, 4], yticks=[0, 0.5, 1])
    return figure
