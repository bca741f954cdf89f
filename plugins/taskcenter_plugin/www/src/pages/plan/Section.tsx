import { Box, Flex, Heading } from "@chakra-ui/react";
import { useId, type ReactNode } from "react";

/** A part of the page with its heading. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <Box as="section" aria-labelledby={id} minW={0} borderWidth="1px" borderRadius="md" p={3} mt={{ base: 0 }}>
      <Flex justify="space-between" align="center" gap={2} flexWrap="wrap" mb={2} minH={8}>
        <Heading as="h2" size="md" id={id}>
          {title}
        </Heading>
        {actions}
      </Flex>
      {children}
    </Box>
  );
}
