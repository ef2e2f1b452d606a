# What you can do here.
default:
    @just --list

# What CI does.
check:
    .ci/run

# The main job, in one command.
demo *args:
    cargo run --release -- demo {{args}}

# Everything that is generated and checked in.
generate:
    cargo run -- contracts write
    cargo run -- policies write
    INSTA_UPDATE=always cargo test --quiet --lib

# One story, on both databases.
story name:
    cargo test --test it {{name}}

# The benchmarks, side by side; BENCHMARKS.md says what they mean.
bench:
    cargo bench

# The documents, by Spectral (OpenAPI, AsyncAPI, OWASP) and Redocly.
lint-documents:
    .ci/lint-documents

# A running gateway against every document, by Schemathesis; `just hold-documents process/orders.v1` holds one.
hold-documents *contracts:
    cargo build --locked
    .ci/schemathesis target/debug/haulgate {{contracts}}

# The quickstarts of /docs, copied line by line into a shell beside a demo.
play-quickstarts:
    cargo build --locked
    .ci/quickstarts target/debug/haulgate

# Anything, for whatever reads what anybody may send; `just fuzz path` tries one target, HAULGATE_FUZZ_SECONDS long.
fuzz *targets:
    .ci/fuzz {{targets}}

# Licences, banned crates and sources, as in CI; `just deny advisories` asks the advisory database as well.
deny *more:
    cargo deny check licenses bans sources {{more}}
