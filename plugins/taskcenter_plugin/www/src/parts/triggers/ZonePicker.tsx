import { Field, Input } from "@chakra-ui/react";
import { useId, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { viewerZone } from "src/parts/times";

type Props = { value: string; onChange: (zone: string) => void; disabled?: boolean | undefined };

/** A time zone: picked from those that the browser knows, or typed as the documents have them ("GMT+08:00"). */
export function ZonePicker({ value, onChange, disabled = false }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const zones = useMemo(() => [...new Set([viewerZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])], []);
  return (
    <Field.Root width={{ base: "100%", sm: "16rem" }} disabled={disabled}>
      <Field.Label>{t("triggers.zone")}</Field.Label>
      <Input
        size="sm"
        list={id}
        value={value}
        maxLength={100}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <datalist id={id}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </Field.Root>
  );
}
