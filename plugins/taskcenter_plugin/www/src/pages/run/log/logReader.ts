import { LineCache } from "./lineCache";

export type LogWindow = { lines: string[]; first: number; total: number; done: boolean; notice: string | null };

/** Asks for lines from a number on; below 0: so many before the end. */
export type AskLines = (from: number, count: number, signal: AbortSignal) => Promise<LogWindow>;

/** What is known of a log. `version` changes with everything that does, the kept lines too. */
export type LogView = { version: number; begun: boolean; total: number; done: boolean; notice: string | null; error: unknown };

const MOST_LINES = 1000; // of one answer
const MARGIN_LINES = 200; // that are had ready before and after those on screen
const REST_MS = 50; // of scrolling, before lines are asked for that are not there yet
const LONGEST_REST_MS = 200;
const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;
const GROWTH = 1.4;

/** Has the lines that are on screen, a little before they are needed, and looks how the log grows; one request of each kind at a time. */
export class LogReader {
  readonly cache = new LineCache();
  private view: LogView = { version: 0, begun: false, total: 0, done: false, notice: null, error: undefined };
  private readonly listeners = new Set<() => void>();
  private shown = { from: 1, to: 1 };
  private loading: { from: number; to: number; abort: AbortController } | undefined;
  private watching: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private resting: { since: number; timer: ReturnType<typeof setTimeout> } | undefined;
  private interval = FIRST_MS;

  constructor(
    private readonly ask: AskLines,
    private readonly seen: () => boolean = () => true,
  ) {}

  readonly snapshot = (): LogView => this.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Begin to follow the log, with its last lines if they are to be shown first. */
  start(fromEnd: boolean): void {
    this.watching = new AbortController();
    void this.look(fromEnd ? -MOST_LINES : 1);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.watching?.abort();
    this.watching = undefined;
    this.loading?.abort.abort();
    this.loading = undefined;
    clearTimeout(this.resting?.timer);
    this.resting = undefined;
  }

  /** Say which lines are on screen. */
  show(from: number, to: number): void {
    this.shown = { from, to };
    const { loading } = this;
    if (loading !== undefined && (loading.to < from || loading.from > to)) {
      loading.abort.abort(); // scrolled on: nobody waits for those any more
      this.loading = undefined;
    }
    // Who drags through the log asks for few of the lines that come by.
    const since = this.resting?.since ?? Date.now();
    clearTimeout(this.resting?.timer);
    const wait = this.cache.gap(from, to, this.view.total, MOST_LINES) === undefined ? 0 : Math.min(REST_MS, since + LONGEST_REST_MS - Date.now());
    const load = () => {
      this.resting = undefined;
      void this.load();
    };
    if (wait <= 0) load();
    else this.resting = { since, timer: setTimeout(load, wait) };
  }

  /** Look at once how far the log has got. */
  readonly retry = (): void => {
    this.interval = FIRST_MS;
    if (this.watching === undefined) return;
    clearTimeout(this.timer);
    void this.look(this.view.total + 1);
  };

  private async look(from: number): Promise<void> {
    const { watching } = this;
    if (watching === undefined || watching.signal.aborted) return;
    const before = this.view.total;
    try {
      if (this.seen()) this.take(await this.ask(from, MOST_LINES, watching.signal));
    } catch (error) {
      if (watching.signal.aborted) return;
      this.change({ error, begun: true });
    }
    if (watching.signal.aborted) return;
    void this.load();
    if (this.view.done && this.view.error === undefined) return;
    this.interval = this.view.total === before ? Math.min(LONGEST_MS, this.interval * GROWTH) : FIRST_MS;
    this.timer = setTimeout(() => void this.look(this.view.begun && this.view.error === undefined ? this.view.total + 1 : from), this.interval);
  }

  private async load(): Promise<void> {
    if (this.loading !== undefined || this.watching === undefined || !this.view.begun) return;
    const { from, to } = this.shown;
    const { total } = this.view;
    const gap =
      this.cache.gap(from, to, total, MOST_LINES) ?? this.cache.gap(from - MARGIN_LINES, to + MARGIN_LINES, total, MOST_LINES);
    if (gap === undefined) return;
    const loading = { from: gap.from, to: gap.from + gap.count - 1, abort: new AbortController() };
    this.loading = loading;
    let any = false;
    try {
      const found = await this.ask(gap.from, gap.count, loading.abort.signal);
      if (this.loading !== loading) return;
      this.take(found);
      any = found.lines.length > 0;
    } catch (error) {
      if (this.loading !== loading) return;
      this.change({ error });
    }
    this.loading = undefined;
    if (any) await this.load();
  }

  private take({ lines, first, total, done, notice }: LogWindow): void {
    // A log that is shorter than it was has been written anew; so may one that has ended, from more than one place.
    if (total < this.view.total || (done && !this.view.done && this.view.begun)) this.cache.clear();
    this.cache.put(first, lines);
    this.cache.keepAround(this.shown.from);
    this.change({ total, done, notice, error: undefined, begun: true });
  }

  private change(changed: Partial<LogView>): void {
    this.view = { ...this.view, ...changed, version: this.view.version + 1 };
    for (const listener of this.listeners) listener();
  }
}
