"""Finding figures without importing anything."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from truepage.engine.errors import DeclarationError
from truepage.engine.project import find_project
from truepage.figures.discover import Figure, discover

Make = Callable[[Mapping[str, str | bytes]], Path]
IMPORT = "from truepage import figure\n"


def found(root: Path) -> dict[str, Figure]:
    """Discover the figures of a project."""
    return discover(find_project(root))


def problems(root: Path) -> list[str]:
    """Return the lines of the error that discovery raises."""
    with pytest.raises(DeclarationError) as caught:
        found(root)
    return str(caught.value).split("\n")


def test_a_figure_is_known_by_name_module_function_and_place(make: Make) -> None:
    """`_` is written `-`; the place is the line of `def`, from the project's root."""
    root = make({"figures/a.py": f'{IMPORT}\n@figure(alt="A.")\ndef leaky_relu(): ...\n'})
    figure = Figure("leaky-relu", "figures/a.py", 4, None, "a", "leaky_relu")
    assert found(root) == {"leaky-relu": figure}
    assert figure.place == "figures/a.py:4"


def test_nothing_is_imported(make: Make) -> None:
    """A module that would raise or leave a trace when imported is only read."""
    trap = "open('trace', 'w')\nraise SystemExit(7)\n"
    root = make({"figures/a.py": f'{trap}{IMPORT}@figure(alt="A.")\ndef a(): ...\n'})
    assert list(found(root)) == ["a"]
    assert not (root / "trace").exists()


@pytest.mark.parametrize(
    ("statement", "decorator"),
    [
        ("from truepage import figure", "figure"),
        ("from truepage import figure as fig", "fig"),
        ("from truepage.declare import figure", "figure"),
        ("import truepage", "truepage.figure"),
        ("import truepage as tp", "tp.figure"),
        ("import truepage.declare", "truepage.declare.figure"),
        ("if True:\n    from truepage import figure", "figure"),
    ],
)
def test_any_way_of_importing_figure_counts(make: Make, statement: str, decorator: str) -> None:
    """The decorator is known by what it was imported as."""
    root = make({"figures/a.py": f'{statement}\n@{decorator}(alt="A.")\ndef a(): ...\n'})
    assert list(found(root)) == ["a"]


def test_what_is_merely_called_figure_is_no_figure(make: Make) -> None:
    """A `figure` of pyplot's, a function of the author's and a mention in a string do not count."""
    other = (
        '"""@figure(alt="A.")"""\nfrom elsewhere import figure\n@figure(alt="A.")\ndef a(): ...\n'
    )
    root = make({"figures/a.py": other, "figures/b.py": "", "figures/notes.txt": "@figure"})
    assert found(root) == {}


def test_figures_are_found_in_packages_but_not_among_rendered_pictures(make: Make) -> None:
    """Nested folders become dotted modules; `figures/rendered` holds no modules."""
    figure = IMPORT + '@figure(alt="A.")\ndef {}(): ...\n'
    root = make(
        {
            "figures/b/c/z.py": figure.format("z"),
            "figures/b/__init__.py": figure.format("y"),
            "figures/rendered/x.py": figure.format("x"),
            "figures/b/rendered/w.py": figure.format("w"),
        }
    )
    assert {name: figure.module for name, figure in found(root).items()} == {
        "w": "b.rendered.w",
        "y": "b",
        "z": "b.c.z",
    }


def test_names_come_in_alphabetical_order_whatever_the_files(make: Make) -> None:
    """The order of what is found does not hang on files or lines."""
    figure = '@figure(alt="A.")\ndef {}(): ...\n'
    root = make(
        {
            "figures/1.py": IMPORT + figure.format("c") + figure.format("a"),
            "figures/2.py": IMPORT + figure.format("b"),
        }
    )
    assert list(found(root)) == ["a", "b", "c"]


def test_a_given_name_wins_and_none_means_the_default(make: Make) -> None:
    """`name=` is taken as it stands; `name=None` is as if it were left out."""
    text = (
        '@figure(alt="A.", name="Tanh-2")\ndef a(): ...\n'
        '@figure(alt="A.", name=None)\ndef b(): ...\n'
    )
    assert list(found(make({"figures/a.py": IMPORT + text}))) == ["Tanh-2", "b"]


def test_declared_inputs_are_read_from_the_source(make: Make) -> None:
    """Lists and tuples of literal file names."""
    root = make({"figures/a.py": IMPORT + '@figure(alt="A.", inputs=["d/x.csv"])\ndef a(): ...\n'})
    assert found(root)["a"].inputs == ("d/x.csv",)


@pytest.mark.parametrize("inputs", ['"data.csv"', "[1]", "[*files]", "sorted(files)", "5"])
def test_inputs_that_are_no_list_of_names_are_refused(make: Make, inputs: str) -> None:
    """A bare string would else be taken letter by letter, and a number end in a traceback."""
    text = f'@figure(alt="A.", inputs={inputs})\ndef a(): ...\n'
    (problem,) = problems(make({"figures/a.py": IMPORT + text}))
    assert problem.startswith("figures/a.py:3: the inputs of the figure a() are")
    assert inputs.strip('"') in problem


@pytest.mark.parametrize("call", ["", "()", '(alt="")', '(alt=" ")', "(alt=None)", '("words")'])
def test_a_figure_needs_alt_text(make: Make, call: str) -> None:
    """A missing, empty or blank alt text is an error with place and remedy."""
    (problem,) = problems(make({"figures/a.py": f"{IMPORT}@figure{call}\ndef a(): ...\n"}))
    assert problem.startswith("figures/a.py:3: the figure a() has no alt text;")
    assert '@figure(alt="…")' in problem


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../../x",
        "a/b",
        "a b",
        "a--b",
        "-a",
        "a-",
        "a_b",
        "a.svg",
        "größe",
        "a\\n",
        5,
        b"a",
    ],
)
def test_names_unfit_for_a_file_a_url_and_an_id_are_refused(make: Make, name: object) -> None:
    """Only letters of ASCII, digits and single hyphens make a name."""
    text = f'@figure(alt="A.", name={name!r})\ndef a(): ...\n'
    (problem,) = problems(make({"figures/a.py": IMPORT + text}))
    assert problem.startswith("figures/a.py:3: a figure cannot be named")
    assert repr(name) in problem


@pytest.mark.parametrize("function", ["_private", "a__b", "größe"])
def test_a_function_whose_name_is_unfit_is_told_to_give_one(make: Make, function: str) -> None:
    """The default name is held to the same rule."""
    text = f'{IMPORT}@figure(alt="A.")\ndef {function}(): ...\n'
    (problem,) = problems(make({"figures/a.py": text}))
    assert '@figure(name="…")' in problem


def test_a_computed_name_is_refused(make: Make) -> None:
    """It could not be found without running the file; the expression is quoted."""
    text = '@figure(alt="A.", name="a" + SUFFIX)\ndef a(): ...\n'
    (problem,) = problems(make({"figures/a.py": IMPORT + text}))
    assert problem.startswith(
        "figures/a.py:3: the name of the figure a() is computed ('a' + SUFFIX)"
    )


def test_two_figures_of_one_name_are_an_error_with_both_places(make: Make) -> None:
    """`a_b` and `name="a-b"` are one name, also over two files."""
    first = f'{IMPORT}@figure(alt="A.")\ndef a_b(): ...\n'
    second = f'{IMPORT}\n@figure(alt="A.", name="a-b")\ndef other(): ...\n'
    (problem,) = problems(make({"figures/1.py": first, "figures/2.py": second}))
    assert problem.startswith("figures/2.py:4: ")
    assert "figures/1.py:3" in problem


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"x = 1\ndef f(:\n", 2),
        (b"x = 1\0\n", 1),
        (b"x = '\xff'\n", 1),
        (b"x = " + b"(" * 5000, 1),
        (b"x = " + b"-" * 200_000 + b"1", 1),
    ],
    ids=["syntax", "null", "not UTF-8", "brackets", "recursion"],
)
def test_a_file_that_is_not_python_is_an_error_with_its_line(
    make: Make, content: bytes, line: int
) -> None:
    """Whatever the parser makes of it, the author hears a place and no traceback."""
    (problem,) = problems(make({"figures/a.py": content}))
    assert problem.startswith(f"figures/a.py:{line}: not valid Python: ")
    assert not problem.endswith(": .")


def test_all_that_is_wrong_is_told_at_once(make: Make) -> None:
    """One error lists the problems of all files."""
    no_alt = f"{IMPORT}@figure()\ndef a(): ...\n@figure()\ndef b(): ...\n"
    lines = problems(make({"figures/1.py": "def", "figures/2.py": no_alt, "figures/3.py": "("}))
    assert [line.split(": ")[0] for line in lines] == [
        "figures/1.py:1",
        "figures/2.py:3",
        "figures/2.py:5",
        "figures/3.py:1",
    ]


def test_a_folder_or_a_dangling_link_named_like_a_module_is_passed_over(make: Make) -> None:
    """Only files are read."""
    root = make({"figures/a.py/readme.txt": ""})
    (root / "figures/b.py").symlink_to(root / "nowhere.py")
    assert found(root) == {}


def test_a_missing_figures_folder_is_an_error_where_an_option_names_it(make: Make) -> None:
    """A project whose figures stand on its pages, or in its packages, needs none."""
    assert found(make({})) == {}
    root = make({"pyproject.toml": "[tool.truepage]\nfigures_dir = 'figs'"})
    (problem,) = problems(root)
    assert problem.startswith("figs/: found no such folder;")
    assert "figures_dir" in problem
