# Short names for what is run often. CI runs .ci/run, and so does "make check".

.PHONY: build test race lint fuzz cross examples interop conformance bench microbench soak vuln check clean image release-check release-snapshot

build: ## bin/sinew
	go build -trimpath -o bin/sinew ./cmd/sinew

test race lint fuzz cross examples interop conformance: ## one step of CI
	@.ci/run $@

check: ## all that CI runs
	@.ci/run

bench: ## side by side with the reference server; ARGS="-run fan -rounds 3" and so on
	go run ./bench $(ARGS)

microbench: ## the benchmarks beside the code
	go test -run '^$$' -bench . -benchmem ./internal/...

soak: ## connections of all kinds come and go for SOAK (10m); memory, goroutines and descriptors must stay
	SINEW_SOAK=$(or $(SOAK),10m) go test -count=1 -v -run '^TestSoak$$' -timeout 0 ./server

vuln: ## known vulnerabilities of the dependencies; needs the vulnerability database, so CI leaves it out
	go tool -modfile=tools/go.mod govulncheck ./...

# The newest version that builds with the Go of go.mod.
GORELEASER := go run github.com/goreleaser/goreleaser/v2@v2.15.1

image: ## the container images sinew and sinew:alpine; needs Docker
	docker build -t sinew .
	docker build -t sinew:alpine --target alpine .

release-check: ## is .goreleaser.yaml valid
	$(GORELEASER) check

release-snapshot: ## all that a release has but images, SBOMs and signatures, into dist/
	$(GORELEASER) release --snapshot --clean --skip=docker,sign,sbom,publish

clean:
	rm -rf bin conformance-out dist dist-extras
