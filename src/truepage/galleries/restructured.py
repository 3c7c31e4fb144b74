"""What scripts have of reStructuredText, as Markdown; what is Markdown already stays as it is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from truepage.pages.source import FENCE

Lines = list[tuple[str, int]]
"""Lines of Markdown, each with the index of the line that it is made of."""

RULE = re.compile(r"([=\-~^\"'#*+.:_`])\1{2,}\s*")
_TABLE = re.compile(r"={2,}(?: +={2,})+\s*|\+(?:[-=]+\+)+\s*")
_DIRECTIVE = re.compile(r"\.\. (?P<name>[\w:-]+)::(?:\s+(?P<argument>.*))?")
_TARGET = re.compile(r"\.\. _(?P<name>`[^`]+`|[^:]+):\s*(?P<url>\S*)\s*")
_NOTE = re.compile(r"\.\. \[(?P<name>[^\]]+)\]\s+(?P<text>.*)")
_FIELD = re.compile(r":(?P<name>[\w-]+):\s*(?P<value>.*)")
_ITEM = re.compile(
    r"(?P<indent> *)(?:(?P<bullet>[-*+•])|\(?(?P<number>\d{1,3}|#)[.)])[ \t]+"
    r"(?P<text>[^\s*-].*|[*-]+\S.*)"
)

_ADMONITIONS = {
    **dict.fromkeys(("note", "important", "admonition", "seealso", "topic", "sidebar"), "note"),
    **dict.fromkeys(("tip", "hint"), "tip"),
    **dict.fromkeys(("warning", "attention", "caution"), "warning"),
    **dict.fromkeys(("danger", "error"), "danger"),
    "todo": "note",
}
_CODE = {"code", "code-block", "sourcecode", "ipython", "doctest", "prompt", "parsed-literal"}
_VERSIONS = {
    "versionadded": "New in",
    "versionchanged": "Changed in",
    "deprecated": "Deprecated since",
}
_WITHIN = {"container", "only", "rst-class", "centered", "compound", "epigraph", "grid"}
_SILENT = {
    "contents", "currentmodule", "highlight", "include", "index", "meta", "minigallery", "module",
    "py:currentmodule", "raw", "redirect-from", "tags", "toctree", "default-role", "role",
}  # fmt: skip

_LITERAL = r"(?P<ticks>``)(?P<literal>.+?)(?<!`)``(?!`)"
_ROLE = r":(?P<role>[A-Za-z][\w:.+-]*):`(?P<content>[^`]+)`"
_LINK = r"(?<![`\w])`(?P<words>[^`<]+?)\s*<(?P<url>[^`>]+)>`__?"
_NAMED = r"(?<![`\w])`(?P<named>[^`]+)`__?(?!\w)|(?<![\w`:/.])(?P<word>[A-Za-z][\w-]*?)_(?![\w`])"
_QUOTED = r"(?<![`\w$])`(?P<quoted>[^`\n]+(?:\n[^`\n]+)?)`(?![`\w$])"
_FOOT = r"\[(?P<foot>#?[\w*-]*)\]_(?!\w)"
_INLINE = re.compile("|".join((_LITERAL, _ROLE, _LINK, _NAMED, _QUOTED, _FOOT)), re.DOTALL)
_ITSELF = re.compile(r"(?P<text>.*?)\s*<(?P<target>[^>]+)>", re.DOTALL)


def as_markdown(lines: Sequence[str], levels: dict[str, int]) -> Lines:
    """Return lines of prose as Markdown.

    Parameters
    ----------
    lines
        The lines of a docstring or of a block of comments.
    levels
        Underlines of headings that are known → their level; what is new is added. Only the first
        heading of a script is its title, and once it is known, ``""`` is there, too.

    Examples
    --------
    >>> as_markdown(["Title", "=====", "", "See :func:`~a.b` and `it <u>`_."], {})
    [('# Title', 0), ('', 1), ('', 2), ('See `b` and [it](u).', 3)]
    """
    targets = {
        found["name"].strip("`"): found["url"]
        for line in lines
        if (found := _TARGET.fullmatch(line)) and found["url"]
    }
    return list(_converted(list(lines), levels, targets))


def _converted(
    lines: list[str],
    levels: dict[str, int],
    targets: Mapping[str, str],
    *,
    is_item: bool = False,
) -> Iterator[tuple[str, int]]:
    at = 0
    after = ""
    while at < len(lines):
        line = lines[at]
        begins = at == 0 or not lines[at - 1].strip()
        listed, after = after, after if not line.strip() else ""
        if opening := FENCE.match(line):
            end = _fence_end(lines, at, opening["fence"])
            yield from ((lines[i], i) for i in range(at, end))
            at = end
        elif begins and (found := _heading(lines, at)):
            title, mark, end = found
            level = levels.setdefault(mark, len(levels.keys() - {""}) + 1)
            if level == 1 and "" in levels:
                level = 2
            levels.setdefault("", 0)
            yield f"{'#' * min(level, 6)} {_inline(title, targets)}", at
            yield from (("", i) for i in range(at + 1, end))
            at = end
        elif line.startswith("# "):  # Markdown's
            yield f"{'#' * ('' in levels)}{line}", at
            levels.setdefault("", 0)
            at += 1
        elif line.startswith(".. ") or line.rstrip() == "..":
            end = _indented_end(lines, at + 1)
            yield from _explicit(lines, at, end, levels, targets)
            at = end
        elif _TABLE.fullmatch(line):
            end = next((i for i in range(at, len(lines)) if not lines[i].strip()), len(lines))
            yield from _fenced("text", [(lines[i], i) for i in range(at, end)], at)
            at = end
        elif (begins or (is_item and at)) and (item := _ITEM.fullmatch(line)):
            after = "bullets" if item["bullet"] else "numbers"
            if listed not in {"", after}:  # Markdown would go on with the list before
                yield from [("<!-- -->", at), ("", at)]
            end = _list_end(lines, at, item)
            yield from _list(lines, at, end, levels, targets)
            at = end
        elif line.lstrip().startswith(">>> ") and begins:
            end = next((i for i in range(at, len(lines)) if not lines[i].strip()), len(lines))
            yield from _fenced("pycon", _dedented(lines, at, end), at)
            at = end
        else:
            end = _paragraph_end(lines, at, is_item=is_item)
            text, body = "\n".join(lines[at:end]), end
            while body < len(lines) and not lines[body].strip():
                body += 1
            indent = len(line) - len(line.lstrip())
            is_literal = (
                text.rstrip().endswith("::")
                and body < len(lines)
                and len(lines[body]) - len(lines[body].lstrip()) > indent
            )
            if is_literal:
                text = re.sub(r"\s*::\s*\Z", lambda m: "" if m.start() == 0 else ":", text)
            for number, shown in enumerate(_inline(text, targets).split("\n")):
                yield shown, min(at + number, max(end - 1, at))
            at = end
            if is_literal:
                yield "", at
                end = _indented_end(lines, body)
                yield from _fenced("python", _dedented(lines, body, end), body)
                at = end


def _heading(lines: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """Return the title that begins here, how it is marked, and the index after it."""
    here = [*lines[at : at + 3], "", "", ""][:3]
    if RULE.fullmatch(here[0]) and here[1].strip() and here[2].strip() == here[0].strip():
        return here[1].strip(), here[0][0] * 2, at + 3
    if (
        RULE.fullmatch(here[1])
        and here[0].strip()
        and not here[0].startswith((" ", ".. ", "- ", "* ", ">", "|", "#"))
        and not RULE.fullmatch(here[0])
        and len(here[1].strip()) >= min(4, len(here[0].strip()))
    ):
        return here[0].strip(), here[1][0], at + 2
    return None


def _fence_end(lines: Sequence[str], at: int, fence: str) -> int:
    for end in range(at + 1, len(lines)):
        if lines[end].strip().startswith(fence):
            return end + 1
    return len(lines)


def _paragraph_end(lines: Sequence[str], at: int, *, is_item: bool) -> int:
    end = at + 1
    while end < len(lines) and lines[at].strip() and lines[end].strip():
        if FENCE.match(lines[end]) or (is_item and _ITEM.fullmatch(lines[end])):
            break
        end += 1
    return end


def _list_end(lines: Sequence[str], at: int, first: re.Match[str]) -> int:
    """Return the index after the last line of a list, whose first item is given."""
    last = at
    for end in range(at + 1, len(lines)):
        line = lines[end]
        if not line.strip():
            continue
        is_within = len(line) - len(line.lstrip()) > len(first["indent"])
        is_lazy = bool(lines[end - 1].strip()) and not _ITEM.fullmatch(line)
        if not (is_within or is_lazy or _goes_on(line, first)):
            break
        last = end
    return last + 1


def _goes_on(line: str, first: re.Match[str]) -> bool:
    """Tell whether a line is an item of the list that begins with another one."""
    item = _ITEM.fullmatch(line)
    return (
        item is not None
        and item["indent"] == first["indent"]
        and bool(item["bullet"]) == bool(first["bullet"])
    )


def _list(
    lines: list[str], at: int, end: int, levels: dict[str, int], targets: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield the items of a list: what belongs to one is indented by four, as Markdown has it."""
    first = _ITEM.fullmatch(lines[at])
    assert first  # noqa: S101 (the caller looked)
    starts = [at, *(i for i in range(at + 1, end) if _goes_on(lines[i], first)), end]
    for start, stop in pairwise(starts):
        item = _ITEM.fullmatch(lines[start])
        assert item  # noqa: S101 (as above)
        body = [(item["text"], start), *_dedented(lines, start + 1, stop)]
        made = _converted([text for text, _ in body], levels, targets, is_item=True)
        number = "1" if item["number"] == "#" else item["number"]
        mark = f"{number}. " if number else "- "
        for text, i in made:
            yield f"{mark}{text}" if text else "", body[min(i, len(body) - 1)][1]
            mark = "    " if text else mark
        if any(not text.strip() for text, _ in body):
            yield "", stop - 1  # else what follows is taken for a part of the last paragraph


def _indented_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the indented lines from here on, and the empty ones among them."""
    end = last = at
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith((" ", "\t"))):
        end += 1
        if lines[end - 1].strip():
            last = end
    return last


def _dedented(lines: Sequence[str], start: int, end: int) -> Lines:
    """Return lines without the indentation that they share."""
    indents = [len(line) - len(line.lstrip()) for line in lines[start:end] if line.strip()]
    least = min(indents, default=0)
    return [(lines[i][least:], i) for i in range(start, end)]


def _fenced(language: str, body: Lines, at: int) -> Lines:
    while body and not body[0][0].strip():
        del body[0]
    fence = "`" * max(
        3, *(len(run) + 1 for line, _ in body for run in re.findall("`{3,}", line)), 3
    )
    last = body[-1][1] if body else at
    return [("", at), (f"{fence}{language}", at), *body, (fence, last), ("", last)]


def _explicit(
    lines: list[str], at: int, end: int, levels: dict[str, int], targets: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield what a line that begins with two dots, and what is indented below it, becomes."""
    line = lines[at].rstrip()
    if note := _NOTE.fullmatch(line):
        text = [note["text"], *(more.strip() for more in lines[at + 1 : end])]
        yield _inline(rf"\[{note['name'].lstrip('#')}\] {' '.join(text)}", targets), at
        return
    if not (found := _DIRECTIVE.fullmatch(line)):
        yield "", at  # a comment, or a target
        return
    name, argument = found["name"].removeprefix("sphinx:"), (found["argument"] or "").strip()
    body = _dedented(lines, at + 1, end)
    fields: dict[str, str] = {}
    while body and (not body[0][0].strip() or _FIELD.fullmatch(body[0][0])):
        if field := _FIELD.fullmatch(body.pop(0)[0]):
            fields[field["name"]] = field["value"].strip()

    def inside() -> Lines:
        made = _converted([text for text, _ in body], levels, targets)
        return [(text, body[i][1] if i < len(body) else at) for text, i in made]

    yield "", at
    if name == "math":
        formula = [(argument, at)] if argument else []
        yield from _fenced("math", [*formula, *(each for each in body if each[0].strip())], at)
    elif name in _CODE:
        yield from _fenced((argument or "python").split()[0], body, at)
    elif name in _ADMONITIONS:
        title = argument if name in {"admonition", "topic", "sidebar"} else ""
        if argument and not title:
            body.insert(0, (argument, at))
        words = title or {"seealso": "See also"}.get(name, name.capitalize())
        yield f'!!! {_ADMONITIONS[name]} "{_inline(words, targets)}"', at
        yield from (
            (f"    {words}" if words else "", i) for words, i in [("", at), *inside(), ("", at)]
        )
    elif name in _VERSIONS:
        yield f"*{_VERSIONS[name]} {argument}.*", at
        yield from inside()
    elif name in {"image", "figure"}:
        yield f"![{fields.get('alt', '')}]({argument})", at
        yield from [("", at), *inside()]
    elif name == "rubric":
        yield f"**{_inline(argument, targets)}**", at
    elif name in _WITHIN:
        yield from inside()
    elif name not in _SILENT:  # readable, at least
        yield from _fenced("text", [(lines[i], i) for i in range(at, end)], at)
    yield "", at


def _inline(text: str, targets: Mapping[str, str]) -> str:
    """Return a paragraph with what stands within its lines as Markdown has it."""

    def replaced(found: re.Match[str]) -> str:
        if found["literal"]:
            return found[0] if "`" in found["literal"] else f"`{found['literal']}`"
        if found["role"]:
            return _role(found["role"], found["content"])
        if found["words"]:
            return f"[{found['words']}]({found['url']})"
        if name := found["named"] or found["word"]:
            if name in targets:
                return f"[{name}]({targets[name]})"
            return name if found["named"] else found[0]
        if found["quoted"]:
            return f"`{_short(found['quoted'])}`"
        return rf"\[{found['foot'].lstrip('#')}\]"

    return _INLINE.sub(replaced, text)


def _role(role: str, content: str) -> str:
    """Return the text of a role: formulas as such, names as code, anything else as words."""
    role = role.rpartition(":")[2]
    if role in {"math", "eq"}:
        return f"$`{content}`$"
    titled = _ITSELF.fullmatch(content)
    text = titled["text"] if titled and titled["text"] else content
    if role in {"ref", "doc", "term", "numref", "any", "title", "abbr", "user", "pr", "issue"}:
        return text.lstrip("~!/")
    if role in {"sup", "sub", "superscript", "subscript"}:
        return f"<{role[:3]}>{text}</{role[:3]}>"
    if role in {"strong", "emphasis"}:
        return f"{'**' if role == 'strong' else '*'}{text}{'**' if role == 'strong' else '*'}"
    return f"`{_short(text)}`"


def _short(name: str) -> str:
    """Return a name as it is shown: of one that begins with a tilde, its last part.

    Examples
    --------
    >>> _short("~matplotlib.axes.Axes.plot"), _short(".Axes.plot"), _short("x.y")
    ('plot', 'Axes.plot', 'x.y')
    """
    if name.startswith("~"):
        return name.rpartition(".")[2] if "." in name else name[1:]
    return name.removeprefix("!").removeprefix(".") if re.match(r"[.!]\w", name) else name
