// Browsers show no element that is higher than some 17 (Firefox) or 33 (Chromium) million pixels. Of a log that would be, a section
// is laid out, which moves along before its ends are reached.

export const LINE_PX = 16;
export const SECTION_LINES = 1_000_000;

/** How many lines are before the section, where the lines `first` to `last` (from 1 on) are on screen. */
export function sectionStart(current: number, first: number, last: number, total: number, section = SECTION_LINES): number {
  const greatest = Math.max(0, total - section);
  const margin = section / 10;
  const tooHigh = current > 0 && first - current <= margin;
  const tooLow = current < greatest && last - current > section - margin;
  if (current <= greatest && !tooHigh && !tooLow) return current;
  return Math.min(greatest, Math.max(0, first - Math.floor(section / 2)));
}
