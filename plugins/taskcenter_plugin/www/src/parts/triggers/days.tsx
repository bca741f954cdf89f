import { Button, Flex, SimpleGrid, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";

import type { Settings } from "./frequency";
import { byMonday, weekdayName } from "./words";

const WEEK = byMonday([1, 2, 3, 4, 5, 6, 7]);
const MONTH = Array.from({ length: 31 }, (_, index) => index + 1);

type ToggleProps = { text: string; label: string; on: boolean; disabled: boolean; onClick: () => void };

function Toggle({ text, label, on, disabled, onClick }: ToggleProps) {
  return (
    <Button
      size="xs"
      minW="9"
      px={2}
      variant={on ? "solid" : "outline"}
      colorPalette={on ? "brand" : "gray"}
      aria-pressed={on}
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
    >
      {text}
    </Button>
  );
}

const toggled = (values: readonly number[], value: number): number[] =>
  values.includes(value) ? values.filter((each) => each !== value) : [...values, value].sort((one, other) => one - other);

type WeekdayProps = { value: readonly number[]; onChange: (weekdays: number[]) => void; disabled: boolean };

/** Days of the week. */
export function WeekdayPicker({ value, onChange, disabled }: WeekdayProps) {
  const { t, i18n } = useTranslation();
  const locale = localeOf(i18n.language);
  return (
    <Flex role="group" aria-label={t("triggers.weekdays")} gap={1} flexWrap="wrap">
      {WEEK.map((day) => (
        <Toggle
          key={day}
          text={weekdayName(day, locale, "short")}
          label={weekdayName(day, locale)}
          on={value.includes(day)}
          disabled={disabled}
          onClick={() => onChange(toggled(value, day))}
        />
      ))}
    </Flex>
  );
}

type DayProps = { value: Settings["days"]; onChange: (days: Settings["days"]) => void; disabled: boolean };

/** Days of the month, or its last one, which Quartz takes alone only. */
export function DayPicker({ value, onChange, disabled }: DayProps) {
  const { t } = useTranslation();
  const days = value === "L" ? [] : value;
  return (
    <Flex direction="column" gap={1} align="flex-start" role="group" aria-label={t("triggers.days")}>
      <SimpleGrid columns={7} gap={1}>
        {MONTH.map((day) => (
          <Toggle
            key={day}
            text={String(day)}
            label={t("triggers.day", { day })}
            on={days.includes(day)}
            disabled={disabled}
            onClick={() => onChange(toggled(days, day))}
          />
        ))}
      </SimpleGrid>
      <Toggle
        text={t("triggers.lastDay")}
        label={t("triggers.lastDay")}
        on={value === "L"}
        disabled={disabled}
        onClick={() => onChange(value === "L" ? [1] : "L")}
      />
      {days.some((day) => day > 28) ? (
        <Text fontSize="sm" color="fg.muted" role="status">
          {t("triggers.shortMonths")}
        </Text>
      ) : null}
    </Flex>
  );
}
