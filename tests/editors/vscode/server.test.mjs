/** Where the extension finds its server: the workspace's environment, only when trusted; or its own, only when asked. */
import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
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

/** Run in a window whose PATH has no archlint, but scripts of the test's own. */
async function inCode(settings, run, scripts = () => ({})) {
  const bin = await fs.mkdtemp(path.join(os.tmpdir(), "archlint-bin-"));
  const environment = await bare();
  environment.PATH = `${bin}${path.delimiter}${environment.PATH}`;
  const code = await startCode({ vsix, settings, environment });
  for (const [name, text] of Object.entries(scripts(code.root))) {
    await fs.writeFile(path.join(bin, name), text, { mode: 0o755 });
  }
  try {
    const folder = path.join(code.root, "gallery");
    await fs.cp(path.join(root, "tests/editors/workspace/gallery"), folder, { recursive: true });
    await run(code, folder);
  } catch (error) {
    console.log(await code.output());
    throw error;
  } finally {
    await code.stop();
    await fs.rm(bin, { recursive: true });
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

test("Poetry's environment is used, which is elsewhere", async () => {
  await inCode({}, async (code, folder) => {
    const elsewhere = path.join(code.root, "elsewhere");
    await environmentIn(elsewhere);
    await fs.writeFile(path.join(folder, "poetry.lock"), "");
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => (await window.squiggles()) === 1, () => code.output());
    assert.match(await code.output(), /elsewhere\/\.venv\/bin\/archlint \(workspace environment\)/);
  }, (root) => ({ poetry: `#!/bin/sh\necho ${root}/elsewhere/.venv\n` }));
});

test("a server that is too old is passed over, and the next one taken", async () => {
  await inCode({}, async (code, folder) => {
    await environmentIn(folder);
    await fs.writeFile(path.join(folder, ".venv/bin/archlint"), "#!/bin/sh\necho archlint 0.0.9\n", { mode: 0o755 });
    await environmentIn(path.join(folder, "below"));
    await fs.rename(path.join(folder, "below/.venv"), path.join(folder, "venv"));
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => (await window.squiggles()) === 1, () => code.output());
    assert.match(await code.output(), /is 0\.0\.9, older than/);
    assert.match(await code.output(), /\/venv\/bin\/archlint \(workspace environment\)/);
  });
});

test("a server that does not start is said once, with its name, and can be looked into", async () => {
  await inCode({}, async (code, folder) => {
    await environmentIn(folder);
    const script = '#!/bin/sh\n[ "$1" = --version ] && echo archlint 99.0 && exit\necho no such command >&2\nexit 2\n';
    await fs.writeFile(path.join(folder, ".venv/bin/archlint"), script, { mode: 0o755 });
    const window = await code.open(folder);
    await window.file("models.yml");
    const toast = window.page.locator(".notification-toast").filter({ hasText: /archlint/ });
    await toast.first().waitFor();
    await until(async () => /no such command/.test(await code.output()), () => code.output());
    const item = window.page.locator('.statusbar-item[id$="archlint.status"]');
    await until(async () => /error/i.test((await item.getAttribute("class")) ?? ""), () => item.getAttribute("class"));
  });
});

test("an untrusted workspace cannot trust itself, nor be the place of the server", async () => {
  const settings = {
    "security.workspace.trust.enabled": true,
    "security.workspace.trust.startupPrompt": "never",
    "archlint.path": "${workspaceFolder}/.venv/bin/archlint",
  };
  await inCode(settings, async (code, folder) => {
    await environmentIn(folder);
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => /names a file of this workspace, which is not trusted/.test(await code.output()), () => code.output());
    assert.doesNotMatch(await code.output(), /\(setting\)/);
  });
  settings["archlint.path"] = archlint;
  await inCode(settings, async (code, folder) => {
    await fs.mkdir(path.join(folder, ".vscode"));
    await fs.writeFile(path.join(folder, ".vscode/settings.json"), '{"archlint.trusted": true}');
    await fs.writeFile(path.join(folder, "archlint.toml"), 'configs = ["configs"]\nplugins = ["planted"]\n');
    await fs.writeFile(path.join(folder, "planted.py"), `open(${JSON.stringify(path.join(code.root, "ran"))}, "w")\n`);
    const window = await code.open(folder);
    await window.file("models.yml");
    await until(async () => (await window.squiggles()) === 1, () => code.output());
    await window.page.waitForTimeout(1000);
    assert.equal(await window.page.locator(".notification-toast").filter({ hasText: "planted" }).count(), 0);
    assert.ok(!(await fs.access(path.join(code.root, "ran")).then(() => true, () => false)), "the plugin ran");
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
    // The question holds nothing up: the status bar says what is missing, and a command is no dead key.
    const item = window.page.locator('.statusbar-item[id$="archlint.status"]');
    await item.locator(".codicon-circle-slash").waitFor();
    await window.command("archlint: Restart Server");
    await until(async () => (await code.output()).split("no archlint executable").length === 3, () => code.output());
    // VS Code takes the old question away before it shows the new one in its place: there may be none for a moment.
    await toast.first().waitFor();
    await window.page.waitForTimeout(500);
    assert.equal(await toast.count(), 1, "it is asked twice");
    await toast.locator('.monaco-button:has-text("Install")').first().click();
    await until(async () => (await window.squiggles()) === 1, () => code.output(), 180_000);
    assert.match(await code.output(), /\(managed environment\)/);
  });
});

test("an installation that fails says why, leaves nothing behind, and is not asked for again", async () => {
  await inCode({ "archlint.server.requirement": "/nowhere/archlint" }, async (code, folder) => {
    const window = await code.open(folder);
    await window.file("models.yml");
    const toasts = window.page.locator(".notification-toast");
    await toasts.filter({ hasText: "with pip" }).locator('.monaco-button:has-text("Install")').first().click();
    await toasts.filter({ hasText: /could not be installed: ERROR: .*nowhere/ }).waitFor({ timeout: 120_000 });
    assert.equal(await toasts.filter({ hasText: "with pip" }).count(), 0);
    const made = await fs.readdir(path.join(code.root, "user"), { recursive: true });
    assert.deepEqual(made.filter((each) => /environment$/.test(each)), []);
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
