"""Which code on a page is an example that is run, and where it stands."""

import pytest

from truepage.examples.script import find_script

PAGE = """\
# Title

```python
a = 1
>>> a
1
```

!!! note

    ``` { .pycon title="Session" }
    >>> b  # two
    2
    ```

> ~~~py
> >>> c
> ~~~

````markdown
```python
>>> shown
```
````

```text
>>> text
```

    >>> indented

<!--
```python
>>> hidden
```
-->

```python
no_prompt()
```

```python
>>> never_closed
4"""


def test_fenced_python_with_prompts_is_run_and_nothing_else() -> None:
    """Each line of the script is the page's line that it came from, without its indent."""
    script = find_script(PAGE.split("\n"))
    assert script
    lines = script.text.split("\n")
    assert [line for line in lines if line] == (
        ["a = 1", ">>> a", "1", ">>> b  # two", "2", ">>> c", ">>> never_closed", "4"]
    )
    page = PAGE.split("\n")
    for line, origin in zip(lines, script.lines, strict=True):
        assert not line or page[origin].endswith(line)
    shown = [(script.example(block.start), script.lines[block.start]) for block in script.blocks]
    assert shown == [("a", 4), ("b  # two", 11), ("c", 16), ("never_closed", len(page) - 2)]
    for block in script.blocks:
        assert lines[block.end] == ""


def test_moving_the_examples_changes_no_script() -> None:
    """What is run is known by its text; where it stands is not."""
    fence = ["```python", ">>> 1", "1", "```"]
    first, second = find_script(fence), find_script(["Prose.", "", *fence, "More."])
    assert first
    assert second
    assert first.text == second.text
    assert second.lines == tuple(line + 2 for line in first.lines)


@pytest.mark.parametrize("info", ["", "pythonic", "rust", "{ .text .python-like }", "console"])
def test_other_languages_are_left_alone(info: str) -> None:
    """Also where they have such a prompt."""
    assert find_script([f"```{info}", ">>> 1 / 0", "```"]) is None


@pytest.mark.parametrize(
    "info", ["python", "py", "pycon", "python3", "{.python .x}", 'py title="a"']
)
def test_python_by_all_its_names(info: str) -> None:
    """As they are written in Markdown."""
    assert find_script([f"```{info}", ">>> 1 / 0", "```"])
