import { Link, type LinkProps } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router-dom";

/** A link to a page of Airflow's UI, ours among them, that loads nothing anew. */
export function InLink({ to, children, ...more }: { to: string; children: ReactNode } & Omit<LinkProps, "href" | "asChild">) {
  return (
    <Link asChild color="fg.info" {...more}>
      <RouterLink to={to}>{children}</RouterLink>
    </Link>
  );
}
