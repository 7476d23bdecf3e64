#!/usr/bin/env bash
# Builds everything with warnings as errors and runs every test. The last line is the sum:
# N passed, N failed, N skipped. With --no-e2e the extension is not tried in a real VS Code, which takes some minutes and,
# the first time, what tests/e2e/run.sh installs.
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

results="$PWD/TestResults"
rm -rf "$results"
mkdir -p "$results"
broken=()

# Runs one part of the tests; a part that fails without a report counts as one failed test in the sum.
part() {
  local name=$1
  shift
  echo "── $name"
  "$@" || broken+=("$name")
}

dotnet_tests() {
  dotnet test --project "tests/$1/$1.csproj" --configuration Release --no-build --no-progress \
    --results-directory "$results" --report-xunit-ctrf --report-xunit-ctrf-filename "$1.json"
}

extension_tests() (
  cd vscode-extension &&
    npm ci --no-audit --no-fund &&
    npm run lint &&
    npm run check &&
    npm test -- --reporter=default --reporter=json --outputFile.json="$results/vscode-extension.json"
)

# Their own sum, the last line, goes into ours.
end_to_end_tests() {
  bash tests/e2e/run.sh | tee "$results/e2e.log" | sed '$d'
}

if ! { dotnet restore DiffusionLsp.sln --locked-mode && dotnet build DiffusionLsp.sln -c Release --no-restore; }; then
  node tests/summary.mjs "$results" build
  exit 1
fi

for project in tests/*.Tests; do
  part "$(basename "$project")" dotnet_tests "$(basename "$project")"
done

if [[ ! -d vscode-extension ]]; then
  echo "── vscode-extension: left out, the folder is not there"
elif ! command -v npm > /dev/null; then
  echo "── vscode-extension: left out, npm is not installed"
else
  part vscode-extension extension_tests
fi

if [[ ${1:-} == --no-e2e ]]; then
  echo "── e2e: left out, as asked"
else
  part e2e end_to_end_tests
fi

node tests/summary.mjs "$results" ${broken[@]+"${broken[@]}"}
