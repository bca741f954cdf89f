import { Button, HStack, NativeSelect, Text } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";

const SIZES = [10, 25, 50, 100];

type Props = { label: string; offset: number; limit: number; total: number; onChange: (offset: number, limit: number) => void };

/** Moves through the pages of a list that the server pages. */
export function Pager({ label, offset, limit, total, onChange }: Props) {
  const { t, i18n } = useTranslation();
  const number = (value: number): string => value.toLocaleString(localeOf(i18n.language));
  const last = Math.max(0, Math.floor((total - 1) / limit) * limit);
  const go = (to: number) => () => onChange(Math.min(Math.max(0, to), last), limit);
  const range = { from: number(total === 0 ? 0 : offset + 1), to: number(Math.min(offset + limit, total)), total: number(total) };
  return (
    <HStack as="nav" aria-label={label} gap={2} flexWrap="wrap" py={2}>
      <Text role="status" fontSize="sm" color="fg.muted">
        {t("pager.range", range)}
      </Text>
      <HStack gap={1}>
        <Button size="xs" variant="outline" disabled={offset === 0} onClick={go(0)}>
          {t("pager.first")}
        </Button>
        <Button size="xs" variant="outline" disabled={offset === 0} onClick={go(offset - limit)}>
          {t("pager.previous")}
        </Button>
        <Button size="xs" variant="outline" disabled={offset >= last} onClick={go(offset + limit)}>
          {t("pager.next")}
        </Button>
        <Button size="xs" variant="outline" disabled={offset >= last} onClick={go(last)}>
          {t("pager.last")}
        </Button>
      </HStack>
      <NativeSelect.Root size="xs" width="auto">
        <NativeSelect.Field
          aria-label={t("pager.size")}
          value={limit}
          onChange={(event) => onChange(0, Number(event.currentTarget.value))}
        >
          {[...new Set([...SIZES, limit])].sort((a, b) => a - b).map((size) => (
            <option key={size} value={size}>
              {t("pager.perPage", { size })}
            </option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </HStack>
  );
}
