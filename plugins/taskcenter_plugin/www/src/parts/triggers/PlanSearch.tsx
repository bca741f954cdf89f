import { Button, Field, Input, List, Text } from "@chakra-ui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api } from "src/api/client";
import { envelope } from "src/api/errors";
import type { PlanName, PlanOut } from "src/api/schema";
import { ErrorNote } from "src/parts/ErrorNote";

import { samePlan } from "./items";
import { useSettled } from "./useSettled";

const AT_ONCE = 8;
const TYPING_MS = 250;
const NO_PLANS: readonly PlanOut[] = [];

type Props = { without: readonly PlanName[]; chosen: boolean; onPick: (plan: PlanName) => void; disabled: boolean };

/** Finds plans by what they are called, to pick one after another. */
export function PlanSearch({ without, chosen, onPick, disabled }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const q = useSettled(text.trim(), TYPING_MS);
  // Where plans are chosen already, others are shown when they are asked for.
  const looking = text !== "" || !chosen;
  const found = useQuery({
    queryKey: ["plan-search", q, without.length],
    queryFn: ({ signal }) => envelope(api.GET("/api/schedules", { params: { query: { q, limit: AT_ONCE + without.length } }, signal })),
    placeholderData: keepPreviousData,
    enabled: !disabled && looking,
  });
  const plans = (found.data?.data ?? NO_PLANS).filter((plan) => !without.some((each) => samePlan(each, plan))).slice(0, AT_ONCE);
  return (
    <Field.Root disabled={disabled}>
      <Field.Label>{t("triggers.search")}</Field.Label>
      <Input
        type="search"
        size="sm"
        maxLength={200}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.preventDefault(); // it is no form that could be sent
        }}
      />
      {found.error ? <ErrorNote error={found.error} retry={() => void found.refetch()} /> : null}
      <Text role="status" fontSize="xs" color="fg.muted">
        {found.data === undefined || !looking
          ? ""
          : plans.length === 0
            ? t("triggers.noneFound")
            : t("triggers.found", { count: plans.length, all: found.data.totalHits })}
      </Text>
      <List.Root aria-label={t("triggers.results")} variant="plain" width="100%" gap={1} data-testid="found-plans">
        {(looking ? plans : NO_PLANS).map(({ id, title, entityGroup, entityKey }) => (
          <List.Item key={id}>
            <Button
              size="xs"
              variant="ghost"
              colorPalette="brand"
              width="100%"
              height="auto"
              py={1}
              justifyContent="flex-start"
              whiteSpace="normal"
              textAlign="start"
              disabled={disabled}
              onClick={() => {
                setText("");
                onPick({ entityGroup, entityKey });
              }}
            >
              {/* Which of them is which may differ in the key only. */}
              + {title === `${entityGroup} ${entityKey}` ? title : `${title} (${entityGroup} ${entityKey})`}
            </Button>
          </List.Item>
        ))}
      </List.Root>
    </Field.Root>
  );
}
