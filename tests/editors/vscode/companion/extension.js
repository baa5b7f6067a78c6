/**
 * Changes settings in the running window (code-server does not notice its settings file change), and runs a YAML
 * language server as the YAML extension does, for the tests of what happens beside one.
 */
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

exports.activate = (context) => {
  const { YAML_SERVER: server, COMPANION_SETTINGS: file } = process.env;
  context.subscriptions.push(
    vscode.commands.registerCommand("companion.apply", async () => {
      for (const [name, value] of Object.entries(JSON.parse(fs.readFileSync(file, "utf8")))) {
        const [, section, key] = /^(.*)\.([^.]+)$/.exec(name);
        await vscode.workspace.getConfiguration(section).update(key, value ?? undefined, vscode.ConfigurationTarget.Global);
      }
      fs.rmSync(file);
    }),
  );
  if (!server) return;
  const client = new LanguageClient(
    "yaml",
    "YAML",
    { command: process.execPath, args: [server, "--stdio"], options: { cwd: path.dirname(server) } },
    { documentSelector: [{ language: "yaml" }], initializationOptions: {} },
  );
  context.subscriptions.push(client);
  return client.start();
};
