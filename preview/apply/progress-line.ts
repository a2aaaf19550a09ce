import type { ApplyEvent, Op } from "./events";

const signs: Readonly<Record<Op, string>> = { create: "+ ", update: "~ ", replace: "+-", delete: "- ", "delete-replaced": "--", same: "  ", read: "< ", forget: "  " };
/** Shorter steps say only that they are done. */
const slowSeconds = 1;

/** One line for people per finished step: `+  Deployment  web (2.1 s)`. Undefined for what only a program cares about. */
export function progressLine(event: ApplyEvent): string | undefined {
  switch (event.kind) {
    case "started":
      return event.paths && event.paths.length > 0 ? `  ${signs[event.op]} ${describe(event)}: ${event.paths.slice(0, 5).join(", ")}${event.paths.length > 5 ? ` and ${event.paths.length - 5} more` : ""}` : undefined;
    case "done":
      return `  ${signs[event.op]} ${describe(event)}${event.seconds >= slowSeconds ? ` (${event.seconds.toFixed(1)} s)` : ""}`;
    case "failed":
      return `  !! ${event.op} of ${describe(event)} failed`;
    case "note":
      return `     ${event.urn ? `${event.urn.slice(event.urn.lastIndexOf("::") + 2)}: ` : ""}${event.message}`;
  }
}

function describe({ urn, type }: { readonly urn: string; readonly type: string }): string {
  return `${type.slice(type.lastIndexOf(":") + 1)}  ${urn.slice(urn.lastIndexOf("::") + 2)}`;
}
