#!/usr/bin/env bash
# Tests archlint in real editors: installs them (editors/test/setup.sh), packages the extension, drives each.
#
#   tests/editors/run.sh [vscode|neovim|emacs]...
#
# An editor that cannot be had on this machine is skipped, and its reason printed. Exit status 1: a test failed.
# Set ARCHLINT to test another executable than this checkout's.
set -uo pipefail

readonly SKIP=75
readonly ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
readonly CACHE="${ARCHLINT_EDITORS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/archlint-editors}"

passed=0 failed=0 skipped=0

main() {
  local editors=("$@")
  [[ ${#editors[@]} -gt 0 ]] || editors=(neovim emacs vscode)
  mkdir -p "$CACHE"
  if [[ -z "${ARCHLINT:-}" ]]; then
    server || { echo "skipped: archlint could not be installed from this checkout: see $CACHE/archlint.log"; closing 0 0 "${#editors[@]}"; exit 0; }
  fi
  export ARCHLINT
  echo "archlint: $ARCHLINT ($("$ARCHLINT" --version))"
  local editor
  for editor in "${editors[@]}"; do
    echo "== $editor"
    one "$editor"
  done
  closing "$passed" "$failed" "$skipped"
  [[ "$failed" -eq 0 ]]
}

# This checkout's archlint in an environment of its own, so that no other is tested by mistake.
server() {
  local environment="$CACHE/archlint"
  if [[ ! -x "$environment/bin/python" ]]; then
    python3 -m venv "$environment" >"$CACHE/archlint.log" 2>&1 || {
      "$ROOT/editors/test/setup.sh" python >"$CACHE/archlint.log" 2>&1 && rm -rf "$environment" &&
        python3 -m venv "$environment" >>"$CACHE/archlint.log" 2>&1
    } || return 1
  fi
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$ROOT" \
    >"$CACHE/archlint.log" 2>&1 || return 1
  ARCHLINT="$environment/bin/archlint"
}

one() {
  "$ROOT/editors/test/setup.sh" "$1"
  local status=$?
  if [[ "$status" -eq "$SKIP" ]]; then
    skipped=$((skipped + 1))
    return
  elif [[ "$status" -ne 0 ]]; then
    failed=$((failed + 1))
    return
  fi
  local log
  log="$(mktemp)"
  "run_$1" 2>&1 | tee "$log"
  status="${PIPESTATUS[0]}"
  if [[ "$status" -eq "$SKIP" ]]; then
    skipped=$((skipped + 1))
    rm -f "$log"
    return
  fi
  local -a counts
  read -ra counts < <(sed -nE \
    -e 's/\r//' -e 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' \
    -e '/^(# |ℹ )pass /{s/.* //;h}' -e '/^(# |ℹ )fail /{s/.* //;H;x;s/\n/ /;p}' "$log" | tail -n 1)
  rm -f "$log"
  passed=$((passed + ${counts[0]:-0}))
  failed=$((failed + ${counts[1]:-0}))
  [[ "$status" -eq 0 || "${counts[1]:-0}" -gt 0 ]] || failed=$((failed + 1))
}

run_neovim() {
  local workspace
  workspace="$(fresh_workspace)"
  export PATH="$CACHE/node/only:$PATH" # where the system's Node was too old
  export YAML_SERVER="$CACHE/neovim/node_modules/.bin/yaml-language-server"
  export JSON_SERVER="$CACHE/neovim/node_modules/.bin/vscode-json-language-server"
  XDG_STATE_HOME="$workspace/.state" timeout 300 "$CACHE/neovim/bin/nvim" --clean --headless -u NONE -l "$ROOT/tests/editors/neovim.lua" \
    "$ROOT/editors/neovim" "$workspace"
  gone "$workspace" $?
}

run_emacs() {
  local workspace
  workspace="$(fresh_workspace)"
  timeout 300 emacs --batch -l "$ROOT/editors/emacs/archlint.el" -l "$ROOT/tests/editors/emacs.el" "$workspace"
  gone "$workspace" $?
}

run_vscode() {
  export PATH="$CACHE/node/only:$PATH" # where the system's Node was too old
  cd "$ROOT/editors/vscode" || return 1
  npm ci --no-audit --no-fund --ignore-scripts >"$CACHE/npm.log" 2>&1 || {
    echo "skipped: the extension's npm packages cannot be had: $(grep -m 1 'npm error' "$CACHE/npm.log")"
    return "$SKIP"
  }
  npm run --silent package >"$CACHE/npm.log" 2>&1 || { tail -n 20 "$CACHE/npm.log"; return 1; }
  cd "$ROOT" && timeout 720 node --test --test-concurrency=1 --test-reporter=spec "tests/editors/vscode/"*.test.mjs
}

# A copy of the spec files, in which a test may do what it likes.
fresh_workspace() {
  local folder
  folder="$(mktemp -d)"
  cp -r "$ROOT/tests/editors/workspace/gallery/." "$folder"
  echo "$folder"
}

gone() {
  rm -rf "$1"
  return "$2"
}

closing() { echo "$1 passed, $2 failed, $3 skipped"; }

main "$@"
