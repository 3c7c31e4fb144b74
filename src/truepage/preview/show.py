"""What an open page is sent of a picture: the same HTML that a build puts there."""

from collections.abc import Callable
from typing import Any

from truepage.engine.project import Project
from truepage.figures.discover import Figure
from truepage.figures.draw import Rendering
from truepage.markdown.project_pages import ProjectPages
from truepage.markdown.shown import page_figure, tools, view
from truepage.preview.endpoint import TYPES

WORDS = "⟪figure⟫"
"""Stands for what a page calls the figure, such as "Figure 3", which only the page knows."""


def shown(
    project: Project, address: Callable[[], str]
) -> Callable[[Rendering, Figure], dict[str, Any]]:
    """Return what shows the pictures of a project.

    Parameters
    ----------
    project
        The project.
    address
        Returns the endpoint's address, where the files of pictures are.
    """
    pages = ProjectPages(project.root)

    def show(rendering: Rendering, figure: Figure) -> dict[str, Any]:
        files = f"{address()}/figures/{figure.name}"
        addresses = {
            suffix: f"{files}.{suffix}"
            for suffix in rendering.product.files
            if suffix.rpartition(".")[2] in TYPES
        }
        content = page_figure(rendering, pages.code_of(figure), addresses)
        return {"view": view(content), "tools": tools(content, WORDS)}

    return show
