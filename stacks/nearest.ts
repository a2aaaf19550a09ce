/** Edits (insert, delete, replace a character) between two words. */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, otherLetter] of [...other].entries()) {
      next.push(Math.min(row[j]! + (letter === otherLetter ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}

/** The candidates most like the word, best first: what a person who mistyped may have meant. */
export function nearest(word: string, candidates: readonly string[], count = 3): readonly string[] {
  return [...candidates].sort((x, y) => distance(word, x) - distance(word, y) || (x < y ? -1 : 1)).slice(0, count);
}
