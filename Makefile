# Doorbuster. `make` lists what can be made. On a fresh Debian or Ubuntu with Go, Node and make, `make run` and `make test` need
# nothing else: what is missing is installed with apt as root or sudo, elsewhere it is named.

SHELL := /bin/bash
GO ?= go
PACKAGES := ./...
LINT_VERSION := v2.15.0
BIN := $(CURDIR)/bin

.PHONY: help run rush test test-quick test-mysql bench bench-short bench-mysql check generate vendor format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: ## start a shop of your own on this machine; a sale opens in 30 seconds
	@$(GO) run . demo

rush: ## in a second terminal: 10,000 simulated shoppers, then the verdict
	@$(GO) run . rush

test: setup-test ## prove every promise: SQL, contention, crashes, HTTP, pages, browser, race detector (MariaDB)
	$(GO) test -race -timeout 40m $(PACKAGES)

test-quick: setup-test ## what to run before each commit
	$(GO) test -short -timeout 5m $(PACKAGES)

test-mysql: setup-test ## the same suite on MySQL 9.7, fetched beside the system
	@$(GO) build -o $(BIN)/fetchmysql ./localdb/fetchmysql && $(BIN)/fetchmysql
	DOORBUSTER_TEST_DB=mysql $(GO) test -timeout 40m $(PACKAGES)

bench: setup-test ## measure everything side by side (MariaDB): a table, bench/report/, docs/benchmarks.md; about 45 minutes
	@$(GO) run ./bench

bench-short: setup-test ## the same in about five minutes: fewer rounds, shorter runs, fewer systems
	@$(GO) run ./bench --short

bench-mysql: setup-test ## the same as bench on MySQL 9.7, fetched beside the system
	@$(GO) build -o $(BIN)/fetchmysql ./localdb/fetchmysql && $(BIN)/fetchmysql
	@$(GO) run ./bench --server mysql

check: ## formatting, vet, linters, known vulnerabilities, generated code, the repository's own rules
	@unformatted=$$($(GO) tool gofumpt -l .) && test -z "$$unformatted" || { echo "$$unformatted"; echo 'run: make format'; exit 1; }
	$(GO) vet $(PACKAGES)
	@for folder in web mail admin; do $(GO) tool templ generate -path $$folder >/dev/null || exit 1; done; git diff --exit-code --stat -- '*_templ.go'
	@test -x $(BIN)/golangci-lint-$(LINT_VERSION) || { echo 'building golangci-lint once'; \
	  GOBIN=$(BIN) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION) && \
	  mv $(BIN)/golangci-lint $(BIN)/golangci-lint-$(LINT_VERSION); }
	$(BIN)/golangci-lint-$(LINT_VERSION) run
	@bash .ci/govulncheck
	$(GO) test -run TestTidy .

generate: ## make the pages' Go code from the templ files
	@for folder in web mail admin; do $(GO) tool templ generate -path $$folder || exit 1; done

vendor: ## take the scripts of others (htmx) out of the package that testdata/browser/package-lock.json names
	cd testdata/browser && npm ci --ignore-scripts
	cp testdata/browser/node_modules/htmx.org/dist/htmx.esm.min.js testdata/browser/node_modules/htmx.org/dist/ext/hx-sse.min.js web/static/htmx/
	cp testdata/browser/node_modules/htmx.org/LICENSE web/static/htmx/LICENSE
	cd web/static/htmx && rm -f SHA256SUMS && LC_ALL=C && sha256sum * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS

format: ## format all Go code
	$(GO) tool gofumpt -w .

clean: ## remove the private servers' data and what was built
	rm -rf .data bin

.PHONY: setup-test
setup-test:
	@$(GO) run . setup
