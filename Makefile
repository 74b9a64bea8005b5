# Short names for what is run often. CI runs .ci/run, and so does "make check".

.PHONY: build test race lint fuzz cross examples interop conformance bench microbench vuln check clean

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

vuln: ## known vulnerabilities of the dependencies; needs the vulnerability database, so CI leaves it out
	go tool -modfile=tools/go.mod govulncheck ./...

clean:
	rm -rf bin conformance-out
