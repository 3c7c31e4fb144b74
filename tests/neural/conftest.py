"""What the tests of `neural` share: Hypothesis draws the same examples on every run."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

settings.register_profile("neural", derandomize=True, max_examples=60, deadline=None)
settings.load_profile("neural")


@pytest.fixture
def slope_of() -> Callable[..., NDArray[np.float64]]:
    """Numerical gradient: central differences of a function that gives one number."""

    def slope(
        function: Callable[[NDArray[np.float64]], float], x: NDArray[np.float64], step: float = 1e-5
    ) -> NDArray[np.float64]:
        gradient = np.empty_like(x)
        for index in np.ndindex(x.shape):
            nudge = np.zeros_like(x)
            nudge[index] = step
            gradient[index] = (function(x + nudge) - function(x - nudge)) / (2 * step)
        return gradient

    return slope
