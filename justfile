# The daily commands. `just` lists them; each is one line that works without just, too.

_default:
    @just --list

# Serve on http://127.0.0.1:8080, with the interface read from ui/ at every request
dev:
    SELFSAME_UI_FOLDER=ui cargo run

# Everything that is checked before a change is taken
test:
    ./test

# The quick part of it: form, lints, Rust tests
check:
    ./test rust

# Rust tests alone, those whose names hold WORD
unit *WORD:
    cargo nextest run --workspace {{WORD}}

# Write what is generated: the pages of settings and metrics
generate:
    cargo run --quiet -- settings --markdown > docs/configuration.md
    cargo run --quiet -- metrics > docs/metrics.md

# Fill a store with made-up users
demo USERS="1000":
    cargo run --release -- load-demo --users {{USERS}}

# Licences and known flaws of dependencies (cargo-deny)
deny:
    cargo deny check

format:
    cargo fmt --all
