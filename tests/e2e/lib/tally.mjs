/** A reporter of node:test: a line for each test, what went wrong, and the tally as the last line. */
export default async function* tally(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let brokenFile;
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") {
      yield data.message;
    } else if (type !== "test:pass" && type !== "test:fail") {
      continue;
    } else if (data.details.type === "suite" || data.name === data.file) {
      brokenFile = type === "test:fail" ? data : brokenFile;
    } else if (data.skip !== undefined) {
      counts.skipped++;
      yield `skip  ${data.name}: ${data.skip}\n`;
    } else if (type === "test:pass") {
      counts.passed++;
      yield `pass  ${data.name}${secondsOf(data)}\n`;
    } else {
      counts.failed++;
      yield `FAIL  ${data.name}${secondsOf(data)}\n${reasonOf(data)}\n`;
    }
  }
  // A file also fails with a test of its own; alone, it broke outside of them.
  if (brokenFile !== undefined && counts.failed === 0) {
    counts.failed++;
    yield `FAIL  ${brokenFile.name}\n${reasonOf(brokenFile)}\n`;
  }
  yield `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`;
}

function secondsOf({ details }) {
  return ` (${(details.duration_ms / 1000).toFixed(1)} s)`;
}

function reasonOf({ details: { error } }) {
  const cause = error.cause ?? error;
  return String(cause.stack ?? cause).replace(/^/gm, "      ");
}
