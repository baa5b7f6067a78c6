/** Key press to squiggle, in a real VS Code, in a gallery of 110 entries. */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCode, until } from "./codeServer.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const entries = 110;
const presses = 30;

/** The time is told, not asserted: what else the machine does is not the editor's fault. A median of 100 ms is the aim. */
test(`${presses} key presses, each with its squiggle`, async () => {
  const code = await startCode({
    vsix: path.join(root, "editors/vscode/archlint.vsix"),
    settings: { "archlint.path": process.env.ARCHLINT ?? "archlint" },
  });
  try {
    const folder = path.join(code.root, "gallery");
    await fs.mkdir(folder);
    const text = gallery(entries);
    await fs.writeFile(path.join(folder, "models.yml"), text);
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => (await window.page.locator(".codelens-decoration").count()) > 0, "the server says nothing");
    assert.equal(await window.squiggles(), 0);
    // In the middle of the file, at the end of a figure's number.
    const lines = text.split("\n");
    const middle = lines.findIndex((line, index) => index > lines.length / 2 && line.includes("128 KiB"));
    await window.go(middle + 1, lines[middle].indexOf(" KiB") + 1);
    await window.page.waitForTimeout(1000);
    await window.page.evaluate(watchSquiggles);
    const times = [];
    for (let press = 0; press < presses; press += 1) {
      times.push(await timed(window, "9", 1));
      await timed(window, "Backspace", 0);
    }
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.floor(share * (times.length - 1))];
    console.log(
      `key press to squiggle, ${entries} entries, ${(text.length / 1024).toFixed(0)} KiB: median ${at(0.5).toFixed(0)} ms, ` +
        `90 % ${at(0.9).toFixed(0)} ms, worst ${at(1).toFixed(0)} ms (${presses} presses)`,
    );
  } finally {
    await code.stop();
  }
});

/** In the page: from the key's event to the moment at which the squiggle is in the document or out of it. */
function watchSquiggles() {
  window.squiggled = undefined;
  window.addEventListener(
    "keydown",
    () => {
      const begin = performance.now();
      const before = document.querySelectorAll(".squiggly-error").length;
      const observer = new MutationObserver(() => {
        if (document.querySelectorAll(".squiggly-error").length === before) return;
        observer.disconnect();
        window.squiggled = performance.now() - begin;
      });
      observer.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
    },
    true,
  );
}

async function timed(window, key, expected) {
  await window.page.evaluate(() => (window.squiggled = undefined));
  await window.keyboard.press(key);
  const time = await until(() => window.page.evaluate(() => window.squiggled));
  await until(async () => ((await window.squiggles()) > 0 ? 1 : 0) === expected);
  await window.page.waitForTimeout(150);
  return time;
}

/** A gallery whose entries bring their configs along, each a little different. */
function gallery(number) {
  const entry = (index) => `Model ${index} 8B:
  company: Company ${index % 17}
  date: '2025-0${1 + (index % 9)}-1${index % 10}'
  summary: The ${index}th of many, here to make the file as long as a real gallery is.
  scale: 8B parameters
  context_tokens: '8,192'
  vocab_size: '128,256 (~128k)'
  license_name: Apache License 2.0
  license_url: https://www.apache.org/licenses/LICENSE-2.0
  decoder_type: Dense
  attention: GQA with RoPE
  layer_mix: '32 GQA'
  kv_cache_per_token_bf16: '128 KiB'
  highlight: Grouped-query attention with four query heads to a KV head, and nothing unusual besides.
  architecture:
    model_type: llama
    hidden_size: 4096
    intermediate_size: ${14336 - 8 * index}
    num_hidden_layers: 32
    num_attention_heads: 32
    num_key_value_heads: 8
    max_position_embeddings: 8192
    rope_theta: 500000.0
    vocab_size: 128256
`;
  return "---\n" + Array.from({ length: number }, (_, index) => entry(index)).join("");
}
