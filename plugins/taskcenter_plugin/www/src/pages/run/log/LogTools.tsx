import { Button, Checkbox, Field, HStack, Input, Text } from "@chakra-ui/react";
import { useState, type FormEvent, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";

import { hitAfter, type SearchView } from "./logSearch";

type Props = {
  choice: ReactNode;
  total: number;
  query: string;
  onQuery: (query: string) => void;
  typing: RefObject<boolean>;
  search: SearchView;
  current: number | undefined;
  onStep: (direction: 1 | -1) => void;
  onGoTo: (line: number) => void;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  done: boolean;
};

/** To look for a text in a log, to go to a line, to follow its end. */
export function LogTools({ choice, total, query, onQuery, typing, search, current, onStep, onGoTo, follow, onFollow, done }: Props) {
  const { t } = useTranslation();
  const [line, setLine] = useState("");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    onStep(event.shiftKey ? -1 : 1);
  };
  const go = (event: FormEvent) => {
    event.preventDefault();
    const number = Number(line);
    if (Number.isInteger(number) && number !== 0) onGoTo(number > 0 ? number : total + number + 1);
  };
  return (
    <HStack gap={3} flexWrap="wrap" align="flex-end">
      {choice}
      <Field.Root width="auto">
        <Field.Label fontSize="xs">{t("run.log.search")}</Field.Label>
        <HStack gap={1}>
          <Input
            size="xs"
            type="search"
            width="14rem"
            maxLength={500}
            value={query}
            onChange={(event) => onQuery(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            autoFocus={typing.current}
            onFocus={() => (typing.current = true)}
            onBlur={() => (typing.current = false)}
          />
          <Button size="xs" variant="outline" aria-label={t("run.log.previous")} disabled={search.hits.length === 0} onClick={() => onStep(-1)}>
            ↑
          </Button>
          <Button size="xs" variant="outline" aria-label={t("run.log.next")} disabled={search.hits.length === 0} onClick={() => onStep(1)}>
            ↓
          </Button>
        </HStack>
      </Field.Root>
      <form onSubmit={go}>
        <Field.Root width="auto">
          <Field.Label fontSize="xs">{t("run.log.line")}</Field.Label>
          <HStack gap={1}>
            <Input
              size="xs"
              inputMode="numeric"
              width="6rem"
              value={line}
              onChange={(event) => setLine(event.currentTarget.value.replace(/[^\d-]/g, ""))}
            />
            <Button size="xs" variant="outline" type="submit" disabled={total === 0}>
              {t("run.log.go")}
            </Button>
          </HStack>
        </Field.Root>
      </form>
      <Checkbox.Root size="sm" checked={follow} disabled={done} onCheckedChange={({ checked }) => onFollow(checked === true)} pb={1}>
        <Checkbox.HiddenInput />
        <Checkbox.Control />
        <Checkbox.Label>{t("run.log.follow")}</Checkbox.Label>
      </Checkbox.Root>
      <Hits query={query} search={search} current={current} />
    </HStack>
  );
}

function Hits({ query, search, current }: { query: string; search: SearchView; current: number | undefined }) {
  const { t, i18n } = useTranslation();
  const number = (value: number): string => value.toLocaleString(localeOf(i18n.language));
  if (query === "") return null;
  const { hits, scanned, total, going, full } = search;
  const at = current === undefined ? 0 : hitAfter(hits, current);
  const count = number(hits.length) + (full ? "+" : "");
  const found = at > 0 && hits[at - 1] === current ? t("run.log.hit", { at: number(at), count }) : t("run.log.hits", { found: count });
  return (
    <Text fontSize="sm" color="fg.muted" pb={1}>
      <span role="status" data-testid="hits">
        {hits.length === 0 && !going ? t("run.log.noHit") : hits.length === 0 ? "" : found}
      </span>
      {going ? ` ${t("run.log.scanned", { scanned: number(scanned), total: number(total) })}` : ""}
    </Text>
  );
}
