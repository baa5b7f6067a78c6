#!/bin/sh
# archlint in any CI that runs a shell: sh check.sh [BASE] [PATH...]
# With BASE (a revision) only what changed since then is reported. The reports are written to ./archlint-reports.
set -eu
base="${1:-}"
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- .
archlint="${ARCHLINT:-archlint}"
mkdir -p archlint-reports
if [ -n "$base" ]; then
    # A shallow clone may lack the base: fetch that one commit.
    if ! git rev-parse --quiet --verify --end-of-options "$base^{commit}" > /dev/null; then
        depth=
        if [ "$(git rev-parse --is-shallow-repository)" = true ]; then depth=--depth=1; fi
        git fetch --quiet --no-tags $depth -- origin "${base#origin/}"
        base="$(git rev-parse FETCH_HEAD)"
    fi
    set -- "--since=$base" -- "$@"
else
    set -- -- "$@"
fi
exec "$archlint" check \
    --output sarif=archlint-reports/archlint.sarif \
    --output junit=archlint-reports/archlint.xml \
    --output json=archlint-reports/archlint.json \
    "$@"
