import { readFileSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/**
 * The passphrase of a sealed key: the first line of a file that nobody else may read, or typed in without being shown.
 * @throws with the remedy when there is neither
 */
export async function readPassphrase(file: string | undefined, question: string): Promise<string> {
  if (file !== undefined) {
    const mode = statSync(file).mode & 0o077;
    if (mode !== 0) throw new Error(`the passphrase file ${file} may be read by others (mode ${(statSync(file).mode & 0o777).toString(8)}): chmod 600 ${file}`);
    const [line = ""] = readFileSync(file, "utf8").split(/\r?\n/);
    if (line === "") throw new Error(`the passphrase file ${file} has an empty first line`);
    return line;
  }
  if (!process.stdin.isTTY) throw new Error("there is no terminal to ask for the passphrase: give --passphrase-file");
  return ask(question);
}

function ask(question: string): Promise<string> {
  process.stderr.write(question);
  // Readline would show what is typed; what it writes goes nowhere.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once("SIGINT", () => {
      lines.close();
      reject(new Error("interrupted"));
    });
    lines.question("", (answer) => {
      lines.close();
      process.stderr.write("\n");
      resolve(answer);
    });
  });
}
