# Every target sets up what it needs first; a second run is quick. `make help` says what can be passed on.

DATA ?= data
PORTS ?=
PUBLIC_URL ?=
USER_EMAIL ?=
URL ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test clients soak bench check format docs pictures screenshots clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 | \2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo
	@echo '  make run PORTS="--auth-port 9100 --mcp-port 8100"   other ports than 9000 and 8000'
	@echo '  make run DATA=~/ostiary                             another folder than data'
	@echo '  make run PUBLIC_URL=https://name.example            a tunnel or proxy leads it to port 8000'
	@echo '  make demo URL=http://localhost:8100/mcp             at another address than http://localhost:8000/mcp'

run: ## start both servers; Ctrl-C ends them
	$(if $(filter-out --%,$(firstword $(PORTS))),$(error PORTS holds options, as in PORTS="--auth-port 9100 --mcp-port 8100"))
	@cli/bootstrap.sh
	@exec .venv/bin/ostiary up --data-dir "$(DATA)" $(PORTS) $(if $(PUBLIC_URL),--public-url "$(PUBLIC_URL)")

demo: ## connect a small client, store a memory and recall it (needs `make run` in another terminal)
	@cli/bootstrap.sh
	@exec .venv/bin/python -m examples.demo_client $(if $(URL),--url "$(URL)") $(if $(USER_EMAIL),--user "$(USER_EMAIL)")

test: ## run all tests, in a real Chromium too
	@cli/bootstrap.sh --dev
	@tests/install_tools.sh
	@exec .venv/bin/pytest $(ARGS)

clients: ## run other people's clients against both servers, and play the others, and write down what was seen
	@cli/bootstrap.sh --dev
	@tests/install_tools.sh --agents
	@.venv/bin/pytest -m "" --write-clients-page docs/reference/clients.md $(ARGS) tests/clients
	@exec .venv/bin/pytest --write-personas-page docs/reference/personas.md $(ARGS) tests/personas

soak: ## kill servers and writers 10,000 times each, and live among bad servers for MINUTES=30; takes hours
	@cli/bootstrap.sh --dev
	@OSTIARY_TEST_SOAK_MINUTES=$(or $(MINUTES),30) exec .venv/bin/pytest -m thorough -rP $(ARGS) tests/gateway/soak
	@OSTIARY_TEST_KILLS=$(or $(KILLS),10000) exec .venv/bin/pytest -m thorough -rP $(ARGS) tests/e2e/test_crashes.py
	@OSTIARY_TEST_KILLS=$(or $(KILLS),10000) exec .venv/bin/pytest -m thorough -rP $(ARGS) tests/stores/test_crashes.py

bench: ## tokens a second beside oidc-provider, what others feel while people sign in, calls through the gateway
	@cli/bootstrap.sh --dev
	@tests/install_tools.sh
	@mkdir -p .tools/bench && cp bench/package.json bench/package-lock.json bench/oidc_provider.mjs .tools/bench/
	@cd .tools/bench && npm ci --no-audit --no-fund >npm.log 2>&1
	@.venv/bin/python -m bench.tokens $(SECONDS)
	@.venv/bin/python -m bench.logins $(SECONDS)
	@exec .venv/bin/python -m bench.gateway $(SECONDS)

check: ## ruff and mypy
	@cli/bootstrap.sh --dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: ## let ruff put the code in order
	@cli/bootstrap.sh --dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

docs: ## write the reference pages from the code
	@cli/bootstrap.sh --dev
	.venv/bin/python -m docs.generate

pictures: ## take the pictures in docs/connecting.md anew
	@cli/bootstrap.sh --dev
	@tests/install_tools.sh
	@exec .venv/bin/python -m tests.e2e.take_pictures docs/pictures

screenshots: ## pictures of every page, light and dark, wide and narrow, in test-artifacts/
	@cli/bootstrap.sh --dev
	@tests/install_tools.sh
	@exec .venv/bin/python -m tests.e2e.take_screenshots test-artifacts

clean: ## remove what the targets made, but no data
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache test-artifacts
