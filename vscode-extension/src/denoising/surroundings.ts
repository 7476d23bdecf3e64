/** How many lines before and after the gap are shown, the gap's own line not counted. */
const linesAround = 4;

/** The last lines of what stands before a gap, and the first ones of what stands after it. */
export function linesNear(before: string, after: string): { before: string; after: string } {
  const above = before.split("\n");
  const below = after.split("\n");
  return {
    before: above
      .slice(-1 - linesAround)
      .join("\n")
      .replace(/^\n+/, ""),
    after: below
      .slice(0, 1 + linesAround)
      .join("\n")
      .trimEnd(),
  };
}
