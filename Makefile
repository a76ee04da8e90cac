# Paddock's tasks; `make help` lists them.

GO         ?= go
CACHE      := $(CURDIR)/.cache
LINT       := v2.15.0
FUZZTIME   ?= 20s
MINUTES    ?= 10
BUILD_DATE := $(shell date -u '+%Y-%m-%d %H:%M UTC')

export PADDOCK_TEST_CACHE ?= $(CACHE)

.PHONY: help build run test check lint fmt fuzz bench crosscheck install-tests

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: ## build bin/paddock
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X 'main.buildDate=$(BUILD_DATE)'" -o bin/paddock ./cmd/paddock

run: build ## build and serve on port 2181, with the built-in configuration and ./data
	@bin/paddock server

test: install-tests ## install what the tests need (foreign clients, Apache ZooKeeper) and run them all
	$(GO) test -count=1 -timeout 30m ./... # interop builds the server itself, which go's cache of results cannot see

install-tests:
	interop/install.sh

check: lint ## formatting, vet and linters
	$(GO) vet ./...

lint: $(CACHE)/bin/golangci-lint-$(LINT)
	$< run ./...

fmt: $(CACHE)/bin/golangci-lint-$(LINT) ## format the code
	$< fmt ./...

$(CACHE)/bin/golangci-lint-$(LINT):
	mkdir -p $(dir $@)
	GOBIN=$(dir $@) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT)
	mv $(dir $@)golangci-lint $@

fuzz: ## run every fuzz test for FUZZTIME (20s) each
	@set -e; for file in $$(grep -rl '^func Fuzz' --include='*_test.go' .); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$name in $$(dirname $$file)"; \
			$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$(dirname $$file); \
		done; \
	done

bench: build install-tests ## measure side by side with Apache ZooKeeper (about 20 minutes on an idle machine)
	$(GO) build -o bin/compare ./bench/compare
	bin/compare -dir $(CACHE)

crosscheck: install-tests ## the same random requests to Apache ZooKeeper and to Paddock, for MINUTES (10)
	$(GO) run ./crosscheck -minutes $(MINUTES) -ops 60000
