# `make run` and `make test` are all that a newcomer needs.

.DEFAULT_GOAL := help
SHELL         := /bin/bash
.SHELLFLAGS   := -euo pipefail -c
.DELETE_ON_ERROR:

GO       ?= go
FUZZTIME ?= 60s
# what `make run` passes on: make run ARGS='--repeat 50 macvlan/*'
ARGS     ?=
# what `make behaviour` runs in
KERNELS ?= debian:5.10 debian:6.1 debian:6.12 debian:7.2
# what `make pcaps` records on: the second what is for newer kernels than the first
PCAPS_KERNELS ?= debian:6.1 debian:7.2

GOLANGCI_VERSION  := v2.15.0
GOTESTSUM_VERSION := v1.13.0

# One static binary: it is also copied to machines that have nothing else.
export CGO_ENABLED := 0

# An account without a home (nobody) has no place for Go's caches.
ifneq ($(shell test -d "$$HOME" && test -w "$$HOME" && echo yes),yes)
export HOME    := $(CURDIR)/.cache
export GOFLAGS += -modcacherw
endif

.PHONY: help run test quick race racepart lint check bench fuzz build generate behaviour pcaps pcapscheck screenshots release tools guests

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## bin/netverify, a static binary
	@$(GO) build -trimpath -o bin/netverify ./cmd/netverify

run: guests ## run every built-in scenario; evidence goes to ./evidence
	@bin/netverify run --fetch $(ARGS)

# bin/test.json holds each test's output, for what asks about it afterwards (CI).
test: tools bin/gotestsum-$(GOTESTSUM_VERSION) ## all tests, and a summary of what passed, failed and was skipped
	@bin/gotestsum-$(GOTESTSUM_VERSION) --format standard-quiet --jsonfile bin/test.json -- -count=1 -timeout 20m ./...

bin/gotestsum-$(GOTESTSUM_VERSION):
	@GOBIN=$(CURDIR)/bin $(GO) install gotest.tools/gotestsum@$(GOTESTSUM_VERSION)
	@mv bin/gotestsum $@

# The inner loop: packages without system calls, and no other program is asked.
PURE = ./frame/... ./filter/... ./craft/... ./assert/... ./foreign/... ./report/... ./scenarios/... ./capture/pcapng ./internal/archtest ./internal/plain
quick: ## tests of what is pure, without Wireshark or a kernel (seconds)
	@$(GO) test -short $(PURE)

# cgo, for the race detector needs it. RACE names the packages in which goroutines
# are. CI takes RACE_CI, under two minutes on two busy processors (without compiling);
# the others take long and are for a nightly job.
RACE_CI = ./capture/... ./internal/hold ./internal/netns ./internal/stall ./internal/whole
# Of the command the tests of signals and held labs: half a minute of a processor.
RACE_CMD = TestInterruptedRunIsReported|TestSecondInterruptEndsAtOnce|TestInterruptedWhileTheReportIsWritten|TestSeveralLabsAreHeld
RACE ?= $(RACE_CI) ./run ./lab ./kernels ./cmd/netverify
race: tools ## the tests of what runs in parallel, with the race detector (gcc; long)
	@CGO_ENABLED=1 $(GO) test -race -count=1 -p 1 -timeout 60m $(RACE)
racepart: tools
	@$(MAKE) --no-print-directory race RACE='$(RACE_CI)'
	@CGO_ENABLED=1 $(GO) test -race -count=1 -timeout 20m -run '^($(RACE_CMD))$$' ./cmd/netverify

check: ## gofmt and go vet
	@bad=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
		if [ -n "$$bad" ]; then echo "gofmt would change: $$bad" >&2; exit 1; fi
	@$(GO) vet ./...

lint: check bin/golangci-lint-$(GOLANGCI_VERSION) ## check, and golangci-lint with the rules of .golangci.yml
	@bin/golangci-lint-$(GOLANGCI_VERSION) run ./...

bin/golangci-lint-$(GOLANGCI_VERSION):
	@echo "installing golangci-lint $(GOLANGCI_VERSION) (a few minutes, once)"
	@GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv bin/golangci-lint $@

bench: build ## Go benchmarks, then the comparison with shell scripts in bench/
	@$(GO) test -run '^$$' -bench . -benchmem -timeout 1h ./...
	@if [ -x bench/run ]; then bench/run; fi

# Without the limit Go minimizes an interesting input for up to a minute, and
# on large inputs (captures) does nothing else.
fuzz: ## every fuzz target for FUZZTIME (60s) each
	@found=0; \
	for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' "$$pkg" | grep '^Fuzz' || true); do \
			found=1; echo "== $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$pkg"; \
		done; \
	done; \
	[ $$found = 1 ] || { echo "no fuzz target found" >&2; exit 1; }

# Re-run what has changed with make behaviour ARGS='bridge/mtu vlan/*'.
behaviour: build ## run the library (or ARGS) in the kernels of docs/behaviour.md, and write that page
	@for k in $(KERNELS); do bin/netverify kernels path "$$k" >/dev/null 2>&1 || bin/netverify kernels add "$$k"; done
	@rm -f bin/report.json
	@bin/netverify run $(KERNELS:%=--kernel %) --out '' --report bin/report.json $(ARGS)
	@$(GO) run ./internal/behaviour -docs docs -record bin/report.json

# Record what has changed with make pcaps ARGS='bridge/mtu vlan/*'.
pcaps: build ## record the reference captures of the library (or ARGS) in guests
	@rm -rf bin/pcaps
	@$(call recorded,bin/pcaps)
	@$(GO) run ./internal/pcaps -dir pcaps -record bin/pcaps

pcapscheck: build ## record the library (or ARGS) twice, and compare verdicts and journeys
	@rm -rf bin/pcaps bin/again
	@$(call recorded,bin/pcaps)
	@$(call recorded,bin/again)
	@$(GO) run ./internal/pcaps -compare bin/pcaps,bin/again

# What the first kernel is too old for is recorded on the second.
define recorded
for k in $(PCAPS_KERNELS); do bin/netverify kernels path "$$k" >/dev/null 2>&1 || bin/netverify kernels add "$$k"; done; 	bin/netverify run --kernel $(firstword $(PCAPS_KERNELS)) --out $(1) $(ARGS); 	rest=$$($(GO) run ./internal/pcaps -rest $(1) $(ARGS)); 	[ -z "$$rest" ] || tr '\n' '\0' <<<"$$rest" | xargs -0 bin/netverify run --kernel $(lastword $(PCAPS_KERNELS)) --out $(1)
endef

# A run with a failure in it; the pages of four kernels side by side.
screenshots: build ## docs/screenshots, from a real run (uses chromium and cached kernels)
	@for k in $(KERNELS); do bin/netverify kernels path "$$k" >/dev/null 2>&1 || bin/netverify kernels add "$$k"; done
	@rm -rf evidence/screenshots; mkdir -p docs/screenshots
	@bin/netverify run docs/examples/vepa-without-reflection.yaml 'vlan/*' $(KERNELS:%=--kernel %) \
		--out evidence/screenshots --report bin/screenshots.html >/dev/null || [ $$? = 1 ]
	@$(GO) run ./internal/browser/shots bin/screenshots.html docs/screenshots

# The tag at HEAD names the version, which the go command records in the binary.
release: ## bin/release: binaries of the tag at HEAD, their checksums, and the notes
	@v=$$(git describe --tags --exact-match) || { echo "tag the commit first (CONTRIBUTING.md, Releases)" >&2; exit 1; }; \
	[ -z "$$(git status --porcelain)" ] || { echo "commit or remove what is not committed" >&2; exit 1; }; \
	grep -q "^## $$v " CHANGELOG.md || { echo "CHANGELOG.md has no section $$v" >&2; exit 1; }; \
	rm -rf bin/release; mkdir -p bin/release; \
	for arch in amd64 arm64; do GOARCH=$$arch $(GO) build -trimpath -buildvcs=true -o bin/release/netverify-$$v-linux-$$arch ./cmd/netverify; done; \
	awk -v v="$$v" '/^## /{ on = $$2 == v } on' CHANGELOG.md >bin/release/NOTES.md; \
	cd bin/release && sha256sum netverify-* >SHA256SUMS && ls

generate: ## rewrite what is generated from the code
	@$(GO) generate ./...

# What the kernel of this machine cannot do runs in a guest.
guests: build
	@if command -v qemu-system-x86_64 >/dev/null || ! bin/netverify doctor | grep '^missing *feature' >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing qemu-system-x86, for what this kernel lacks"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends qemu-system-x86 >/dev/null; \
	else \
		echo "note: what this kernel lacks is skipped, for qemu-system-x86 is not installed" >&2; \
	fi

# The tests compare with tshark and xmllint, boot guests in QEMU, and look at
# pages in chromium. Root on a Debian system gets them.
tools:
	@missing=; \
	command -v tshark >/dev/null && command -v capinfos >/dev/null || missing="tshark"; \
	command -v qemu-system-x86_64 >/dev/null || missing="$$missing qemu-system-x86"; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-dejavu-core"; \
	command -v xmllint >/dev/null || missing="$$missing libxml2-utils"; \
	command -v ssh-keygen >/dev/null || missing="$$missing openssh-client"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing what tests use: $$missing"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
		echo "note: tests that use $$missing are skipped, for it is not installed (Debian: apt-get install $$missing)" >&2; \
	fi
