# `make` alone lists what there is. Every target brings up the environment itself when it is
# missing or a lock changed; what needs Node uses the one that requirements.txt pins.

PYTHON ?= python3
VENV ?= .venv
ADDRESS ?= localhost:8000

BIN := $(VENV)/bin
LOCKS := requirements.txt
INSTALLED := $(VENV)/.installed
TOOLS := node_modules/.tools
VENDOR := src/truepage/vendor
ASSETS := $(VENDOR)/.ready
READY := $(INSTALLED) $(ASSETS)
KATEX := node_modules/katex/dist
FONTS := inter jetbrains-mono
MAKES_FONTS := src/truepage/figures/typefaces.py src/truepage/pages/fonts.py
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# uv installs the same lock in a tenth of pip's time; it asks the index that pip is told of.
UV = export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-`{ $(BIN)/pip config get global.index-url || \
    $(BIN)/pip config get :env:.index-url; } 2>/dev/null`}"; \
    [ -n "$$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX; $(BIN)/uv pip install --quiet
NPM_CI := npm ci --silent --ignore-scripts --no-audit --no-fund

export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: ready
ready: $(READY) ## set up the environment, which every other target does as well

.PHONY: serve
serve: $(READY) ## serve the site; open pages follow what you save (ADDRESS=localhost:8000)
	$(BIN)/mkdocs serve --dev-addr $(ADDRESS)

.PHONY: site
site: $(READY) ## build the site into site/; a warning is an error
	$(BIN)/mkdocs build --strict

.PHONY: offline
offline: $(READY) ## make dist/offline.zip: the site to be opened from the disk, search included
	rm -rf dist/offline dist/offline.zip
	OFFLINE=true $(BIN)/mkdocs build --quiet --strict --site-dir dist/offline
	find dist/offline -name '*.map' -delete
	cd dist && $(abspath $(BIN))/python -m zipfile -c offline.zip offline

.PHONY: figures
figures: $(READY) ## bring figures/rendered/ up to date
	$(BIN)/truepage render

.PHONY: test
test: $(READY) $(TOOLS) ## run the test suite (ARGS="-k sigmoid" chooses)
	$(BIN)/pytest $(ARGS)

.PHONY: unit
unit: $(READY) ## run the tests that run nothing of an author's: half a minute
	$(BIN)/pytest tests/article tests/neural tests/truepage src --ignore tests/truepage/staleness $(ARGS)

.PHONY: check
check: site $(TOOLS) ## build the site, compare every figure, follow every link, hold pages to Lighthouse
	$(BIN)/truepage check
	$(BIN)/lychee --offline --no-progress --include-fragments --root-dir $(CURDIR)/site \
	    --index-files index.html \
	    --exclude-path site/404.html 'site/**/*.html'
	$(BIN)/python tests/browser/audit.py site

.PHONY: quality
quality: $(READY) $(TOOLS) ## measure the pages beside a default site of the same pages: bench/quality.md
	$(BIN)/python bench/quality.py

.PHONY: screenshots
screenshots: site ## look at every page: .truepage/screenshots/, and the README's picture
	$(BIN)/python tests/browser/screenshots.py

.PHONY: lint
lint: $(READY) ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: bench
bench: $(READY) ## measure speed against a bare script
	$(BIN)/python bench/figures.py

.PHONY: fuzz
fuzz: $(READY) ## edit programs at random and look for a stale picture (ARGS="--edits 5000")
	$(BIN)/python bench/fuzz.py $(ARGS)

.PHONY: mutants
mutants: $(READY) ## edit each checked equation in every way and see that it is refuted
	$(BIN)/python bench/mutants.py $(ARGS)

.PHONY: publish
publish: $(READY) ## build and push to the branch gh-pages (SITE_URL=https://… for the sitemap)
	@test -n "$(SITE_URL)" || { echo "publish: SITE_URL is empty; expected the address of" \
	    "the published site: make publish SITE_URL=https://…" >&2; exit 1; }
	SITE_URL=$(SITE_URL) $(BIN)/mkdocs gh-deploy --strict

.PHONY: lock
lock: $(READY) ## resolve requirements.txt and package-lock.json anew
	$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	    --all-extras --generate-hashes --no-emit-index-url --no-header --upgrade \
	    --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	    --constraints requirements.txt --generate-hashes --no-emit-index-url --no-header --upgrade \
	    --output-file tests/browser/hosts.txt tests/browser/hosts.in
	PATH=$(abspath $(BIN)):$$PATH npm update --ignore-scripts --omit-lockfile-registry-resolved

.PHONY: clean
clean: ## remove what builds made, the environment too
	rm -rf .venv .venv-* .truepage site dist node_modules $(VENDOR) .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	    "$(PYTHON) is `$(PYTHON) --version 2>&1`; expected Python 3.11 or newer:" \
	    "make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV), once; it takes half a minute."
	$(PYTHON) -m venv $(VENV)
	awk '/^uv==/ { on = 1 } on; on && !/\\$$/ { exit }' requirements.txt >$(VENV)/uv.txt
	-$(PIP) --require-hashes --only-binary :all: -r $(VENV)/uv.txt
	$(UV) --python $(BIN)/python --require-hashes $(LOCKS:%=-r %) || \
	    $(PIP) --require-hashes $(LOCKS:%=-r %)
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# What pages and pictures carry of other packages: KaTeX and typefaces.
$(ASSETS): package-lock.json $(MAKES_FONTS) | $(INSTALLED)
	PATH=$(abspath $(BIN)):$$PATH $(NPM_CI) --omit=dev
	rm -rf $(VENDOR) && mkdir -p $(VENDOR)/katex
	cp -R $(KATEX)/katex.min.js $(KATEX)/katex.min.css $(KATEX)/fonts $(VENDOR)/katex/
	cp node_modules/iframe-worker/shim/index.js $(VENDOR)/iframe-worker.js
	for font in $(FONTS); do \
	    mkdir -p $(VENDOR)/fonts/$$font/files && \
	    cp node_modules/@fontsource-variable/$$font/wght*.css $(VENDOR)/fonts/$$font/ && \
	    cp node_modules/@fontsource-variable/$$font/files/*-wght-*.woff2 \
	        $(VENDOR)/fonts/$$font/files/ || exit 1; \
	done
	$(BIN)/python -m truepage.figures.typefaces
	$(BIN)/python -m truepage.pages.fonts
	@touch $@

# What only tests and `make check` need: the checkers of pages.
$(TOOLS): package-lock.json | $(READY)
	PATH=$(abspath $(BIN)):$$PATH $(NPM_CI)
	@touch $@
