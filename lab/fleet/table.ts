/** Lines up columns by their widest cell. No cell may hold a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]): string => widths.map((width, i) => (row[i] ?? "").padEnd(width)).join("  ").trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}
