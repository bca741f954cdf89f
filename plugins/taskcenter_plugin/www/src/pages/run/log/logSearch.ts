export type Found = { lines: number[]; scanned: number; total: number; done: boolean };

/** Asks for the numbers of the lines after one that have the text. */
export type AskHits = (text: string, afterLine: number, signal: AbortSignal) => Promise<Found>;

/** How far a search has got. `going`: it looks on at the moment; `full`: it has stopped since there are very many hits. */
export type SearchView = { hits: readonly number[]; scanned: number; total: number; done: boolean; going: boolean; full: boolean; error: unknown };

const MOST_HITS = 100_000;
const AGAIN_MS = 3_000;
const AFTER_ERROR_MS = 10_000;
const NOTHING: SearchView = { hits: [], scanned: 0, total: 0, done: false, going: false, full: false, error: undefined };

/** Looks for a text through all of a log, on the server, piece by piece, and on as the log grows. */
export class LogSearch {
  private view: SearchView = NOTHING;
  private readonly listeners = new Set<() => void>();
  private abort: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: AskHits,
    private readonly seen: () => boolean = () => true,
  ) {}

  readonly snapshot = (): SearchView => this.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Look for a text from the first line on; for none: stop. */
  start(text: string): void {
    this.stop();
    this.change(NOTHING);
    if (text === "") return;
    this.abort = new AbortController();
    void this.goOn(text, this.abort);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = undefined;
  }

  private async goOn(text: string, abort: AbortController): Promise<void> {
    while (this.seen() && !this.view.full && !this.view.done) {
      // Once all there is has been looked at, it only waits for more: what was found so far is the answer.
      this.change({ going: this.view.total === 0 || this.view.scanned < this.view.total });
      let found: Found;
      try {
        found = await this.ask(text, this.view.scanned, abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) this.change({ error, going: false });
        break;
      }
      if (abort.signal.aborted) return;
      const { scanned, total, done } = found;
      const stuck = scanned <= this.view.scanned;
      const hits = found.lines.length === 0 ? this.view.hits : [...this.view.hits, ...found.lines];
      const full = hits.length >= MOST_HITS;
      this.change({ hits, scanned, total, done, full, error: undefined, going: !full && !done && !stuck && scanned < total });
      if (stuck || scanned >= total) break;
    }
    if (abort.signal.aborted || this.view.full || this.view.done) return;
    this.timer = setTimeout(() => void this.goOn(text, abort), this.view.error === undefined ? AGAIN_MS : AFTER_ERROR_MS);
  }

  private change(changed: Partial<SearchView>): void {
    this.view = { ...this.view, ...changed };
    for (const listener of this.listeners) listener();
  }
}

/** Where in the hits the first one after a line is; as many as there are if none is. */
export function hitAfter(hits: readonly number[], line: number): number {
  let [low, high] = [0, hits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hits[middle]! > line) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The next hit from a line on, or the one before it; over the ends it goes on at the other one. */
export function step(hits: readonly number[], line: number, direction: 1 | -1): number | undefined {
  if (hits.length === 0) return undefined;
  if (direction === 1) return hits[hitAfter(hits, line)] ?? hits[0];
  return hits[hitAfter(hits, line - 1) - 1] ?? hits[hits.length - 1];
}
