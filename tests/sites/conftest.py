"""The folders here are sites that `tests/truepage/test_mkdocs.py` copies and builds: no tests."""

collect_ignore_glob = ["*"]
