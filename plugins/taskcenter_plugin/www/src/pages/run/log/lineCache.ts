/** How many lines are asked for and given up together. */
export const CHUNK_LINES = 500;
const KEPT_CHUNKS = 24;

export type Gap = { from: number; count: number };

/** Lines of a log, of which only some are kept: those around what is on screen. Lines are numbered from 1 on. */
export class LineCache {
  private readonly chunks = new Map<number, (string | undefined)[]>();

  constructor(
    private readonly chunkLines = CHUNK_LINES,
    private readonly keptChunks = KEPT_CHUNKS,
  ) {}

  at(line: number): string | undefined {
    return this.chunks.get(this.chunkOf(line))?.[this.placeOf(line)];
  }

  /** Keep lines, the first of which has that number. */
  put(first: number, lines: readonly string[]): void {
    lines.forEach((text, index) => {
      const number = this.chunkOf(first + index);
      let chunk = this.chunks.get(number);
      if (chunk === undefined) this.chunks.set(number, (chunk = []));
      chunk[this.placeOf(first + index)] = text;
    });
  }

  /** What to ask for so that the lines `from` to `to` are there: from the first that is not, whole chunks; undefined if none is missing. */
  gap(from: number, to: number, total: number, most: number): Gap | undefined {
    const last = Math.min(to, total);
    let first = Math.max(1, from);
    while (first <= last && this.at(first) !== undefined) first++;
    if (first > last) return undefined;
    const end = Math.min(total, (this.chunkOf(last) + 1) * this.chunkLines);
    return { from: first, count: Math.min(most, end - first + 1) };
  }

  /** Give up what is farthest from that line, as far as too much is kept. */
  keepAround(line: number): void {
    const here = this.chunkOf(line);
    const farthest = [...this.chunks.keys()].sort((a, b) => Math.abs(a - here) - Math.abs(b - here)).slice(this.keptChunks);
    for (const number of farthest) this.chunks.delete(number);
  }

  clear(): void {
    this.chunks.clear();
  }

  /** How many chunks are kept. */
  get size(): number {
    return this.chunks.size;
  }

  private chunkOf(line: number): number {
    return Math.floor((line - 1) / this.chunkLines);
  }

  private placeOf(line: number): number {
    return (line - 1) % this.chunkLines;
  }
}
