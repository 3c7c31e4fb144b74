"""The signs of TeX that formulas here may have, and what each of them is."""

NO_LETTERS = {
    "\\%": "a percentage is a number: write 0.5 or \\frac{50}{100}",
    "\\exists": "state what holds for every value",
    "\\top": "it stands above a vector or a matrix, as in x^\\top",
    "\\prime": "write f'",
    "\\partial": "write \\frac{\\partial f}{\\partial x}",
    "\\nabla": "a gradient is not computed; write \\frac{\\partial f}{\\partial x_i}",
    "\\Re": "complex numbers are not computed with",
    "\\Im": "complex numbers are not computed with",
    "\\degree": "write \\frac{\\pi}{180}",
    "\\neg": "write the condition that holds",
    "\\emptyset": "sets stand in `% where:` lines only",
    "\\#": "write a letter",
    "\\&": "write \\text{ and }",
    "\\$": "write the number without its unit",
}
"""Signs that stand for no value, and what to write instead."""
RELATIONS = {
    "=": "=",
    **dict.fromkeys(("\\equiv", "\\triangleq", "\\doteq"), "="),
    "<": "<",
    "\\lt": "<",
    ">": ">",
    "\\gt": ">",
    "\\le": "\\le",
    "\\leq": "\\le",
    "\\leqslant": "\\le",
    "\\ge": "\\ge",
    "\\geq": "\\ge",
    "\\geqslant": "\\ge",
    "\\approx": "\\approx",
    "\\leftarrow": "\\leftarrow",
    "\\gets": "\\leftarrow",
    "\\in": "\\in",
}
OPERATORS = {
    "+": "+",
    "-": "-",
    "\\cdot": "\\cdot",
    "\\times": "\\times",
    "*": "\\cdot",
    "\\odot": "\\odot",
    "\\circ": "\\circ",
    "\\otimes": "\\otimes",
    "\\star": "\\star",
    "\\ast": "\\ast",
    "/": "/",
}
SETS = {"\\cup", "\\setminus"}
"""Signs between domains."""
OPENING = {
    "(": "(",
    "[": "[",
    "\\{": "{",
    "\\lbrace": "{",
    "\\lvert": "|",
    "\\lbrack": "[",
    "\\lVert": "\\|",
    "\\langle": "\\langle",
    "\\lfloor": "\\lfloor",
    "\\lceil": "\\lceil",
}
CLOSING = {
    ")": ")",
    "]": "]",
    "\\}": "}",
    "\\rbrace": "}",
    "\\rvert": "|",
    "\\rbrack": "]",
    "\\rVert": "\\|",
    "\\rangle": "\\rangle",
    "\\rfloor": "\\rfloor",
    "\\rceil": "\\rceil",
}
PARTNERS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "|": "|",
    "\\|": "\\|",
    "\\langle": "\\rangle",
    "\\lfloor": "\\rfloor",
    "\\lceil": "\\rceil",
}
"""The delimiter that closes what another opens."""
DOTS = {
    "\\@cdots",
    "\\cdots",
    "\\ldots",
    "\\dots",
    "\\dotsc",
    "\\dotsb",
    "\\cdotp",
    "\\mathellipsis",
}
BOLD = {"mathbf", "boldsymbol", "mathit", "mathnormal", "bm"}
"""Typefaces that do not make another letter: a vector's elements are written without them."""
ACCENTS = {"\\hat", "\\bar", "\\tilde", "\\vec", "\\dot", "\\ddot", "\\widehat", "\\widetilde"}
LABELS = {"def", "def.", "!", "\\triangle", "\\Delta", "∆"}
"""What may stand above an equals sign without another meaning."""
QUAD = 1.0
"""Width in em from which a space parts two statements."""

PROSE = {"if", "for", "when", "where", "with", "and", "or", "otherwise", "else", "all", "every"}
"""Words of a `\\text{…}` that are no name."""
