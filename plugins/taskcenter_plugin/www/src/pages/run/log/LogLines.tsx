import { Box } from "@chakra-ui/react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";

import { Line } from "./Line";
import type { LogReader, LogView } from "./logReader";
import { LINE_PX, SECTION_LINES, sectionStart } from "./section";

export type LinesHandle = { goTo: (line: number) => void; top: () => number };

type Props = {
  reader: LogReader;
  view: LogView;
  handle: RefObject<LinesHandle | null>;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  query: string;
  current: number | undefined;
  label: string;
};

const STYLES = {
  "& .lines": { position: "absolute", top: 0, left: 0, minWidth: "100%", width: "max-content", willChange: "transform" },
  "& .line": { display: "flex", height: `${LINE_PX}px`, lineHeight: `${LINE_PX}px`, whiteSpace: "pre" },
  "& .number": { flex: "none", minWidth: "7ch", pe: 2, textAlign: "end", color: "fg.subtle", userSelect: "none", fontVariantNumeric: "tabular-nums" },
  "& .line[data-tone=error] .text": { color: "fg.error" },
  "& .line[data-tone=warning] .text": { color: { base: "orange.700", _dark: "orange.300" } },
  "& .line[data-current]": { bg: "bg.info" },
  "& mark": { bg: "yellow.300", color: "black" },
};

/** The lines that are on screen, of however many. */
export function LogLines({ reader, view, handle, follow, onFollow, query, current, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [start, setStart] = useState(0); // how many lines are before the section that is laid out
  const afterwards = useRef<((box: HTMLDivElement) => void) | undefined>(undefined);
  const [, setTurn] = useState(0);
  const lastTop = useRef(0);
  const { total } = view;
  const count = Math.max(0, Math.min(SECTION_LINES, total - start));
  const virtualizer = useVirtualizer({ count, getScrollElement: () => box.current, estimateSize: () => LINE_PX, overscan: 20 });
  const first = start + (virtualizer.range?.startIndex ?? 0) + 1;
  const last = start + (virtualizer.range?.endIndex ?? 0) + 1;
  const items = virtualizer.getVirtualItems();

  /** Lay out another section, and then scroll in it. */
  const lay = (next: number, then: (box: HTMLDivElement) => void) => {
    afterwards.current = then;
    setStart(next);
    setTurn((turn) => turn + 1);
  };
  const goTo = (line: number) => {
    const wanted = Math.min(Math.max(1, line), total);
    const next = sectionStart(start, wanted, wanted, total);
    lay(next, (each) => {
      each.scrollTop = (wanted - next - 1) * LINE_PX - each.clientHeight / 2;
    });
  };
  useImperativeHandle(handle, () => ({ goTo, top: () => first }));

  useLayoutEffect(() => {
    const then = afterwards.current;
    afterwards.current = undefined;
    if (box.current !== null) then?.(box.current);
  });
  useLayoutEffect(() => {
    if (!follow) return;
    lay(Math.max(0, total - SECTION_LINES), (each) => {
      each.scrollTop = each.scrollHeight;
    });
  }, [follow, total]);
  useLayoutEffect(() => {
    // Just laid out anew, and scrolled since: which lines are on screen is not known yet.
    if (follow || Math.abs((box.current?.scrollTop ?? 0) - (virtualizer.scrollOffset ?? 0)) > LINE_PX) return;
    const next = sectionStart(start, first, last, total);
    if (next === start) return;
    lay(next, (each) => {
      each.scrollTop += (start - next) * LINE_PX;
    });
  }, [start, first, last, total, follow]);
  useEffect(() => {
    if (total > 0) reader.show(first, last);
  }, [reader, first, last, total]);

  const onScroll = () => {
    const each = box.current;
    if (each === null) return;
    const atEnd = each.scrollHeight - each.scrollTop - each.clientHeight < 2 * LINE_PX && start + count === total;
    if (follow && !atEnd && each.scrollTop < lastTop.current) onFollow(false);
    else if (!follow && atEnd && !view.done && each.scrollTop > lastTop.current) onFollow(true);
    lastTop.current = each.scrollTop;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    onFollow(event.key === "End" && !view.done);
    goTo(event.key === "End" ? total : 1);
  };
  return (
    <Box
      ref={box}
      role="region"
      aria-label={label}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      overflow="auto"
      maxHeight="60vh"
      minHeight="10rem"
      borderWidth="1px"
      borderRadius="md"
      bg="bg.subtle"
      fontFamily="mono"
      fontSize="12px"
      css={STYLES}
      style={{ overflowAnchor: "none", height: count * LINE_PX + 24 }}
      data-testid="log"
    >
      <div style={{ position: "relative", height: virtualizer.getTotalSize(), minWidth: "100%" }}>
        <div className="lines" style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
          {items.map(({ index }) => {
            const number = start + index + 1;
            return <Line key={number} number={number} text={reader.cache.at(number)} query={query} current={number === current} />;
          })}
        </div>
      </div>
    </Box>
  );
}
