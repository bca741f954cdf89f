import { Field, Flex, Input, NativeSelect, Text } from "@chakra-ui/react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { DayPicker, WeekdayPicker } from "./days";
import {
  expressionOf,
  formOfItem,
  FREQUENCIES,
  gapOf,
  isUneven,
  MOST,
  switched,
  type Form,
  type Frequency,
  type Settings,
} from "./frequency";
import { NumberField } from "./NumberField";
import type { TriggerItem } from "./types";
import { ZonePicker } from "./ZonePicker";

type Props = { item: TriggerItem; onChange: (item: TriggerItem) => void; disabled: boolean };

/** A CRON_JOB item: how often, or an expression; and in which zone. */
export function CronForm({ item, onChange, disabled }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Form>();
  // A form that is unfinished, or that says what the item says in other words, is kept here only.
  const form = draft !== undefined && says(draft, item) ? draft : formOfItem(item.cronDesc, item.cronType);
  const { frequency, settings } = form;
  const change = (next: Form) => {
    setDraft(next);
    onChange({ ...item, cronDesc: expressionOf(next), cronType: next.frequency });
  };
  const set = (more: Partial<Settings>) => change({ frequency, settings: { ...settings, ...more } });
  const gap = gapOf(form);
  return (
    <Flex direction="column" gap={3}>
      <Flex gap={3} flexWrap="wrap" align="flex-end">
        <Field.Root width="auto" disabled={disabled}>
          <Field.Label>{t("triggers.frequency")}</Field.Label>
          <NativeSelect.Root size="sm" width="11rem">
            <NativeSelect.Field
              value={frequency}
              onChange={(event) => change(switched(form, event.currentTarget.value as Frequency, item.cronDesc ?? ""))}
            >
              {FREQUENCIES.map((each) => (
                <option key={each} value={each}>
                  {t(`triggers.frequencies.${each}`)}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
        </Field.Root>
        {frequency === "CRON" ? null : <Moments form={form} set={set} disabled={disabled} />}
        <ZonePicker value={item.timeZone ?? ""} disabled={disabled} onChange={(timeZone) => onChange({ ...item, timeZone })} />
      </Flex>
      {frequency === "WEEKLY" ? (
        <WeekdayPicker value={settings.weekdays} disabled={disabled} onChange={(weekdays) => set({ weekdays })} />
      ) : null}
      {frequency === "MONTHLY" ? <DayPicker value={settings.days} disabled={disabled} onChange={(days) => set({ days })} /> : null}
      {frequency === "CRON" ? (
        <Expression value={settings.expression} disabled={disabled} onChange={(expression) => set({ expression })} />
      ) : null}
      {isUneven(form) ? (
        <Text role="status" fontSize="sm" color="fg.muted">
          {t(frequency === "MINUTELY" ? "triggers.unevenMinutes" : "triggers.unevenHours")}
        </Text>
      ) : null}
      {gap === undefined ? null : (
        <Text role="status" fontSize="sm" color="fg.error">
          {t(`triggers.gaps.${gap}`, { most: MOST[frequency] ?? 0 })}
        </Text>
      )}
    </Flex>
  );
}

const says = (form: Form, { cronDesc, cronType }: TriggerItem): boolean =>
  form.frequency === cronType && expressionOf(form) === (cronDesc ?? "");

type MomentsProps = { form: Form; set: (more: Partial<Settings>) => void; disabled: boolean };

function Moments({ form: { frequency, settings }, set, disabled }: MomentsProps) {
  const { t } = useTranslation();
  const most = MOST[frequency];
  const time = { label: "", value: 0, most: 59, disabled };
  return (
    <Flex gap={2} align="flex-end" role="group" aria-label={t("triggers.time")}>
      {most === undefined ? null : (
        <NumberField
          {...time}
          label={t(frequency === "MINUTELY" ? "triggers.everyMinutes" : "triggers.everyHours")}
          value={settings.every}
          least={1}
          most={most}
          onChange={(every) => set({ every })}
        />
      )}
      {most === undefined ? (
        <NumberField {...time} label={t("triggers.hour")} value={settings.hour} most={23} onChange={(hour) => set({ hour })} />
      ) : null}
      {frequency === "MINUTELY" ? null : (
        <NumberField {...time} label={t("triggers.minute")} value={settings.minute} onChange={(minute) => set({ minute })} />
      )}
      <NumberField {...time} label={t("triggers.second")} value={settings.second} onChange={(second) => set({ second })} />
    </Flex>
  );
}

function Expression({ value, onChange, disabled }: { value: string; onChange: (text: string) => void; disabled: boolean }) {
  const { t } = useTranslation();
  return (
    <Field.Root disabled={disabled}>
      <Field.Label>{t("triggers.expression")}</Field.Label>
      <Input
        size="sm"
        fontFamily="mono"
        value={value}
        maxLength={250}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Field.HelperText>{t("triggers.expressionHelp")}</Field.HelperText>
    </Field.Root>
  );
}
