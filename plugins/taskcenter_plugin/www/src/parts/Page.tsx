import { Box, Flex, Heading } from "@chakra-ui/react";
import { useEffect, type ReactNode } from "react";

type Props = { title: string; before?: ReactNode; actions?: ReactNode; children: ReactNode };

/** A page with its heading, what leads away from it, and what can be done on it. */
export function Page({ title, before, actions, children }: Props) {
  useEffect(() => {
    const former = document.title;
    document.title = `${title} - Airflow`;
    return () => {
      document.title = former;
    };
  }, [title]);
  return (
    <Box as="section" aria-label={title}>
      {before === undefined ? null : <Box fontSize="sm">{before}</Box>}
      <Flex gap={2} align="center" justify="space-between" flexWrap="wrap" mb={3}>
        <Heading as="h1" size="xl" overflowWrap="anywhere" minW={0}>
          {title}
        </Heading>
        {actions === undefined ? null : (
          <Flex gap={2} flexWrap="wrap">
            {actions}
          </Flex>
        )}
      </Flex>
      {children}
    </Box>
  );
}
