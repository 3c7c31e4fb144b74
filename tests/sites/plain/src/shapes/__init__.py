"""Heights of lines."""


def height(share: float) -> float:
    """Return the height of a line.

    Parameters
    ----------
    share
        Of the picture.
    """
    return share
