# Paddock's tasks; `make help` lists them.

GO         ?= go
CACHE      := $(CURDIR)/.cache
LINT       := v2.15.0
NFPM       := v2.45.0
VERSION    := $(shell sed -n 's/^\tversion  *= "\(.*\)"/\1/p' cmd/paddock/main.go)
FUZZTIME   ?= 20s
MINUTES    ?= 10
ROUNDS     ?= 500
PREFIX     ?= /usr/local
PROGRAM    ?= bin/paddock
# Whoever builds a Debian package answers for it: as Debian's own tools have it, or else as git, or as the system has it.
MAINTAINER ?= $(shell echo "$${DEBFULLNAME:-$$(git config user.name || id -un)} <$${DEBEMAIL:-$$(git config user.email || echo $$(id -un)@$$(uname -n))}>")
BUILD_DATE := $(shell date -u '+%Y-%m-%d %H:%M UTC')

export PADDOCK_TEST_CACHE ?= $(CACHE)
export MAINTAINER

.PHONY: help build install deb run test check lint fmt fuzz bench crosscheck crash install-tests

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: ## build bin/paddock
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X 'main.buildDate=$(BUILD_DATE)'" -o $(PROGRAM) ./cmd/paddock

$(PROGRAM):
	$(MAKE) build

install: $(PROGRAM) ## install what was built, the scripts and a sample configuration below PREFIX (/usr/local); DESTDIR goes in front
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/etc/zookeeper" "$(DESTDIR)$(PREFIX)/share/doc/paddock"
	install -m 755 $(PROGRAM) bin/*.sh "$(DESTDIR)$(PREFIX)/bin"
	install -m 644 conf/zoo_sample.cfg "$(DESTDIR)$(PREFIX)/etc/zookeeper"
	install -m 644 README.md COMPATIBILITY.md CHANGELOG.md LICENSE docs/*.md "$(DESTDIR)$(PREFIX)/share/doc/paddock"
	install -m 644 deploy/README.md "$(DESTDIR)$(PREFIX)/share/doc/paddock/deploy.md"

deb: build $(CACHE)/bin/nfpm-$(NFPM) ## build the Debian packages paddock and paddock-zookeeperd in bin; MAINTAINER='Name <address>' signs them
	@mkdir -p $(CACHE)/deb
	@for package in paddock paddock-zookeeperd; do \
		printf '%s (%s) unstable; urgency=medium\n\n  * CHANGELOG.md of the package paddock says what is new.\n\n -- %s  %s\n' \
			$$package $(VERSION) "$$MAINTAINER" "$$(LC_ALL=C date -R)" | gzip -9n >$(CACHE)/deb/$$package-changelog.gz || exit 1; \
		VERSION=$(VERSION) ARCH=$$($(GO) env GOARCH) $(CACHE)/bin/nfpm-$(NFPM) package -f deploy/deb/$$package.yaml -p deb -t bin/ || exit 1; \
	done

$(CACHE)/bin/nfpm-$(NFPM):
	mkdir -p $(dir $@)
	GOBIN=$(dir $@) GOFLAGS= $(GO) install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM)
	mv $(dir $@)nfpm $@

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

bench: build install-tests ## the table of speed and size against the floor and Apache ZooKeeper, with a report (about 45 minutes on an idle machine)
	bin/paddock bench compare --suite table --dir $(CACHE) --apache-jars $(CACHE)/apache/lib --out $(CACHE)/bench.json
	bin/paddock bench report $(CACHE)/bench.json --out $(CACHE)/bench.html

crosscheck: install-tests ## the same random requests to Apache ZooKeeper and to Paddock, for MINUTES (10)
	$(GO) run ./crosscheck -minutes $(MINUTES) -ops 60000

crash: ## kill -9 under load ROUNDS (500) times, power cuts everywhere, 10,000 damaged files; SEED repeats a run (about 40 minutes)
	$(GO) run ./crash -rounds $(ROUNDS) $(if $(SEED),-seed $(SEED))
	$(GO) test ./powercut -count=1 -run 'Anywhere|Damaged' -full -seed $(or $(SEED),1) -timeout 60m -v
