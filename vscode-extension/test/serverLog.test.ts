import { expect, it } from "vitest";
import { readServerLine } from "../src/serverLog";

it.each([
  ["12:00:01.234 Information serve: Ready.", { level: "info", text: "serve: Ready.", isLastWord: false }],
  ["12:00:01.234 Warning serve: Slow.", { level: "warn", text: "serve: Slow.", isLastWord: false }],
  ["12:00:01.234 Critical serve: Gone.", { level: "error", text: "serve: Gone.", isLastWord: false }],
  ["Unhandled exception. Boom.", { level: "info", text: "Unhandled exception. Boom.", isLastWord: true }],
  ["   at Program.Main()", { level: "info", text: "   at Program.Main()", isLastWord: false }],
  ["", { level: "info", text: "", isLastWord: false }],
])("reads %j", (line, expected) => {
  expect(readServerLine(line)).toEqual(expected);
});
