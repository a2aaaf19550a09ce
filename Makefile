# Every target runs from a fresh clone: npm packages and bundles are made when missing or older than their sources.
SHELL := bash
LAB ?= local
ENGINE ?= auto
N ?= 1
export CHAINSTEAD_LAB := $(LAB)

chainstead := node bin/chainstead.js
sources := $(shell git ls-files '*.ts' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help up down status drill preview test check

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: bin/.built ## bring the local environment up: two regions, a witness, a real chain (LAB=name ENGINE=auto|pulumi|evaluator)
	@$(chainstead) up --engine $(ENGINE)

down: bin/.built ## stop everything that `up` started, and nothing else
	@$(chainstead) down

status: bin/.built ## who produces, in which epoch, how far behind is the standby (JSON=1 for programs)
	@$(chainstead) status $(if $(JSON),--json)

drill: bin/.built ## lose the producing region and let the chain judge it (N=times, KIND=region-loss|switchover|gate-kill|partition)
	@$(chainstead) drill $(or $(KIND),region-loss) --times $(N)

preview: bin/.built ## what would change, without engine, network or credentials (STACK=... or ENV=..., AGAINST=rev|file, JSON=1, MARKDOWN=file)
	@$(chainstead) preview $(or $(STACK),$(ENV),$(error say which: make preview STACK=<stack> or ENV=<environment>)) $(if $(AGAINST),--against $(AGAINST)) $(if $(JSON),--json) $(if $(MARKDOWN),--markdown $(MARKDOWN))

test: bin/.built ## everything: types, lint, unit tests, real servers, the lab's drill (SUITE=types|lint|unit|real|lab for one)
	@node test/run.mjs $(SUITE)

check: node_modules/.installed ## types and lint only
	@node test/run.mjs types lint

node_modules/.installed: package.json package-lock.json
	@echo "npm packages ..." && npm ci --no-audit --no-fund --loglevel=error && touch $@

bin/.built: node_modules/.installed build.mjs $(sources)
	@node build.mjs && touch $@
