/** Beside a YAML language server, as the YAML extension runs it: help comes once. */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCode, until, yamlServer } from "./codeServer.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

test("beside a YAML server, hovers and completions come once, and findings stay", async () => {
  const code = await startCode({
    vsix: path.join(root, "editors/vscode/archlint.vsix"),
    settings: { "archlint.path": process.env.ARCHLINT ?? "archlint" },
    environment: { YAML_SERVER: yamlServer },
  });
  try {
    const folder = path.join(code.root, "gallery");
    await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true });
    await fs.writeFile(path.join(folder, "broken.yaml"), "a: [1\nb: 2\n");
    const window = await code.open(folder);
    // It runs: what is no spec file has its findings, and none of archlint's.
    await window.file("broken.yaml");
    await until(async () => (await window.squiggles()) > 0, "the YAML server says nothing");
    await window.file("models.yml");
    await until(async () => (await window.squiggles()) === 1, async () => `${await window.squiggles()} squiggles`);
    const lines = (await fs.readFile(path.join(folder, "models.yml"), "utf8")).split("\n");
    const line = lines.findIndex((each) => each.includes("layer_mix")) + 1;
    await window.go(line, 5);
    const text = await window.hover(/Layers by kind|layer_mix/);
    const rows = await window.page.locator(".monaco-hover:not(.hidden) .hover-row").count();
    assert.equal(rows, 1, `more than one hover: ${text}`);
    await window.keyboard.press("Escape");
    await window.keyboard.press("End");
    await window.keyboard.press("Enter");
    const labels = await window.completions();
    assert.ok(labels.length > 3, labels.join(", "));
    assert.equal(new Set(labels).size, labels.length, `doubled: ${labels.join(", ")}`);
    await window.keyboard.press("Escape");
    await window.type("high", { delay: 30 });
    assert.deepEqual(
      (await window.completions()).filter((label) => label === "highlight"),
      ["highlight"],
    );
  } finally {
    await code.stop();
  }
});
