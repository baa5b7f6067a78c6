/** The extension in a real VS Code, as a user meets it. Writes the README's screenshots when SCREENSHOTS is set. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCode, until } from "./codeServer.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const vsix = path.join(root, "editors/vscode/archlint.vsix");
const images = process.env.SCREENSHOTS ? path.join(root, "editors/vscode/images") : undefined;
const shots = process.env.LOOK; // a folder for pictures that the README does not show
const figure = "kv_cache_per_token_bf16: '512 KiB'";

let code, window, folder;

before(async () => {
  code = await startCode({ vsix, settings: { "archlint.path": process.env.ARCHLINT ?? "archlint" } });
  folder = path.join(code.root, "gallery");
  await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true });
  await fs.writeFile(path.join(folder, "notes.md"), "# No model\n\nMarkdown has workspace symbols of its own.\n");
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

/** Kill the servers below code-server's process; how many there were. */
function killServer(code) {
  const servers = serversOf(code);
  for (const server of servers) process.kill(server, "SIGKILL");
  return servers.length;
}

const serverRuns = (code) => serversOf(code).length > 0;

function serversOf(code) {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const all = rows.map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row)?.slice(1)).filter(Boolean);
  const below = new Set([String(code.pid)]);
  for (let found = true; found; ) {
    const more = all.filter(([pid, parent]) => below.has(parent) && !below.has(pid));
    found = more.length > 0;
    for (const [pid] of more) below.add(pid);
  }
  return all.filter(([pid, , args]) => below.has(pid) && /archlint\S* server\b/.test(args)).map(([pid]) => Number(pid));
}

/** In the page: texts whose colour is too near to what is behind them. */
function lowContrast(root) {
  const view = root.ownerDocument.defaultView;
  const rgb = (color) => color.match(/[\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], below) => [r, g, b].map((each, index) => each * a + below[index] * (1 - a));
  const luminance = (color) => {
    const [r, g, b] = color.map((each) => (each / 255 <= 0.03928 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const probe = root.ownerDocument.createElement("i");
  probe.style.color = "var(--vscode-editor-background)";
  root.append(probe);
  const behind = rgb(view.getComputedStyle(probe).color).slice(0, 3);
  probe.remove();
  const found = [];
  for (const element of root.querySelectorAll("*")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "")) continue;
    const [a, b] = [luminance(over(rgb(view.getComputedStyle(element).color), behind)), luminance(behind)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.className} ${element.textContent} ${ratio.toFixed(1)}`);
  }
  return found;
}

/** In the page: what is wider than its place. */
function cutOff(root) {
  const { documentElement } = root.ownerDocument;
  const found = [...root.querySelectorAll("*")].filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0);
  const names = found.filter((each) => !each.classList.contains("index")).map((each) => `${each.className} ${each.textContent.slice(0, 40)}`);
  return documentElement.scrollWidth > documentElement.clientWidth ? [...names, "the page"] : names;
}

/** A screenshot for the README: the editor's part of the window, or all of it. */
async function picture(name, height) {
  const clip = height === undefined ? {} : { clip: { x: 48, y: 35, width: 1152, height } };
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
  const text = await window.hover(/Recomputed from the config/);
  assert.match(text, /128 KiB, written 512 KiB/);
  assert.match(text, /KVC001/);
  assert.match(text, /config\.json\(10, 26\): num_key_value_heads = 8/);
  assert.equal(text.match(/32 global layers × 8 KV heads × \(128 \+ 128\) × 2 B = 131,072 B/g)?.length, 1, text);
  assert.equal(text.match(/not 512 KiB/g)?.length, 1, `the finding is said twice: ${text}`);
  await picture("hover", 394);
  await window.keyboard.press("Escape");
});

test("the hover on a model's name is its cost card", async () => {
  const [line, column] = await lineNumber("models.yml", "DeepSeek V3 671B");
  await window.go(line, column + 2);
  const text = await window.hover(/Parameters/);
  for (const part of [/671B/, /37\.6B \(5\.6%\)/, /68\.6 KiB/, /549 MiB, 2\.1 GiB, 8\.6 GiB/, /61 MLA; 3 dense, 58 experts/, /restricted/]) {
    assert.match(text, part);
  }
  const content = window.page.locator(".monaco-hover:not(.hidden) .monaco-hover-content").last();
  const [inside, shown] = await content.evaluate((each) => [each.scrollHeight, each.parentElement.clientHeight]);
  assert.ok(inside <= shown + 2, `the card is cut off: ${inside} px in ${shown} px`);
  await picture("card", 474);
  await window.keyboard.press("Escape");
});

test("inlay hints and code lenses are drawn", async () => {
  await window.go(1);
  await until(
    async () => (await window.page.locator(".codelens-decoration a").allInnerTexts()).some((text) => /8\.03B/.test(text)),
    async () => `code lenses: ${await window.page.locator(".codelens-decoration").allInnerTexts()}`,
  );
  for (const [line, hinted] of [
    ["scale: 8B", "scale: 8B parameters 8.03B"],
    ["layer_mix: '32 GQA'", "layer_mix: '32 GQA' 32 layers"],
    [figure, `${figure} 1 GiB at 8k`],
  ]) {
    await until(async () => (await window.line(line)) === hinted, async () => `${await window.line(line)}, not ${hinted}`);
  }
});

test("settings hold at once: hints and lenses go, the profile finds more", async () => {
  const lenses = window.page.locator(".codelens-decoration a");
  await code.set(window, { "archlint.inlayHints.kvCache": false, "archlint.codeLens.enable": false });
  await until(async () => (await window.line(figure)) === figure, () => window.line(figure));
  await until(async () => /8\.03B/.test(await window.line("scale: 8B")), "the other hints are gone, too");
  await until(async () => (await lenses.count()) === 0, "the code lenses stay");
  await code.set(window, { "archlint.profile": "pedantic" });
  await until(async () => (await window.squiggles("info")) + (await window.squiggles("warning")) > 0, "nothing more is found");
  await code.set(window, { "archlint.inlayHints.kvCache": null, "archlint.codeLens.enable": null, "archlint.profile": null });
  await until(async () => (await window.squiggles("info")) + (await window.squiggles("warning")) === 0, "still pedantic");
  await until(async () => (await lenses.count()) > 0, "no code lens");
});

test("a server that crashes comes back, and the commands restart it and show its output", async () => {
  const begun = async () => (await code.output()).split(" (setting)").length;
  const before = await begun();
  assert.ok(killServer(code) > 0, "no server runs");
  await until(() => serverRuns(code), "it does not come back");
  const [line, column] = await lineNumber("models.yml", "512 KiB");
  await window.go(line, column);
  await window.type("1");
  await until(async () => (await window.line("1512 KiB")) !== "", "not typed");
  await window.revert();
  await squiggles(1);
  await window.command("archlint: Restart Server");
  await until(async () => (await begun()) > before, "not started again");
  await squiggles(1);
  await window.command("archlint: Show Output");
  await window.page.locator(".part.panel .monaco-editor").waitFor();
  await window.keyboard.press("Control+J");
  await window.file("models.yml");
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
  assert.equal(await costs.locator(".layers .layer").count(), 32);
  const [line] = await lineNumber("models.yml", "Gemma 3 27B");
  await window.go(line);
  await until(async () => /496 KiB/.test(await costs.innerText()), () => costs.innerText());
  assert.equal(await costs.locator(".layers .layer").count(), 62);
  assert.equal(await costs.locator(".layers .mixer .kind-global").count(), 10);
  assert.equal(await costs.locator(".layers .mixer .kind-sliding").count(), 52);
  // In the order of the config, not grouped by kind: every sixth layer is global.
  const kinds = await costs.locator(".layers .mixer span").evaluateAll((all) => all.map((each) => each.getAttribute("class")));
  assert.deepEqual([0, 4, 5, 6, 11].map((index) => /global/.test(kinds[index])), [false, false, true, false, true]);
  await picture("costs");
});

test("the costs view can be read in every theme and at every width", async () => {
  const costs = window.costs();
  const { width, height } = window.page.viewportSize();
  for (const theme of ["Default Light Modern", "Default High Contrast", "Default High Contrast Light", "Default Dark Modern"]) {
    await code.set(window, { "workbench.colorTheme": theme });
    await window.page.waitForTimeout(1000);
    const unreadable = await costs.evaluate(lowContrast);
    assert.deepEqual(unreadable, [], `${theme}: contrast of text below 4.5 to 1`);
    if (shots !== undefined) await window.screenshot(path.join(shots, `${theme.replaceAll(" ", "-")}.png`));
  }
  for (const wide of [640, 900, 1800]) {
    await window.page.setViewportSize({ width: wide, height });
    await window.page.waitForTimeout(700);
    assert.deepEqual(await costs.evaluate(cutOff), [], `in a window ${wide} px wide`);
    if (shots !== undefined) await window.screenshot(path.join(shots, `width-${wide}.png`));
  }
  await window.page.setViewportSize({ width, height });
});

test("a click on a code lens shows that model's costs", async () => {
  await window.go(1);
  const costs = window.costs();
  const clicked = async () => {
    await window.page.locator(".codelens-decoration a").filter({ hasText: "8.03B" }).first().click();
    await window.page.waitForTimeout(500);
    return (await costs.locator(".layers .layer").count()) === 32;
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
  await until(async () => (await costs.locator(".layers .layer").count()) === 32, "not the config's model");
  await window.go(line, column + '"num_hidden_layers": 32'.length);
  await window.keyboard.press("Backspace");
  await window.type("0");
  await until(async () => (await costs.locator(".layers .layer").count()) === 30, () => costs.innerText());
  await window.keyboard.press("Control+Z");
  await window.keyboard.press("Control+Z");
  await until(async () => (await costs.locator(".layers .layer").count()) === 32, "not back");
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
  const offered = window.page.locator(".quick-input-list .monaco-list-row");
  await offered.filter({ hasText: "Gemma 3 27B" }).first().waitFor();
  assert.equal(await offered.filter({ hasText: "No model" }).count(), 0, "a heading of Markdown is offered");
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
  await picture("completion", 556);
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
  await picture("fix", 468);
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
  const text = await window.hover(/KV cache per token/);
  assert.match(text, /Heads of keys and values/);
  assert.match(text, /= 131,072 B/);
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
  await window.hover(/30 query heads cannot be shared evenly by 8 KV heads[^]*Heads of keys and values/);
  await window.keyboard.press("Escape");
  await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true, force: true });
  await window.file("models.yml");
  await squiggles(1);
});
