# What every target does: make help.

GO       ?= go
TOOLS    := tars-ga-kpi tars-stability-monitor tars-anomaly-detector tars-health-report tars-regression-analyzer tars-retro
FUZZTIME ?= 20s
# Weeks a row of make bench-verdicts.
WEEKS    ?= 400

# What --version says.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE    ?= $(shell git log -1 --format=%cI 2>/dev/null)
STAMP   := github.com/veleron-dev/tars/lib/tool
LDFLAGS  = -s -w -X $(STAMP).version=$(VERSION) -X $(STAMP).commit=$(COMMIT) -X $(STAMP).date=$(DATE)

# Development tools, pinned in build/tools/go.mod and kept in the build cache.
DEV := $(GO) tool -modfile=$(CURDIR)/build/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help demo build test cover update schema fixtures fuzz bench bench-nab bench-verdicts fmt lint check clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Run the whole pipeline on recorded metrics, without a server
	@sh scripts/demo.sh

build: ## Build the six tools into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ $(TOOLS:%=./cmd/%)

test: prometheus ## Run every test, with a real Prometheus
	$(GO) test ./...

cover: prometheus ## Run every test; coverage goes to cover.out, the total to the terminal
	$(GO) test -coverprofile=cover.out -coverpkg=./lib/...,./cmd/... ./...
	@$(GO) tool cover -func=cover.out | tail -1

update: ## Rewrite golden output; git diff reviews it
	$(GO) test $$(grep -rl --include='*_test.go' '"update"' cmd lib | xargs -n 1 dirname | sort -u | sed 's|^|./|') -update

schema: ## Write the JSON Schema of each document to fixtures/schema
	$(GO) test ./lib/schema -run TestPublishedSchemas -update

fixtures: prometheus ## Record fixtures/captures from a real Prometheus
	$(GO) test ./fixtures/record -count=1 -update

fuzz: ## Fuzz every reader, each for FUZZTIME (20s)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cmd lib fixtures | sort | \
	while IFS=: read -r file func; do \
		echo "$${file%/*} $${func#func }"; \
		$(GO) test "./$${file%/*}" -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

bench: ## Run the benchmarks into bin/bench.txt; BASE=FILE compares with an earlier run
	@mkdir -p bin
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./... >bin/bench.txt || { cat bin/bench.txt; exit 1; }
	$(DEV) benchstat $(BASE) bin/bench.txt

bench-nab: build ## Score the detector on labelled series; NAB=DIR holds data/, labels/ and nab_score.py
	sh build/bench/nab.sh

bench-verdicts: ## Judge simulated weeks whose truth is known, WEEKS (400) a row
	$(GO) run ./build/bench-verdicts -weeks $(WEEKS)

fmt: ## Format, and mend what the linters can mend
	$(DEV) golangci-lint run --fix

lint: ## Check style, architecture, go.mod, shell scripts and workflows
	$(DEV) golangci-lint run
	$(GO) mod tidy -diff
	$(DEV) actionlint
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run $$(git ls-files '*.sh'); \
	else echo "shellcheck is not installed: scripts are not checked"; fi

check: lint test demo ## What CI runs: lint, test, demo

clean: ## Remove what the other targets made
	rm -rf bin demo-output cover.out

.PHONY: prometheus
prometheus:
	@sh scripts/get-prometheus.sh >/dev/null
