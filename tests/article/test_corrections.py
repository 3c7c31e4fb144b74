"""The page of corrections quotes the post's own words.

The post itself is not part of the project: here are the lines of it that the page quotes from, as
they stand in it.
"""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "corrections.md").read_text(encoding="utf-8")

POST = r"""
title: "Deep Learning - Neural Networks"
date: "2021-09-18"
series: ["Machine Learning"]

Typically, we use one-hot encoding to encode each category into a binary value.

Let's take the derivative of MSE w.r.t $w$. The equation below shows that the gradient of MSE w.r.t
$w$ is the product of the difference between the target value $y$ and predicted value $\sigma(z)$
and the gradient of the activation function.

\frac {\partial }{\partial  w}\frac{1}{2}(y - \sigma(z))^2 = (y - \sigma(z))\sigma'(z)x

![](/blog/post/images/sigmoid.png "Figure 1: Sigmoid function")

Cross-entropy measures the difference between two distributions, where $f(x)$ is considered as the
ground truth.

Does it have the problem of slow learning? Let's take the derivative of $E$ w.r.t $w_j$

\frac{\partial L}{\partial w_j} = - \frac{1}{n} \sum_x (\frac{y}{\sigma(z)} - \frac{1 - y}{1 - \sigma(z)})\sigma'(z)x_j = - \frac{1}{n} \sum_x (\sigma(z) - y) x_j

We see that the gradient of $w_j$ is determined by the error in the output. In other words,
cross-entropy punishes the wrong classification heavily.

![](/blog/post/images/negative-log.png "Figure 2: Negative logarithm between 0 and 1.")

Deep learning works by mimicking how a human brain learns. Every second, our brains receive a lot of
information, but not all of them are useful.

each layer can be expressed as $Y = XW$

we must use a nonlinear function, also known as an activation function, which is applied to each
hidden unit following an affine transformation controlled by parameters.

So, what should a valid activation function look like?

- differentiable
- monotonic

If the output of a neuron is greater than zero, the step function will return 1 and this neuron will
be activated, otherwise it will be deactivated.

  - only suitable for binary classificaition

![](/blog/post/images/step-activation.png "Figure 4: Binary step activation function.")

Identity function is a linear function that returns the multiple of the input.

  - The gradient is  non-zero
  - However, the gradient is a constant value that does not depend on the inputs, so learning will
not be improved from errors since the gradient is always the same.

![](/blog/post/images/identity-activation.png "Figure 3: Identity activation function.")

- Range: $[0, 1]$
  - The gradient is small as $z$ is far away from 0, which will cause 'vanishing gradient'

![](/blog/post/images/sigmoid-function.png#full "Figure 5: Sigmoid function and its derivative")

# F.sigmoid is deprecated

- Range: $[-1, 1]$
  - Similar to sigmoid, but it's symmetric around 0
  - The gradient is steeper than sigmoid

![](/blog/post/images/tanh.png#full "Figure 6: Tanh function")

# F.tanh is deprecated

  - dying reLU, since neurons with negative values will be deactivated, and thus the weights for
them will not be updated due to the zero gradient

![](/blog/post/images/reLU.png "Figure 6: ReLU function")

The leak coefficient that controls the slope, also known negative_slope in PyTorch, is a learned
parameter, typically, it's $0.01$.

# weight must be a tensor
y = F.prelu(x, torch.tensor(0.25))
"""  # noqa: E501  # a line of the post

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROSE = FENCE.sub("", PAGE)


def plain(text: str) -> str:
    """Give text as it is read: without the marks of quotations and formulas, on one line."""
    return " ".join(re.sub(r"[$`]", "", re.sub(r"^> ?", "", text, flags=re.MULTILINE)).split())


def without_space(tex: str) -> str:
    """Give TeX without what only moves it apart or sets its size."""
    return re.sub(r"\\[,;!]|\s", "", tex).replace(r"\tfrac", r"\frac")


def quotations() -> list[str]:
    """Give everything that the page quotes: blocks, and what stands in quotation marks."""
    blocks = re.findall(r"(?:^> .*\n)+", PROSE, re.MULTILINE)
    marked = re.findall(r'"([^"]+)"', re.sub(r"^> .*$", "", PROSE, flags=re.MULTILINE))
    return [plain(quotation) for quotation in [*blocks, *marked]]


def test_quotations_are_the_posts_own_words() -> None:
    """Each of them is in the post, letter for letter."""
    assert len(quotations()) > 25
    post = plain(POST)
    assert [quotation for quotation in quotations() if quotation not in post] == []


def test_refuted_equations_are_the_posts() -> None:
    """The equation that the build refutes first is the post's, and its listing is."""
    (tex,) = [body for kind, body in FENCE.findall(PAGE) if kind == "tex"]
    assert plain(tex) in plain(POST)
    refuted = next(body for kind, body in FENCE.findall(PAGE) if "the post's equation" in body)
    right = without_space(refuted.rpartition(" = ")[2])
    assert right in without_space(POST)


def test_letters_and_numbers_are_the_posts() -> None:
    """Its figures come in the order that the page says, under the letters that it says."""
    numbers = re.findall(r'"Figure (\d)', POST)
    assert re.findall(r'"Figure (\d)"', PAGE) == numbers
    assert "derivative of $E$" in POST
    assert r"\partial L" in POST
