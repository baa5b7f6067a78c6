/** No spec file may be kept from the server: what archlint recognises passes the extension's test of the text. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const extension = path.join(root, "editors/vscode");
const folders = ["tests/cases", "tests/editors/workspace", "examples"];
const python = path.join(path.dirname(process.env.ARCHLINT ?? ""), "python");

const recognised = `
import json, pathlib, sys
from archlint import source
from archlint.specs.kind import recognise
found = []
for folder in sys.argv[1:]:
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix in (".json", ".yaml", ".yml", ".md") and path.stat().st_size < 1_000_000:
            text, _ = source.decode(path.read_bytes())
            found.append((str(path), recognise(source.parse(text, path.name)).kind))
print(json.dumps(found))
`;

test("what archlint recognises is shown to it", async () => {
  const { build } = createRequire(path.join(extension, "package.json"))("esbuild");
  const out = await fs.mkdtemp(path.join(os.tmpdir(), "archlint-spec-text-"));
  const outfile = path.join(out, "specText.mjs");
  await build({ entryPoints: [path.join(extension, "src/specText.ts")], bundle: true, format: "esm", outfile, logLevel: "error" });
  const { maybeSpecText } = await import(outfile);
  const { stdout } = await promisify(execFile)(python, ["-c", recognised, ...folders.map((each) => path.join(root, each))], {
    maxBuffer: 64 << 20,
  });
  const languages = { ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".md": "markdown" };
  let specs = 0;
  for (const [file, kind] of JSON.parse(stdout)) {
    if (kind === null) continue;
    specs += 1;
    const text = (await fs.readFile(file, "utf8")).split("\n").slice(0, 2000).join("\n");
    assert.ok(maybeSpecText(languages[path.extname(file)], file, text), `${file} is a ${kind} and would not be shown`);
  }
  assert.ok(specs > 5, `only ${specs} spec files to test with`);
  for (const [language, name, text] of [
    ["json", "package.json", '{"name": "a", "version": "1.0.0", "config": {"port": 1}}'],
    ["json", "tsconfig.json", '{"compilerOptions": {"strict": true}}'],
    ["yaml", "docker-compose.yml", "services:\n  web:\n    image: nginx\n"],
    ["yaml", "workflow.yml", "on: push\njobs:\n  a:\n    runs-on: x\n"],
    ["markdown", "README.md", "# Title\n\ntext\n"],
    ["markdown", "notes.md", "---\ntitle: x\n---\n"],
  ]) {
    assert.ok(!maybeSpecText(language, name, text), `${name} would be shown`);
  }
  await fs.rm(out, { recursive: true });
});
