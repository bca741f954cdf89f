const LEAST = 6;
const MOST = 24;

/** How many pixels high a bar is for each duration, the longest highest; one that is not known yet is lowest. */
export function heights(seconds: readonly (number | null)[]): number[] {
  const longest = Math.max(...seconds.map((each) => each ?? 0), 1);
  return seconds.map((each) => Math.round(LEAST + ((MOST - LEAST) * (each ?? 0)) / longest));
}
