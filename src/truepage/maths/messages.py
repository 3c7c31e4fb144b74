"""What came of checking an equation, in words."""

from truepage.maths.points import SAMPLES
from truepage.maths.site import Entry
from truepage.maths.verdict import ULPS, Verdict


def message(entry: Entry, verdict: Verdict) -> str:
    """Return what there is to say, without the place; of an equation that holds, what to note."""
    name, tex = entry.equation.name, entry.equation.tex
    shown = "\n".join(f"    {line}" for line in tex.strip().split("\n"))
    match verdict.status:
        case "unchecked":
            return verdict.words
        case "checked":
            return _notes(entry, verdict)
        case "not understood":
            part = entry.fault.part if entry.fault else ""
            at = f", at `{part}`" if part else ""
            return f"{name} is not understood: {verdict.words}{at}.\n{shown}"
        case "undecided":
            return f"{name} is undecided: {verdict.words}.\n{shown}"
    found = verdict.disagreement
    if found is None:
        return f"{name} is refuted: {verdict.words}.\n{shown}"
    left, right = found.sides
    where = f"at {found.at} " if found.at else ""
    words = f"{name} is refuted: {where}`{left}` is {found.left}, `{right}` is {found.right}."
    if left == "the code":
        symbol = entry.problem.code.function.symbol if entry.problem and entry.problem.code else ""
        code = (
            f"{symbol} {found.left}"
            if found.left.startswith("raises")
            else (f"{symbol} gives {found.left}")
        )
        words = f"{name} is refuted: {where}{code}, `{right}` is {found.right}."
    lines = [words, shown]
    if verdict.repair:
        lines.append(f"    It holds {verdict.repair}.")
    return "\n".join(lines)


def _notes(entry: Entry, verdict: Verdict) -> str:
    """Return what an author should know of an equation that holds."""
    notes = []
    code = entry.problem.code if entry.problem else None
    # What is composed of several inputs may lose digits however well it is computed.
    of_one_number = code is not None and len(code.arguments) <= 2 and verdict.points > SAMPLES
    if of_one_number and verdict.ulps is not None and verdict.ulps > ULPS:
        notes.append(f"the code is off by {verdict.ulps:.1f} ULP")
    if verdict.warnings:
        notes.append(f"the code warned: {'; '.join(verdict.warnings)}")
    if verdict.undecided:
        several = verdict.undecided > 1
        notes.append(f"{verdict.undecided} point{'s stay' if several else ' stays'} undecided")
    return "; ".join(notes)
