import { writeFileSync } from "node:fs";

/**
 * A reporter of node:test: a line for each test, what went wrong, and the tally as the last line. Where E2E_REPORT
 * names a file, that gets the same in the Common Test Report Format.
 */
export default async function* tally(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const report = [];
  const brokenFiles = [];
  const filesWithFailures = new Set();
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") {
      yield data.message;
    } else if (type !== "test:pass" && type !== "test:fail") {
      continue;
    } else if (data.details.type === "suite" || data.name === data.file) {
      if (type === "test:fail" && data.name === data.file) {
        brokenFiles.push(data);
      }
    } else if (data.skip !== undefined) {
      counts.skipped++;
      report.push({ ...entryOf(data, "skipped"), message: data.skip });
      yield `skip  ${data.name}: ${data.skip}\n`;
    } else if (type === "test:pass") {
      counts.passed++;
      report.push(entryOf(data, "passed"));
      yield `pass  ${data.name}${secondsOf(data)}\n`;
    } else {
      counts.failed++;
      filesWithFailures.add(data.file);
      report.push({ ...entryOf(data, "failed"), message: reasonOf(data).trim() });
      yield `FAIL  ${data.name}${secondsOf(data)}\n${reasonOf(data)}\n`;
    }
  }
  // A file also fails with a test of its own; alone, it broke outside of them.
  for (const file of brokenFiles.filter(({ file }) => !filesWithFailures.has(file))) {
    counts.failed++;
    report.push({ ...entryOf(file, "failed"), message: reasonOf(file).trim() });
    yield `FAIL  ${file.name}\n${reasonOf(file)}\n`;
  }
  if (process.env.E2E_REPORT) {
    writeFileSync(process.env.E2E_REPORT, JSON.stringify(ctrf(counts, report), null, 2));
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function entryOf({ name, details }, status) {
  return { name: `e2e: ${name}`, status, duration: Math.round(details.duration_ms) };
}

function ctrf(counts, tests) {
  const summary = { tests: tests.length, ...counts, pending: 0, other: 0, start: 0, stop: 0 };
  return { reportFormat: "CTRF", specVersion: "0.0.0", results: { tool: { name: "node:test" }, summary, tests } };
}

function secondsOf({ details }) {
  return ` (${(details.duration_ms / 1000).toFixed(1)} s)`;
}

function reasonOf({ details: { error } }) {
  const cause = error.cause ?? error;
  return String(cause.stack ?? cause).replace(/^/gm, "      ");
}
