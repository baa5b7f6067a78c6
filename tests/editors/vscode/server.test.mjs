/** Where the extension finds its server: the workspace's environment, only when trusted; or its own, only when asked. */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startCode, until } from "./codeServer.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const vsix = path.join(root, "editors/vscode/archlint.vsix");
const archlint = process.env.ARCHLINT ?? "archlint";

/** PATH without any folder that has an archlint. */
async function bare() {
  const kept = [];
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    const has = await fs.access(path.join(folder, "archlint")).then(() => true, () => false);
    if (!has) kept.push(folder);
  }
  return { PATH: kept.join(path.delimiter), VIRTUAL_ENV: "" };
}

async function inCode(settings, run) {
  const code = await startCode({ vsix, settings, environment: await bare() });
  try {
    const folder = path.join(code.root, "gallery");
    await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true });
    await run(code, folder);
  } catch (error) {
    console.log(await code.output());
    throw error;
  } finally {
    await code.stop();
  }
}

async function environmentIn(folder) {
  await fs.mkdir(path.join(folder, ".venv/bin"), { recursive: true });
  await fs.writeFile(path.join(folder, ".venv/bin/archlint"), `#!/bin/sh\nexec ${archlint} "$@"\n`, { mode: 0o755 });
}

test("the workspace's environment is used", async () => {
  await inCode({}, async (code, folder) => {
    await environmentIn(folder);
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => (await window.squiggles()) === 1, "no squiggle");
    assert.match(await code.output(), /from .*\.venv\/bin\/archlint \(workspace environment\)/);
  });
});

test("not before the workspace is trusted; then at once", async () => {
  const settings = { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" };
  await inCode(settings, async (code, folder) => {
    await environmentIn(folder);
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => /no archlint executable was found/.test(await offered(code, window)), () => code.output());
    assert.doesNotMatch(await code.output(), /\.venv/);
    await window.command("Workspaces: Manage Workspace Trust");
    await window.page.locator('.workspace-trust-editor .monaco-button:has-text("Trust")').first().click();
    await until(async () => /\(workspace environment\)/.test(await code.output()), () => code.output());
    await window.file("models.yml");
    await until(async () => (await window.squiggles()) === 1, "no squiggle");
  });
});

test("nothing is installed before the user says so; then the server starts", async () => {
  const settings = { "archlint.server.requirement": process.env.REQUIREMENT ?? root };
  await inCode(settings, async (code, folder) => {
    const window = await code.open(folder);
    await window.file("models.yml");
    const toast = window.page.locator(".notification-toast").filter({ hasText: "with pip" });
    await toast.waitFor();
    assert.doesNotMatch(await code.output(), /making/);
    await toast.locator('.monaco-button:has-text("Install")').first().click();
    await until(async () => (await window.squiggles()) === 1, () => code.output(), 180_000);
    assert.match(await code.output(), /\(managed environment\)/);
  });
});

test("a path that does not run is said, and nothing else is tried", async () => {
  await inCode({ "archlint.path": "/nowhere/archlint" }, async (code, folder) => {
    await environmentIn(folder);
    const window = await code.open(folder);
    await window.file("models.yml");
    const toast = window.page.locator(".notification-toast").filter({ hasText: "/nowhere/archlint" });
    await toast.waitFor();
    assert.equal(await window.squiggles(), 0);
  });
});

test("switched off, it says nothing and starts nothing", async () => {
  await inCode({ "archlint.enable": false }, async (code, folder) => {
    await environmentIn(folder);
    const window = await code.open(folder);
    await window.file("models.yml");
    await window.page.waitForTimeout(3000);
    assert.equal(await window.squiggles(), 0);
    assert.doesNotMatch(await code.output(), /archlint/);
  });
});

test("a window without spec files starts no server; the first one does, when it is typed", async () => {
  await inCode({}, async (code, folder) => {
    await environmentIn(folder);
    await fs.rm(path.join(folder, "models.yml"));
    await fs.rm(path.join(folder, "configs"), { recursive: true });
    await fs.writeFile(path.join(folder, "config.json"), '{"port": 8080, "name": "a web server"}\n');
    await fs.writeFile(path.join(folder, "notes.yaml"), "title: notes\n");
    const window = await code.open(folder);
    for (const name of ["settings.json", "config.json", "notes.yaml"]) await window.file(name);
    await window.page.waitForTimeout(2000);
    assert.doesNotMatch(await code.output(), /workspace environment/);
    await window.type("A model:\nscale: 8B\ndecoder_type: Dense\n");
    await until(async () => /\(workspace environment\)/.test(await code.output()), "no server for a new spec file");
  });
});

/** Decline the offer to install, once it is there, and give the log. */
async function offered(code, window) {
  const toast = window.page.locator(".notification-toast").filter({ hasText: "with pip" });
  if ((await toast.count()) > 0) await toast.locator(".codicon-notifications-clear").first().click();
  return code.output();
}
