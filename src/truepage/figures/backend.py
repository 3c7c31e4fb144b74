# mypy: disable-error-code="no-untyped-call, misc"
"""matplotlib's SVG backend, which also notes what a page has to know of what is drawn.

Text is text where the page has its glyphs, so that it can be selected and found. Text in a font
that only the author has is drawn as outlines; what no font at hand has is left to the reader's.
"""

import io
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from typing import Any, ClassVar

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends import backend_svg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.colors import Colormap, to_hex, to_rgb, to_rgba
from matplotlib.ft2font import FT2Font
from matplotlib.path import Path as Curve
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform

from truepage.figures import palette, scheme

DATA, FIELD, GROUND = "truepage-data", "truepage-field", "truepage-ground"
"""Groups of what stands for values, of what fills its place with them, and of grounds."""
MARKS = frozenset({DATA, FIELD, GROUND})


class Renderer(backend_svg.RendererSVG):
    """Draws a figure; what it learns of it is in `backdrop`, `texts` and `missing`.

    Parameters
    ----------
    fonts
        File → font, of those that pages have.
    mapped
        Colours that a colormap gave to the author: they stand for values.
    """

    def __init__(
        self,
        *arguments: Any,
        fonts: Mapping[str, font_manager.FontEntry],
        mapped: Collection[scheme.Color],
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self._fonts, self._mapped = fonts, mapped
        self._text2path = _Outlines()
        self._groups: list[str | None] = []
        self._raw: list[Any] = []
        self._decided = False
        self.marks: frozenset[str | None] = frozenset()
        """Marks of what has just been drawn as pixels; none of an author's own image."""
        self.backdrop = scheme.Backdrop(self.width, self.height)
        self.texts: list[tuple[str, Bbox]] = []
        """Every line of text, and where it is seen, in points from the bottom left corner."""
        self.missing: dict[str, str] = {}
        """Text → its characters that no font has."""

    # matplotlib calls these. Each draws as it did, in colours that are known to stay or to follow.

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group; `gid` may be one of `MARKS`."""
        self._groups.append(gid)
        super().open_group(s, None if gid in MARKS else gid)

    def close_group(self, s: str) -> None:
        """End it."""
        self._groups.pop()
        super().close_group(s)

    def draw_path(self, gc: Any, path: Curve, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803
        """Draw a path."""
        if not self._decided:
            gc, rgbFace = self._paint(  # noqa: N806
                gc, rgbFace, lambda agg, own, face: agg.draw_path(own, path, transform, face)
            )
        for own, face in self._layers(gc, rgbFace):
            super().draw_path(own, path, transform, face)

    def draw_markers(
        self,
        gc: Any,
        marker_path: Curve,
        marker_trans: Any,
        path: Curve,
        trans: Any,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Draw a marker at each point of a path."""
        shapes = marker_path, marker_trans, path, trans
        gc, rgbFace = self._paint(  # noqa: N806
            gc,
            rgbFace,
            lambda agg, own, face: agg.draw_markers(own, *shapes, face),
            area=False,
        )
        super().draw_markers(gc, *shapes, rgbFace)

    def _iter_collection_raw_paths(self, *arguments: Any) -> Iterator[Any]:
        self._raw = list(super()._iter_collection_raw_paths(*arguments))
        yield from self._raw

    def _iter_collection(
        self, gc: Any, path_ids: Any, *arguments: Any, **options: Any
    ) -> Iterator[Any]:
        both = list(zip(path_ids, self._raw, strict=True))
        for x, y, (ident, (path, transform)), gc0, face in super()._iter_collection(
            gc, both, *arguments, **options
        ):
            placed = path, Affine2D(transform.get_matrix()).translate(x, y)
            painted = self._paint(
                gc0, face, lambda agg, own, face, placed=placed: agg.draw_path(own, *placed, face)
            )
            self._decided = True
            for layer in self._layers(*painted):
                yield x, y, ident, *layer
            self._decided = False

    def option_image_nocomposite(self) -> bool:
        """Have each image drawn by itself, by what it is drawn with: as Agg has it."""
        return True

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Draw an image."""
        height, width = im.shape[:2]
        if transform is None:
            place = (x, y, width * 72 / self.image_dpi, height * 72 / self.image_dpi)
        else:
            place = Bbox.unit().transformed(transform).translated(x, y).bounds
        fields = self.marks <= {FIELD}
        self.backdrop.paste(gc, im, place, shapes=not fields, data=DATA in self.marks)
        super().draw_image(gc, x, y, im, transform)

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Draw a line of text."""
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]) - (0, descent)
        turn = Affine2D().rotate_deg(angle).translate(x, self.height - y)
        box: np.ndarray = turn.transform(corners)
        clip = gc.get_clip_rectangle()
        seen = Bbox([box.min(axis=0), box.max(axis=0)])
        inside = Bbox.intersection(seen, clip.frozen()) if clip else seen
        if s.strip() and inside:
            self.texts.append((s, inside))
        place = Curve(box, closed=False)
        gc, _ = self._paint(
            gc,
            None,
            lambda agg, own, _: agg.draw_path(own, place, IdentityTransform(), (0, 0, 0)),
            least=scheme.TEXT,
        )
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)

    def _draw_text_as_text(self, gc: Any, x: float, y: float, s: str, *how: Any) -> None:
        prop, angle, ismath, mtext = how
        if not self._is_text(s, prop, ismath):
            self._draw_text_as_path(gc, x, y, s, *how)
            return
        font = None if ismath else self._fonts.get(str(font_manager.findfont(prop)))
        if font:  # a page has more weights and styles than there are here
            prop = prop.copy()
            prop.set_weight(font.weight)
            prop.set_style(font.style)
            prop.set_variant("normal")
        super()._draw_text_as_text(gc, x, y, s, prop, angle, ismath, mtext)

    # Which colours stay

    def _paint(
        self,
        gc: Any,
        face: Any,
        paint: Callable[[Any, Any, Any], None],
        least: float = scheme.SHAPE,
        area: bool = True,
    ) -> tuple[Any, Any]:
        """Return a graphics context and a fill in whose colours something is drawn.

        Parameters
        ----------
        gc, face
            In whose colours the author draws it.
        paint
            Draws it with another renderer, graphics context and fill.
        least
            The contrast that it must have.
        area
            Whether what it fills is an area that text may lie on.
        """
        forced = gc.get_alpha() if gc.get_forced_alpha() else None
        colors = []
        for color in (face, gc.get_rgb() if gc.get_linewidth() or face is None else None):
            if color is not None:
                alpha = forced if forced is not None else color[3] if len(color) == 4 else 1.0
                colors.append((*map(float, color[:3]), float(alpha)))
        group = next((gid for gid in reversed(self._groups) if gid in MARKS), None)
        found = {scheme.levels(color) for color in colors if color[3]}
        solid = self.new_gc()
        solid.copy_properties(gc)
        solid.set_alpha(1)
        solid.set_foreground("black")
        keeps = self.backdrop.keeps(
            lambda agg: paint(agg, solid, None if face is None else (0, 0, 0)),
            colors,
            data=group in {DATA, FIELD}
            or (group == GROUND and scheme.WHITE not in found)
            or not found.isdisjoint(self._mapped),
            least=0.0 if group in {FIELD, GROUND} else least,
            area=area and face is not None,
        )
        hatched = gc.get_hatch() is not None and face is not None and scheme.covers(colors[0])
        if not keeps and not hatched and scheme.BLACK not in found:
            return gc, face
        own = self.new_gc()
        own.copy_properties(gc)
        if hatched or (keeps and gc.get_hatch() is not None):
            own.set_hatch_color(_drawn(gc.get_hatch_color(), palette.KEPT))
        others = palette.KEPT if keeps else {"#000000": palette.BLACK}
        own.set_foreground(_drawn(gc.get_rgb(), others), isRGBA=True)
        return own, None if face is None else _drawn(face, others)

    def _layers(self, gc: Any, face: Any) -> Iterator[tuple[Any, Any]]:
        """Yield in what something is drawn, one over the other.

        SVG makes a hatch as translucent as what is below it, and its line. Agg does not.
        """
        forced = gc.get_alpha() if gc.get_forced_alpha() else 1.0
        alpha = face[3] if face is not None and len(face) == 4 else 1.0
        if gc.get_hatch() is None or not 0 < forced * alpha < 1:
            yield gc, face
            return
        if face is not None:
            below = self.new_gc()
            below.copy_properties(gc)
            below.set_hatch(None)
            below.set_linewidth(0)
            yield below, face
        over = self.new_gc()
        over.copy_properties(gc)
        color = to_rgba(gc.get_hatch_color())
        over.set_hatch_color(to_rgba(color, min(1.0, color[3] / forced)))
        yield over, None

    # Which text is text

    def _is_text(self, s: str, prop: Any, ismath: Any) -> bool:
        """Tell whether a page has the glyphs of a line of text, or no font at hand has them."""
        if ismath == "TeX":
            return False
        if ismath:
            glyphs = self._text2path.mathtext_parser.parse(s, 72, prop).glyphs
            return all(glyph[0].fname in self._fonts for glyph in glyphs)
        file = font_manager.findfont(prop)
        own = set(s) - _characters(str(file))
        if not own and str(file) in self._fonts:
            return True
        others = font_manager.fontManager._find_fonts_by_props(prop)
        for other in others:
            own -= _characters(str(other))
        if own:
            self.missing[s] = "".join(sorted(own))
        return bool(own)


class _Mixed(MixedModeRenderer):
    """Draws shapes and pixels; what has itself drawn as pixels may hold what does so, too."""

    _depth = 0
    _marks: frozenset[str | None] = frozenset()

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group."""
        if self._depth:
            self._marks |= {gid if gid in MARKS else None}
        self._renderer.open_group(s, gid)

    def start_rasterizing(self) -> None:
        """Draw pixels from now on."""
        if not self._depth:
            self._marks = frozenset()
            super().start_rasterizing()
        self._depth += 1

    def stop_rasterizing(self) -> None:
        """Draw shapes again where all that asked for pixels is drawn."""
        self._depth -= 1
        if not self._depth:
            shapes = self._vector_renderer
            shapes.marks = self._marks
            super().stop_rasterizing()
            shapes.marks = frozenset()


class _Outlines(TextToPath):
    """Outlines of letters, named by their font's file: fonts may share all other names."""

    def _get_glyph_repr(self, font: FT2Font, glyph: int) -> str:
        return f"{font.fname!s}-{glyph:x}".replace("%", "%25")


class Canvas(backend_svg.FigureCanvasSVG):
    """Writes a figure as SVG with a `Renderer`, which it keeps."""

    fonts: ClassVar[Mapping[str, font_manager.FontEntry]] = {}
    mapped: ClassVar[Collection[scheme.Color]] = ()
    written: Renderer | None = None

    def print_svg(
        self,
        filename: Any,
        *,
        bbox_inches_restore: Any = None,
        metadata: Any = None,
        **_others: Any,
    ) -> None:
        """Write the figure: `FigureCanvasSVG.print_svg`, with the other renderer."""
        dpi, self.figure.dpi = self.figure.dpi, 72
        width, height = self.figure.get_size_inches()
        text = io.TextIOWrapper(filename, "utf-8", write_through=True)
        renderer: Any = self._renderer(text, dpi, metadata)
        self.written = renderer
        # Axes of other kinds may come to know how large they are only when they are drawn.
        if all(type(axes).draw is Axes.draw for axes in self.figure.axes):
            renderer._draw_disabled = partial(self._laying_out, renderer)
        mixed = _Mixed(
            self.figure, width, height, dpi, self.written, bbox_inches_restore=bbox_inches_restore
        )
        self.figure.draw(mixed)  # type: ignore[arg-type]
        mixed.finalize()
        text.detach()

    def _renderer(self, text: Any, dpi: float, metadata: Any = None) -> Renderer:
        width, height = 72 * self.figure.get_size_inches()
        how = {"image_dpi": dpi, "metadata": metadata, "fonts": self.fonts, "mapped": self.mapped}
        return Renderer(width, height, text, **how)

    @contextmanager
    def _laying_out(self, renderer: Any) -> Iterator[None]:
        """Do no more than a layout needs where `savefig` draws the figure for that alone."""
        figure: Any = self.figure
        if "draw" in vars(figure):  # the layout itself asks for this
            with type(renderer)._draw_disabled(renderer):
                yield
            return

        def draw(renderer: Any) -> None:
            figure._get_draw_artists(renderer)
            with suppress(ValueError):  # as when a figure is drawn
                figure.get_layout_engine().execute(figure)

        figure.draw = draw
        try:
            yield
        finally:
            del figure.draw

    # What authors connect with drawing asks for these, as windows have them.

    def get_renderer(self) -> Renderer:
        """Return what draws, or what measures text as it does."""
        return self.written or self._renderer(io.StringIO(), 72)

    def copy_from_bbox(self, _bbox: Any) -> None:
        """Keep nothing: nothing is drawn over."""

    def restore_region(self, _region: Any) -> None:
        """Draw nothing over."""


def _drawn(color: Any, others: Mapping[str, str]) -> Any:
    """Return a colour, or the one that is drawn in its place."""
    other = others.get(_hex(tuple(color)))
    return (*to_rgb(other), *color[3:]) if other and color[-1:] != (0,) else color


_hex = lru_cache(1 << 12)(to_hex)


@lru_cache
def _characters(file: str) -> frozenset[str]:
    """Return the characters that a font has, and those that no font needs."""
    return frozenset(map(chr, FT2Font(file).get_charmap())) | frozenset("\n\t\u200b\u2060\ufe0f")


def watch_colormaps() -> set[scheme.Color]:
    """Return a set that will hold colours of the palette which a colormap gives to authors.

    What matplotlib itself maps is known by its artist.
    """
    found: set[scheme.Color] = set()
    call: Any = Colormap.__call__

    def noting(self: Any, X: Any, alpha: Any = None, bytes: Any = False) -> Any:  # noqa: A002, N803
        result = call(self, X, alpha, bytes)
        if sys._getframe(1).f_globals.get("__name__") != "matplotlib.colorizer":
            given = np.asarray(result).reshape(-1, 4)
            given = given if bytes else (255 * given).round()
            found.update(
                color
                for color in scheme.PALETTE
                if len(given) and (given[:, :3] == color).all(axis=1).any()
            )
        return result

    Colormap.__call__ = noting  # type: ignore[method-assign]
    return found
