import type { AcceptanceReport } from "../protocol";

/** A line of the figures: how many suggestions were taken of those shown. */
export interface FigureLine {
  readonly label: string;
  readonly description: string;
}

/** A day's lines, the day's languages by name. */
export interface FigureDay {
  readonly day: string;
  readonly lines: readonly FigureLine[];
}

/** Words the figures: all days together first, then day by day, the latest first. */
export function figureDays({ days }: AcceptanceReport): FigureDay[] {
  const byDay = Object.entries(days)
    .sort(([one], [other]) => other.localeCompare(one))
    .map(([day, languages]) => ({ day, counts: Object.entries(languages) }));
  const all = byDay.flatMap(({ counts }) => counts.map(([, count]) => count));
  if (all.length === 0) {
    return [];
  }
  const sum = all.reduce((one, other) => ({
    shown: one.shown + other.shown,
    accepted: one.accepted + other.accepted,
  }));
  return [
    { day: "All days", lines: [lineOf("all languages", sum)] },
    ...byDay.map(({ day, counts }) => ({ day, lines: counts.map(([language, count]) => lineOf(language, count)) })),
  ];
}

function lineOf(label: string, { shown, accepted }: { shown: number; accepted: number }): FigureLine {
  const share = shown > 0 ? `, ${Math.round((100 * accepted) / shown)} %` : "";
  return { label, description: `${accepted} taken of ${shown} shown${share}` };
}
