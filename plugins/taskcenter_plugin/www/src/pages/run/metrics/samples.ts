import type { FiguresOut, JobMetricsOut } from "src/api/schema";

/** What a transfer has moved at a moment (in seconds), and how fast. */
export type Sample = { at: number; records: number | null; rate: number | null; errors: number | null };

const MOST_SAMPLES = 3_600;

/** The samples with another one; the speed is the system's own, or else that since the sample before. */
export function withSample(samples: readonly Sample[], { at, figures }: JobMetricsOut): readonly Sample[] {
  const before = samples.at(-1);
  const seconds = Date.parse(at) / 1000;
  if (before !== undefined && seconds <= before.at) return samples;
  const rate = figures.recordsPerSecond ?? sinceBefore(before, seconds, figures);
  return [...samples.slice(-MOST_SAMPLES + 1), { at: seconds, records: figures.records, rate, errors: figures.errorRecords }];
}

function sinceBefore(before: Sample | undefined, seconds: number, { records }: FiguresOut): number | null {
  if (before === undefined || before.records === null || records === null || records < before.records) return null;
  return (records - before.records) / (seconds - before.at);
}
