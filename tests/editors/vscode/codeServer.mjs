/** A real VS Code for tests: code-server with the packaged extension, and a page of Chromium that drives it. */
import { execFile, spawn } from "node:child_process";
import fs from "node:fs/promises";
import net from "node:net";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const extension = path.resolve(here, "../../../editors/vscode");
const home = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
const cache = process.env.ARCHLINT_EDITORS_CACHE ?? path.join(home, "archlint-editors");
const codeServer = path.join(cache, "vscode", "node_modules", ".bin", "code-server");
/** The server that the YAML extension runs. */
export const yamlServer = path.join(cache, "vscode", "node_modules", "yaml-language-server", "bin", "yaml-language-server");
const nowhere = '{"serviceUrl":"http://127.0.0.1:9/"}'; // no extension gallery: tests talk to nobody

/** Settings that a window with a remote side, as code-server's are, takes from the machine's and not from the user's. */
const ofTheMachine = ["archlint.path", "archlint.server.requirement"];

/** What a test must never wait longer for. */
export const patience = 30_000;

/** Start code-server with an extension and settings; `stop` ends it and the browser. */
export async function startCode({ vsix, settings, environment = {} }) {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "archlint-vscode-"));
  const user = path.join(root, "user");
  const extensions = path.join(root, "extensions");
  const common = ["--config", path.join(root, "config.yaml"), "--user-data-dir", user, "--extensions-dir", extensions];
  const asked = path.join(root, "asked-settings.json");
  // VSCODE_CLI: take this environment and not that of a login shell.
  const env = { ...process.env, EXTENSIONS_GALLERY: nowhere, COMPANION_SETTINGS: asked, VSCODE_CLI: "1", ...environment };
  for (const each of [vsix, await companion()]) await run(codeServer, [...common, "--install-extension", each], { env });
  const all = Object.entries({ ...quiet, ...settings });
  for (const [place, kept] of [
    ["User", all.filter(([name]) => !ofTheMachine.includes(name))],
    ["Machine", all.filter(([name]) => ofTheMachine.includes(name))],
  ]) {
    await fs.mkdir(path.join(user, place), { recursive: true });
    await fs.writeFile(path.join(user, place, "settings.json"), JSON.stringify(Object.fromEntries(kept), undefined, 2));
  }

  const port = await freePort();
  const flags = ["--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check"];
  const trust = settings["security.workspace.trust.enabled"] === true ? [] : ["--disable-workspace-trust"];
  const server = spawn(codeServer, [...common, ...flags, ...trust], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (log += text));
  const address = `http://127.0.0.1:${port}`;
  await until(() => log.includes("HTTP server listening"), () => `code-server does not start:\n${log}`);

  const { chromium } = createRequire(path.join(cache, "vscode", "package.json"))("playwright-core");
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
      .concat(["--disable-component-update", "--disable-sync", "--font-render-hinting=none"]),
  });
  return {
    root,
    pid: server.pid,
    /** Change the user's settings in an open window; null takes one back. */
    async set(window, changed) {
      await fs.writeFile(asked, JSON.stringify(changed));
      await window.command("Companion: Apply Settings");
      const done = () => fs.access(asked).then(() => false, () => true);
      await until(done, "the settings were not changed");
    },
    /** A window on a folder or a `.code-workspace` file. */
    async open(target, size = { width: 1200, height: 720 }) {
      const page = await browser.newPage({ viewport: size, deviceScaleFactor: 1 });
      const key = target.endsWith(".code-workspace") ? "workspace" : "folder";
      await page.goto(`${address}/?${key}=${encodeURIComponent(target)}`);
      await page.locator(".monaco-workbench .statusbar").waitFor({ timeout: patience });
      await page.locator(".editor-group-container").first().waitFor({ timeout: patience });
      await page.waitForTimeout(500); // the side bar comes last, or not at all: the window remembers that it was hidden
      if (await page.locator(".part.sidebar").isVisible()) {
        await page.keyboard.press("Control+B"); // it takes place and shows nothing that matters here
        await page.locator(".part.sidebar").waitFor({ state: "hidden" });
      }
      return new Window(page);
    },
    /** The log of the extension's output channel, of all windows. */
    async output() {
      const files = await fs.readdir(path.join(user, "logs"), { recursive: true });
      const logs = files.filter((file) => /archlint[^/]*\.log$/.test(file));
      return (await Promise.all(logs.map((file) => fs.readFile(path.join(user, "logs", file), "utf8")))).join("\n");
    },
    async stop() {
      await browser.close();
      process.kill(-server.pid);
      await new Promise((resolve) => server.once("exit", resolve));
      await fs.rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Settings that keep everything but the editor out of the picture. */
const quiet = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.commandCenter.enabled": false,
  "workbench.layoutControl.enabled": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "workbench.editor.enablePreviewFromQuickOpen": true,
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
  "telemetry.telemetryLevel": "off",
  "editor.fontSize": 14,
  "editor.minimap.enabled": false,
  "security.workspace.trust.enabled": false,
};

/** What a user does in a window. */
class Window {
  constructor(page) {
    this.page = page;
    this.keyboard = page.keyboard;
  }

  /** Open a file by name, as it is on disk. */
  async file(name, limit = patience) {
    const row = this.page.locator(".quick-input-list .monaco-list-row").first().filter({ hasText: path.basename(name) });
    await until(async () => {
      await this.keyboard.press("Escape");
      await this.keyboard.press("Control+P");
      await this.page.locator(".quick-input-widget input").fill(name);
      return row.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false, // a window that has just been opened may not have listed its files yet
      );
    }, `${name} is not found`, limit);
    await this.keyboard.press("Enter");
    await this.page.locator(`.editor-group-container.active .tab.active[aria-label^="${path.basename(name)}"]`).waitFor();
    await this.page.locator(".editor-group-container.active .view-line").first().waitFor();
    await this.focusEditor();
  }

  /** Put the cursor at a line and column, both from 1. */
  async go(line, column = 1) {
    await this.focusEditor();
    await this.keyboard.press("Control+G");
    await this.page.locator(".quick-input-widget input").fill(`:${line}:${column}`);
    await this.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Type into the editor. */
  async type(text, options) {
    this.changed = true;
    await this.keyboard.type(text, options);
  }

  /** Take back what was typed. */
  async revert() {
    await this.keyboard.press("Escape");
    await this.command("File: Revert File");
    this.changed = false;
  }

  async focusEditor() {
    await this.keyboard.press("Control+1");
  }

  /** Run a command of the palette by its title. */
  async command(title) {
    await this.focusEditor(); // a key pressed in a web view may be the web view's own
    await this.keyboard.press("F1");
    await this.page.locator(".quick-input-widget input").fill(`>${title}`);
    const row = this.page.locator(".quick-input-list .monaco-list-row").first();
    await row.filter({ hasText: title.replace(/^.*: /, "") }).waitFor({ timeout: patience });
    await this.keyboard.press("Enter");
  }

  /** Whether an error is underlined on the visible line with a text. */
  async underlined(text) {
    const line = this.page.locator(".editor-instance .view-line").filter({ hasText: text.replaceAll(" ", "\u00a0") }).first();
    const box = await line.boundingBox();
    if (box === null) return false;
    const squiggles = this.page.locator(".monaco-editor .squiggly-error");
    const tops = await squiggles.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().top));
    return tops.some((top) => top >= box.y - 2 && top < box.y + box.height - 2);
  }

  /** How many errors, warnings or others are underlined in the visible part of the editors. */
  async squiggles(kind = "error") {
    return this.page.locator(`.monaco-editor .squiggly-${kind}`).count();
  }

  /** The text of the hover at the cursor, once it says what is waited for: its parts come one after the other. */
  async hover(expected = /\S/) {
    await this.mouseAway(); // a mouse that moves later would end the hover
    const hover = this.page.locator(".monaco-hover:not(.hidden) .monaco-hover-content");
    let text = "";
    await until(
      async () => {
        await this.keyboard.press("Control+K");
        await this.keyboard.press("Control+I");
        for (let look = 0; look < 20 && !expected.test(text); look += 1) {
          await this.page.waitForTimeout(50);
          text = (await hover.allInnerTexts()).join("\n");
        }
        return expected.test(text);
      },
      () => `the hover says: ${text}`,
    );
    return text;
  }

  /** Rest the mouse on the status bar, where it shows nothing of the editor's. */
  async mouseAway() {
    await this.page.mouse.move(600, this.page.viewportSize().height - 5);
  }

  /** The titles that Ctrl+. offers at the cursor; the menu stays open. */
  async actions() {
    await this.keyboard.press("Control+.");
    const menu = this.page.locator(".action-widget");
    await menu.locator(".monaco-list-row.action").first().waitFor({ timeout: patience });
    return menu.locator(".monaco-list-row.action").allInnerTexts();
  }

  /** The labels that completion offers at the cursor; the list stays open. */
  async completions() {
    await this.keyboard.press("Control+Space");
    const list = this.page.locator(".suggest-widget.visible .monaco-list-row");
    await list.first().waitFor({ timeout: patience });
    return list.evaluateAll((rows) => rows.map((row) => row.querySelector(".label-name")?.textContent ?? ""));
  }

  /** The text of one visible line with its inlay hints, whatever spaces it is drawn with made plain. */
  async line(containing) {
    const line = this.page.locator(".editor-instance .view-line").filter({ hasText: containing.replaceAll(" ", "\u00a0") });
    return (await line.first().innerText()).replaceAll(/[\s\u200b-\u200d\u2060]+/g, " ").trim();
  }

  /** The costs view's own document. */
  costs() {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame").locator("#costs");
  }

  async status() {
    return this.page.locator('.statusbar-item[id$="archlint.status"]').innerText();
  }

  async screenshot(file, options = {}) {
    await this.mouseAway();
    await this.page.waitForTimeout(400); // blinking and fading come to rest
    await this.page.screenshot({ path: file, ...options });
  }

  async close() {
    await this.page.close();
  }
}

/** Wait for a condition; fail with `complaint` after the patience is gone. */
export async function until(condition, complaint = () => "still not so", limit = patience) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(typeof complaint === "function" ? await complaint() : complaint);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The package of the tests' own extension, made once. */
async function companion() {
  const folder = path.join(cache, "companion");
  const vsix = path.join(folder, "companion.vsix");
  const { build } = createRequire(path.join(extension, "package.json"))("esbuild");
  await fs.rm(folder, { recursive: true, force: true });
  await fs.mkdir(folder, { recursive: true });
  await fs.copyFile(path.join(here, "companion/package.json"), path.join(folder, "package.json"));
  await fs.writeFile(path.join(folder, "LICENSE"), "Apache-2.0\n");
  await build({
    entryPoints: [path.join(here, "companion/extension.js")],
    outfile: path.join(folder, "out/extension.js"),
    nodePaths: [path.join(extension, "node_modules")],
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["vscode"],
    logLevel: "error",
  });
  const vsce = path.join(extension, "node_modules/.bin/vsce");
  await run(vsce, ["package", "--no-dependencies", "--allow-missing-repository", "--out", vsix], { cwd: folder });
  return vsix;
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
