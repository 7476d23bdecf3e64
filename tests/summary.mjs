// Sums up the reports of all test runners and prints `N passed, N failed, N skipped` as the last line, after the
// tests that failed or were skipped and why. Usage: node summary.mjs FOLDER [PART THAT FAILED]...
// Reads CTRF (xunit.v3), the JSON of vitest, and the last line of logs that end in such a sum themselves; the exit
// code is 1 where anything failed.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const [folder, ...broken] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
const failedParts = new Set();

for (const file of readdirSync(folder).filter((name) => name.endsWith(".log"))) {
  const counts = readFileSync(join(folder, file), "utf8").match(/(\d+) passed, (\d+) failed, (\d+) skipped\s*$/);
  for (const [index, status] of Object.keys(sum).entries()) {
    sum[status] += Number(counts?.[index + 1] ?? 0);
  }
  if (Number(counts?.[2] ?? 0) > 0) {
    failedParts.add(basename(file, ".log"));
  }
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  for (const { name, status, message } of testsOf(JSON.parse(readFileSync(join(folder, file), "utf8")))) {
    sum[status]++;
    if (status === "failed") {
      failedParts.add(basename(file, ".json"));
    }
    if (status !== "passed") {
      console.log(`${status}: ${name}${message ? `: ${message.split("\n")[0]}` : ""}`);
    }
  }
}

// A runner that fails although no test of its did (it crashed, or found no test) must not pass for success.
for (const part of broken.filter((name) => !failedParts.has(name))) {
  sum.failed++;
  console.log(`failed: ${part}: it ended with an error; see above`);
}

if (sum.passed === 0 && sum.failed === 0) {
  sum.failed++;
  console.log("failed: no test was run");
}

console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 ? 0 : 1;

function testsOf(report) {
  return report.reportFormat === "CTRF"
    ? report.results.tests.map(({ name, status, message }) => ({ name, status: kindOf(status), message }))
    : report.testResults.flatMap((file) =>
        file.assertionResults.map(({ fullName, status, failureMessages }) => ({
          name: fullName,
          status: kindOf(status),
          message: failureMessages?.[0],
        })),
      );
}

function kindOf(status) {
  return status === "passed" || status === "failed" ? status : "skipped";
}
