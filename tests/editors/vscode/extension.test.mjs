/** The extension in a real VS Code, as a user meets it. Writes the README's screenshots when SCREENSHOTS is set. */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCode, until } from "./codeServer.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const vsix = path.join(root, "editors/vscode/archlint.vsix");
const images = process.env.SCREENSHOTS ? path.join(root, "editors/vscode/images") : undefined;
const figure = "kv_cache_per_token_bf16: '512 KiB'";

let code, window, folder;

before(async () => {
  code = await startCode({ vsix, settings: { "archlint.path": process.env.ARCHLINT ?? "archlint" } });
  folder = path.join(code.root, "gallery");
  await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true });
  await fs.cp(path.join(root, "tests/editors/workspace/second"), path.join(code.root, "second"), { recursive: true });
  window = await code.open(folder);
});

/** A test that fails must not leave its text to the next one. */
afterEach(async () => {
  if (window?.changed) await window.revert().catch(() => undefined);
});

after(async () => {
  if (window !== undefined && process.env.FAILURE) await window.page.screenshot({ path: process.env.FAILURE });
  const output = await code?.output();
  if (process.env.VERBOSE) console.log(output);
  await code?.stop();
});

/** A screenshot for the README: the editor's part of the window, or all of it. */
async function picture(name, height) {
  const clip = height === undefined ? {} : { clip: { x: 48, y: 35, width: 1080, height } };
  if (images !== undefined) await window.screenshot(path.join(images, `${name}.png`), clip);
}

async function lineNumber(file, text) {
  const lines = (await fs.readFile(path.join(folder, file), "utf8")).split("\n");
  const index = lines.findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, text);
  return [index + 1, lines[index].indexOf(text) + 1];
}

const squiggles = (number, kind) =>
  until(
    async () => (await window.squiggles(kind)) === number,
    async () => `${await window.squiggles(kind)} squiggles, expected ${number}`,
  );

test("JSON that describes no model is left alone", async () => {
  await window.file("settings.json");
  await window.page.waitForTimeout(1500);
  assert.equal(await window.page.locator('.statusbar-item[id$="archlint.status"]:visible').count(), 0);
});

test("a wrong figure is underlined", async () => {
  await window.file("models.yml");
  await squiggles(1);
  await until(() => window.underlined("'512 KiB'"), "the squiggle is on another line");
});

test("the hover shows the finding and the derived figure with its arithmetic", async () => {
  const [line, column] = await lineNumber("models.yml", "512 KiB");
  await window.go(line, column + 1);
  const text = await window.hover();
  assert.match(text, /128 KiB/);
  assert.match(text, /KVC001/);
  assert.match(text, /32 .*× 8/, `no arithmetic: ${text}`);
  await picture("hover", 400);
  await window.keyboard.press("Escape");
});

test("the hover on a model's name is its cost card", async () => {
  const [line, column] = await lineNumber("models.yml", "DeepSeek V3 671B");
  await window.go(line, column + 2);
  const text = await window.hover();
  assert.match(text, /68\.6 KiB/);
  assert.match(text, /671B/);
  await picture("card", 480);
  await window.keyboard.press("Escape");
});

test("inlay hints and code lenses are drawn", async () => {
  await window.go(1);
  await until(
    async () => (await window.page.locator(".codelens-decoration a").allInnerTexts()).some((text) => /8\.03B/.test(text)),
    async () => `code lenses: ${await window.page.locator(".codelens-decoration").allInnerTexts()}`,
  );
  await until(
    async () => (await window.page.locator('.view-line span[class*="dyn-rule"]').count()) > 0,
    "no inlay hint",
  );
});

test("the status bar tells the KV cache of the model at the cursor", async () => {
  const [line] = await lineNumber("models.yml", "Gemma 3 27B");
  await window.go(line + 1);
  await until(async () => /496 KiB\/token/.test(await window.status()), () => window.status());
  const [first] = await lineNumber("models.yml", "Llama 3 8B");
  await window.go(first + 1);
  await until(async () => /1 · 128 KiB\/token/.test(await window.status()), () => window.status());
});

test("the costs view draws the layers, and follows the cursor", async () => {
  await window.command("archlint: Show Costs");
  const costs = window.costs();
  await costs.locator(".tile").first().waitFor();
  await until(async () => /8\.03B/.test(await costs.innerText()), () => costs.innerText());
  assert.equal(await costs.locator("svg .layer").count(), 32);
  const [line] = await lineNumber("models.yml", "Gemma 3 27B");
  await window.go(line);
  await until(async () => /496 KiB/.test(await costs.innerText()), () => costs.innerText());
  assert.equal(await costs.locator("svg .layer").count(), 62);
  assert.equal(await costs.locator("svg .layer rect.mixer.kind-global").count(), 10);
  assert.equal(await costs.locator("svg .layer rect.mixer.kind-sliding").count(), 52);
  // In the order of the config, not grouped by kind: every sixth layer is global.
  const kinds = await costs.locator("svg rect.mixer").evaluateAll((all) => all.map((each) => each.getAttribute("class")));
  assert.deepEqual([0, 4, 5, 6, 11].map((index) => /global/.test(kinds[index])), [false, false, true, false, true]);
  await picture("costs");
});

test("a click on a code lens shows that model's costs", async () => {
  await window.go(1);
  const costs = window.costs();
  const clicked = async () => {
    await window.page.locator(".codelens-decoration a").filter({ hasText: "8.03B" }).first().click();
    await window.page.waitForTimeout(500);
    return (await costs.locator("svg .layer").count()) === 32;
  };
  await until(clicked, () => costs.innerText()); // a lens that is just being drawn anew takes no click
});

test("the costs view fetches nothing from elsewhere and runs no script of a file", async () => {
  const html = await window.costs().evaluate((element) => element.ownerDocument.documentElement.outerHTML);
  assert.match(html, /default-src 'none'/);
  assert.doesNotMatch(html, /https:\/\/(?!file)(?!.*vscode-cdn\.net)/);
});

test("the costs view is drawn anew while a config is typed", async () => {
  const [line, column] = await lineNumber("configs/meta-llama/Meta-Llama-3-8B/config.json", '"num_hidden_layers": 32');
  await window.file("meta-llama/Meta-Llama-3-8B/config.json");
  const costs = window.costs();
  await until(async () => (await costs.locator("svg .layer").count()) === 32, "not the config's model");
  await window.go(line, column + '"num_hidden_layers": 32'.length);
  await window.keyboard.press("Backspace");
  await window.type("0");
  await until(async () => (await costs.locator("svg .layer").count()) === 30, () => costs.innerText());
  await window.keyboard.press("Control+Z");
  await window.keyboard.press("Control+Z");
  await until(async () => (await costs.locator("svg .layer").count()) === 32, "not back");
  await window.revert();
});

test("a derivation is chosen and shown", async () => {
  await window.command("archlint: Show Derivation");
  const rows = window.page.locator(".quick-input-list .monaco-list-row");
  await rows.filter({ hasText: /KV cache per token/ }).first().waitFor();
  await window.keyboard.type("KV cache per token");
  await window.keyboard.press("Enter");
  await until(
    async () => (await window.costs().locator("details[open] pre").count()) > 0,
    "no derivation is open in the costs view",
  );
  const arithmetic = await window.costs().locator("details[open] pre").first().innerText();
  assert.match(arithmetic, /32 global layers × 8 KV heads × \(128 \+ 128\) × 2 B\n= 131,072 B/);
  await picture("derivation");
});

test("two models are compared", async () => {
  await window.file("models.yml");
  await window.command("archlint: Compare Two Models");
  for (const name of ["Llama 3 8B", "DeepSeek V3 671B"]) {
    const row = window.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first();
    await row.waitFor();
    await row.click();
  }
  const costs = window.costs();
  await until(async () => (await costs.locator("table").count()) === 1, () => costs.innerText());
  const text = await costs.locator("table").innerText();
  assert.match(text, /KV cache per token\s+128 KiB\s+68\.6 KiB\s+× 0\.54/);
  await picture("compare");
  await window.command("View: Close All Editors");
});

test("completion offers what is missing, once, and writes no second colon", async () => {
  await window.file("models.yml");
  const [line] = await lineNumber("models.yml", figure);
  await window.go(line, 100);
  await window.keyboard.press("End");
  await window.keyboard.press("Enter");
  window.changed = true;
  assert.ok((await window.completions()).length > 3);
  await picture("completion", 560);
  await window.keyboard.press("Escape");
  await window.type("high", { delay: 30 });
  await window.keyboard.press("Escape");
  const labels = await window.completions();
  assert.ok(labels.includes("highlight"), labels.join(", "));
  assert.equal(new Set(labels).size, labels.length, `doubled: ${labels.join(", ")}`);
  await window.keyboard.press("Escape");
  await window.revert();
  await squiggles(1);
});

test("a half-typed entry costs that entry only", async () => {
  const [line] = await lineNumber("models.yml", "Llama 3 8B:");
  await window.go(line, 1);
  await window.type("New model 7B:\n");
  await window.type("  scale: [7B\nlaye", { delay: 15 });
  await window.keyboard.press("Escape");
  const both = async () => (await window.underlined("scale: [7B")) && (await window.underlined("'512 KiB'"));
  await until(both, async () => `${await window.squiggles()} squiggles`);
  await window.revert();
  await squiggles(1);
});

test("the quick fix writes the recomputed figure, and the squiggle goes", async () => {
  const [line, column] = await lineNumber("models.yml", "512 KiB");
  await window.go(line, column + 1);
  const lens = window.page.locator(".codelens-decoration a").filter({ hasText: "8.03B" });
  await until(async () => (await lens.count()) > 0, "the code lens of the model is gone");
  const titles = await window.actions();
  assert.ok(titles.some((title) => /128 KiB/.test(title)), titles.join(" | "));
  await picture("fix", 480);
  assert.match(await window.page.locator(".action-widget .monaco-list-row.action.focused").innerText(), /128 KiB/);
  await window.keyboard.press("Enter");
  await squiggles(0);
  assert.match(await window.line("kv_cache_per_token_bf16: '128"), /'128 KiB'/);
  await window.keyboard.press("Control+S");
  window.changed = false;
});

test("a config beside VS Code's own JSON features: findings and help come once", async () => {
  const name = "meta-llama/Meta-Llama-3-8B/config.json";
  const [line, column] = await lineNumber(`configs/${name}`, '"num_key_value_heads"');
  await window.file(name);
  await window.go(line, column + 4);
  await until(async () => /8\.03B|128 KiB|GQA/.test(await window.hover().catch(() => "")), "no hover");
  const parts = await window.page.locator(".monaco-hover:not(.hidden) .hover-row").count();
  assert.equal(parts, 1, "more than one hover");
  await picture("config", 440);
  await window.keyboard.press("Escape");
  await window.keyboard.press("End");
  await window.keyboard.press("Enter");
  await window.type('"', { delay: 30 });
  const labels = await window.completions();
  assert.equal(new Set(labels).size, labels.length, `doubled: ${labels.join(", ")}`);
  assert.ok(labels.some((label) => /head_dim/.test(label)), labels.join(", "));
  await window.keyboard.press("Escape");
  await window.revert();
});

test("a config that cannot be right is underlined in JSON, too", async () => {
  const name = "meta-llama/Meta-Llama-3-8B/config.json";
  const [line, column] = await lineNumber(`configs/${name}`, '"num_key_value_heads": 8');
  await window.go(line, column + '"num_key_value_heads": 8'.length);
  await window.keyboard.press("Backspace");
  await window.type("7");
  await until(async () => (await window.squiggles()) >= 1, "no squiggle");
  await window.revert();
  await squiggles(0);
});

test("two folders, each with its findings", async () => {
  const file = path.join(code.root, "both.code-workspace");
  await fs.writeFile(file, JSON.stringify({ folders: [{ path: "gallery" }, { path: "second" }] }));
  // code-server now and then shows a workspace of several folders as one of none; another window is right then.
  await until(async () => {
    await window.close();
    window = await code.open(file);
    return window.file("llama.arch.yaml", 5000).then(
      () => true,
      () => false,
    );
  }, "the workspace has no folders", 90_000);
  await until(async () => (await window.squiggles()) >= 1, "no squiggle in the second folder");
  await window.go(18, 24);
  assert.match(await window.hover(), /30/);
  await window.keyboard.press("Escape");
  await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true, force: true });
  await window.file("models.yml");
  await squiggles(1);
});
