import { Box, Table, Text, VisuallyHidden } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { ColumnOut } from "src/api/schema";
import { localeOf } from "src/i18n";

import { kindOf, type Rows } from "./columns";

const LONG = 200;

type Props = { columns: readonly ColumnOut[]; rows: Rows; offset: number; caption: string };

/** Rows of a result, with the types of their columns; NULL is told from a text. */
export function ResultTable({ columns, rows, offset, caption }: Props) {
  const { t, i18n } = useTranslation();
  const right = columns.map((_, index) => kindOf(rows, index) === "number");
  return (
    <Table.ScrollArea position="relative" borderWidth="1px" borderRadius="md" maxH="60vh" tabIndex={0} role="region" aria-label={caption}>
      <Table.Root size="sm" stickyHeader showColumnBorder width="auto" data-testid="result">
        <Table.Caption captionSide="top" m={0} p={0}>
          <VisuallyHidden>{caption}</VisuallyHidden>
        </Table.Caption>
        <Table.Header>
          <Table.Row bg="bg.subtle">
            <Table.ColumnHeader color="fg.muted" textAlign="end">
              <span aria-hidden>#</span>
              <VisuallyHidden>{t("run.results.row")}</VisuallyHidden>
            </Table.ColumnHeader>
            {columns.map(({ name, type, comment }, index) => (
              <Table.ColumnHeader key={index} whiteSpace="nowrap" textAlign={right[index] ? "end" : "start"} title={comment ?? undefined}>
                {name}
                <Text as="span" display="block" fontSize="xs" fontWeight="normal" color="fg.muted">
                  {type ?? ""}
                </Text>
              </Table.ColumnHeader>
            ))}
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {rows.map((row, number) => (
            <Table.Row key={offset + number}>
              <Table.Cell py={1} color="fg.muted" textAlign="end" fontVariantNumeric="tabular-nums">
                {(offset + number + 1).toLocaleString(localeOf(i18n.language))}
              </Table.Cell>
              {row.map((value, index) => (
                <Table.Cell key={index} py={1} textAlign={right[index] ? "end" : "start"} fontVariantNumeric="tabular-nums">
                  <Value value={value} />
                </Table.Cell>
              ))}
            </Table.Row>
          ))}
        </Table.Body>
      </Table.Root>
    </Table.ScrollArea>
  );
}

function Value({ value }: { value: string | null }) {
  if (value === null) {
    return (
      <Text as="span" color="fg.subtle" fontStyle="italic" data-null>
        NULL
      </Text>
    );
  }
  if (value.length < LONG && !value.includes("\n")) return <span style={{ whiteSpace: "pre-wrap" }}>{value}</span>;
  return (
    <Box maxW="60ch" maxH="8rem" minW="30ch" overflow="auto" whiteSpace="pre-wrap" overflowWrap="anywhere" tabIndex={0}>
      {value}
    </Box>
  );
}
