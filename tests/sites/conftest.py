"""The folders here are sites that `tests/builds/test_mkdocs.py` copies and builds: no tests."""

collect_ignore_glob = ["*"]
