# The commands a change needs; `just` alone lists them.

default:
    @just --list

# Formats everything
fmt:
    cargo fmt --all

# Clippy, warnings denied
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Every test
test:
    cargo test --workspace --locked

# The tests of the tree itself: arrows, sizes, names, links
tidy:
    cargo test --package tidy --locked

# Licences, banned crates, sources
deny:
    cargo deny check bans licenses sources

# What a change must pass
check:
    cargo fmt --all -- --check
    just lint test deny

# All that a fresh machine can check, PostgreSQL included
ci:
    .ci/run

# The program: `just run import list`
run *arguments:
    cargo run --release -- {{arguments}}

# The sample workspace, imported, changed and synced again
demo *arguments:
    cargo run --release -- demo {{arguments}}

# Records a second, processor time, memory and calls, beside a bare loop that keeps nothing
bench-import *arguments:
    cargo run --release --package interline -- bench import {{arguments}}

# Events a second, durable answers and delivery, beside a server that looks at nothing and the disk itself
bench-events *arguments:
    cargo run --release --package interline -- bench events {{arguments}}

# How long reading an Intercom workspace takes under its rate windows, by a simulated clock, and the memory that needs
bench-intercom conversations="10000 100000":
    for n in {{conversations}}; do cargo run --profile sim --package sim -- --conversations $n; done

# Histories from seeds: `just sim --seeds 1000`; one, told step by step: `just sim --seed 7`; weeks of syncs: `just sim --week`
sim *arguments:
    cargo run --profile sim --package sim -- {{arguments}}

# One run of 500 records, killed at its every commit, request and answer; `--stride 50` tries every fiftieth
crash-points *arguments:
    cargo run --profile sim --package sim -- --crash-points {{arguments}}
