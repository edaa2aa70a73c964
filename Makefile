# What every target does: make help.
GO      ?= go
TOOLS   := tars-ga-kpi tars-stability-monitor tars-anomaly-detector tars-health-report tars-regression-analyzer tars-retro
BIN     := bin
# A release build says what it is; any other takes it from the Go build.
VERSION ?=
COMMIT  ?=
DATE    ?=
STAMP   := github.com/veleron-dev/tars/lib/tool
LDFLAGS := -s -w -X $(STAMP).version=$(VERSION) -X $(STAMP).commit=$(COMMIT) -X $(STAMP).date=$(DATE)
TOOLMOD := $(GO) tool -modfile=$(CURDIR)/build/tools/go.mod
FUZZTIME ?= 20s

.DEFAULT_GOAL := help
.PHONY: help demo build test cover update schema fixtures fuzz bench lint check

help: ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Run the whole pipeline on recorded metrics, no server needed
	@sh scripts/demo.sh

build: ## Build the six tools into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ $(TOOLS:%=./cmd/%)

test: ## Run every test, with a real Prometheus (brought if there is none)
	@sh scripts/get-prometheus.sh >/dev/null
	$(GO) test ./...

cover: ## Show the test coverage of each function
	@sh scripts/get-prometheus.sh >/dev/null
	$(GO) test -coverprofile=cover.out -coverpkg=./lib/...,./cmd/... ./...
	$(GO) tool cover -func=cover.out

update: ## Rewrite golden output; git diff reviews it
	$(GO) test ./lib/schema ./cmd/... -update

schema: ## Write the JSON Schema of each document to fixtures/schema
	$(GO) test ./lib/schema -run TestPublishedSchemas -update

fixtures: build ## Record the captures in fixtures/captures from a real Prometheus
	@sh scripts/get-prometheus.sh >/dev/null
	$(GO) test ./fixtures/record -run TestRecord -count=1 -update

fuzz: ## Fuzz every reader for FUZZTIME each
	@$(GO) list -f '{{$$d := .ImportPath}}{{range .TestGoFiles}}{{$$d}} {{$$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$$d}} {{$$.Dir}}/{{.}}{{"\n"}}{{end}}' ./... | \
	while read -r pkg file; do \
		[ -n "$$file" ] || continue; \
		sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' "$$file" | while read -r target; do \
			$(GO) test "$$pkg" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) || exit 1; \
		done || exit 1; \
	done

bench: ## Benchmarks, in the form benchstat reads
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./lib/...

lint: ## Check style, architecture, shell scripts and workflows
	$(GO) vet ./...
	$(TOOLMOD) golangci-lint run
	$(TOOLMOD) actionlint
	@if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh; else echo "shellcheck is not installed: scripts not checked"; fi

check: lint test demo ## What CI runs
