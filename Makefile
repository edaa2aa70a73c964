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

# Where make build leaves the tools, and what make image calls the image.
OUT    ?= bin
IMAGE  ?= tars
ENGINE ?= docker

# The browser of make screenshots.
CHROMIUM ?= chromium

# Development tools, pinned in build/tools/go.mod and kept in the build cache.
DEV := $(GO) tool -modfile=$(CURDIR)/build/tools/go.mod
RELEASER := $(GO) tool -modfile=$(CURDIR)/build/release/go.mod goreleaser

.DEFAULT_GOAL := help
.PHONY: help demo build test test-portable cover update schema fixtures fuzz bench bench-nab bench-speed bench-weeks bench-kill bench-verdicts fmt lint cross vuln check clean screenshots \
	image image-prebuilt image-tree demo-week manual package-check snapshot image-release release

help: ## Show this help
	@awk -F ':.*## ' '/^##@/ { print substr($$0, 4) } /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Run the whole pipeline on recorded metrics, without a server
	@sh scripts/demo.sh

build: ## Build the six tools into bin/
	CGO_ENABLED=0 $(GO) build -trimpath $(BUILDFLAGS) -ldflags '$(LDFLAGS)' -o $(OUT)/ $(TOOLS:%=./cmd/%)

test: prometheus ## Run every test, with a real Prometheus
	$(GO) test ./...

test-portable: ## Run the tests that need no Prometheus
	$(GO) test $$($(GO) list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... | grep -v fixtures/server | cut -d ' ' -f 1)

cover: prometheus ## Run every test; coverage goes to cover.out, the total to the terminal
	$(GO) test -coverprofile=cover.out -coverpkg=./lib/...,./cmd/... ./...
	@$(GO) tool cover -func=cover.out | tail -1

update: ## Rewrite golden output; git diff reviews it
	$(GO) test ./lib/schema $(TOOLS:%=./cmd/%) -update

schema: ## Write the JSON Schema of each document to fixtures/schema
	$(GO) test ./lib/schema -run TestPublishedSchemas -update

fixtures: prometheus ## Record fixtures/captures from a real Prometheus
	$(GO) test ./fixtures/record -count=1 -update

fuzz: ## Fuzz every reader, each for FUZZTIME (20s)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cmd lib fixtures | sort | \
	while IFS=: read -r file func; do \
		echo "$${file%/*} $${func#func }"; \
		$(GO) test "./$${file%/*}" -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
	done

bench: ## Run the benchmarks into bin/bench.txt; BASE=FILE compares with an earlier run
	@mkdir -p bin
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./... >bin/bench.txt || { cat bin/bench.txt; exit 1; }
	$(DEV) benchstat $(BASE) bin/bench.txt

bench-nab: build ## Score the detector on labelled series; NAB=DIR holds data/, labels/ and nab_score.py
	sh build/bench/nab.sh

bench-speed: build ## Measure whole processes beside their peers
	$(GO) run ./build/bench/speed -bin $(OUT) -runs 5

bench-weeks: prometheus ## Count the incidents of weeks in which nothing happens, and the delays in the demo week
	$(GO) test ./cmd/tars-anomaly-detector/detect -run UnchangedWeeks -v -count=1
	$(GO) test ./cmd/tars-anomaly-detector -run DemoWeek -v -count=1

bench-kill: prometheus ## Kill the watch 200 times; no event may be lost or doubled
	KILLS=200 $(GO) test ./cmd/tars-anomaly-detector -run Killed -v -count=1

bench-verdicts: ## Judge simulated weeks whose truth is known, WEEKS (400) a row
	$(GO) run ./build/bench-verdicts -weeks $(WEEKS)

screenshots: demo ## Take pictures of the demo week's pages at two widths, light and dark, with Debian's chromium
	@command -v $(CHROMIUM) >/dev/null || { echo "screenshots: $(CHROMIUM) is not installed: apt-get install chromium" >&2; exit 1; }
	sh build/screenshots/pages.sh demo-output $(OUT) demo-output/screenshots
	$(GO) run ./build/screenshots -chromium $(CHROMIUM) -out demo-output/screenshots demo-output/screenshots/*.html

cross: ## Check that everything compiles for macOS and Windows
	GOOS=darwin $(GO) vet ./...
	GOOS=windows $(GO) vet ./...

vuln: ## Look for known vulnerabilities; asks the Go vulnerability database
	$(DEV) govulncheck ./...

fmt: ## Format, and mend what the linters can mend
	$(DEV) golangci-lint run --fix

lint: ## Check style, architecture, go.mod, shell scripts and workflows
	$(DEV) golangci-lint run --allow-serial-runners
	$(GO) mod tidy -diff
	$(DEV) actionlint
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run deploy/cron/tars-week $$(git ls-files '*.sh'); \
	else echo "shellcheck is not installed: scripts are not checked"; fi

check: lint test demo ## What CI runs: lint, test, demo

##@ Packages

# The tools of the image are 1 MB smaller: protobuf, which no tool speaks, and
# YAML, read once, are not inlined.
SLIM := google.golang.org go.yaml.in

.PHONY: build-slim
build-slim:
	@$(MAKE) --no-print-directory build BUILDFLAGS='$(SLIM:%=-gcflags=%/...=-l)'

image: ## Build the container image from sources with docker
	docker build -f build/Dockerfile --build-arg TREE=build --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --build-arg DATE=$(DATE) -t $(IMAGE) .

image-prebuilt: image-tree ## Build the image from binaries built here, without network; ENGINE=buildah does without docker
	$(ENGINE) build -f build/Dockerfile --build-arg TREE=prebuilt --build-arg TARGETARCH=$(shell $(GO) env GOARCH) \
		--build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --build-arg DATE=$(DATE) -t $(IMAGE) .

image-tree: ## Lay out the files of the image for amd64 and arm64 in dist/image
	@for arch in amd64 arm64; do \
		GOOS=linux GOARCH=$$arch $(MAKE) --no-print-directory build-slim OUT=dist/build/$$arch && \
		build/image-root.sh dist/build/$$arch dist/image/$$arch || exit 1; \
	done

demo-week: ## Write the demo week's raw metrics for the profile testing of compose
	@mkdir -p demo-output
	$(GO) run ./build/demo-week >demo-output/week.txt

manual: build ## Write man pages and shell completions to dist/manual
	$(GO) run ./build/manual bin dist/manual

package-check: image-tree manual ## Check manifests, compose file, image, alert routes; needs buildah, podman, runc, amtool and root (SUDO=sudo)
	amtool check-config deploy/prometheus/alertmanager.yaml
	amtool config routes test --config.file deploy/prometheus/alertmanager.yaml --verify.receivers page alertname=TarsRollbackAdvised severity=critical
	amtool config routes test --config.file deploy/prometheus/alertmanager.yaml --verify.receivers channel alertname=TarsCoverageLow severity=warning
	cd build/manifests && $(GO) test -count=1 ./...
	$(SUDO) build/image-check.sh $(shell $(GO) env GOARCH)

# A clone without a remote is given one, or goreleaser forgets commit and date.
NO_REMOTE := GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/veleron-dev/tars.git

snapshot: manual ## Build every release artefact into dist/release without publishing
	$(RELEASER) check build/goreleaser.yaml
	$(if $(shell git remote),,$(NO_REMOTE)) $(RELEASER) release -f build/goreleaser.yaml --snapshot --clean --skip=publish,sbom,announce
	build/release-check.sh

# A release is also the latest image, a pre-release (v1.0.0-rc.1) is not.
REPOSITORY = $(firstword $(subst :, ,$(IMAGE)))
LATEST = $(if $(findstring -,$(IMAGE:$(REPOSITORY)%=%)),,-t $(REPOSITORY):latest)

image-release: image-tree ## Build and push the image for amd64 and arm64 as IMAGE, e.g. ghcr.io/veleron-dev/tars:v1.0.0
	docker buildx create --use --name tars-release
	docker buildx build --push --platform linux/amd64,linux/arm64 -f build/Dockerfile --build-arg TREE=prebuilt \
		--build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) --build-arg DATE=$(DATE) \
		--provenance mode=max --sbom true -t $(IMAGE) $(LATEST) .

release: manual ## Publish the tag that is checked out; what the release workflow runs
	$(RELEASER) release -f build/goreleaser.yaml --clean

clean: ## Remove what the other targets made
	rm -rf bin dist demo-output cover.out

.PHONY: prometheus
prometheus:
	@sh scripts/get-prometheus.sh >/dev/null
