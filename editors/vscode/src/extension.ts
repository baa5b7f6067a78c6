/**
 * What every window loads. It waits for the first spec file and only then loads the session: the language client,
 * the server, the status bar and the costs view.
 */
import * as vscode from "vscode";
import type { Asked } from "./managedEnvironment";
import type { Session } from "./session";
import { maybeSpec } from "./specFiles";
import { maybeSpecText, usualNames } from "./specText";

const filesLookedAt = 50;
const bytesLookedAt = 64 * 1024;

let session: Promise<Session> | undefined;

/** Called by VS Code once per window. */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("archlint", { log: true });
  const begin = (asked: Asked): Promise<Session> => {
    session ??= import("./session.js").then(({ Session }) => Session.begin(context, output, asked));
    session.catch((error: unknown) => {
      session = undefined; // the next spec file or command tries again
      output.error(`archlint could not be started: ${String(error)}`);
    });
    return session;
  };

  const command = (name: string, run: (session: Session) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(name, async () => run(await begin("by a spec file")));

  context.subscriptions.push(
    output,
    command("archlint.showCostsView", (started) => started.showCosts()),
    command("archlint.showDerivationAtCursor", (started) => started.showDerivation()),
    command("archlint.compareTwoModels", (started) => started.compare()),
    vscode.commands.registerCommand("archlint.restart", async () =>
      session === undefined ? begin("by the user") : (await session).restart("by the user"),
    ),
    vscode.commands.registerCommand("archlint.showOutput", () => output.show()),
  );

  if (vscode.workspace.textDocuments.some(wanted)) {
    void begin("by a spec file");
    return;
  }
  const waiting: vscode.Disposable[] = [];
  const found = (): void => {
    for (const each of waiting.splice(0)) each.dispose();
    void begin("by a spec file");
  };
  waiting.push(
    vscode.workspace.onDidOpenTextDocument((document) => wanted(document) && found()),
    vscode.workspace.onDidChangeTextDocument(({ document }) => session === undefined && wanted(document) && found()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("archlint.enable") && vscode.workspace.textDocuments.some(wanted)) found();
    }),
  );
  context.subscriptions.push({
    dispose: () => {
      for (const each of waiting) each.dispose();
    },
  });
  void hasSpecFiles().then((has) => has && waiting.length > 0 && found());
}

/** Called by VS Code when the window closes. */
export async function deactivate(): Promise<void> {
  const started = await session?.catch(() => undefined);
  await started?.end();
}

function wanted(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration("archlint", document).get<boolean>("enable", true) && maybeSpec(document);
}

/** Whether one of the usual names in the workspace holds a spec; reads the start of a few dozen files at most. */
async function hasSpecFiles(): Promise<boolean> {
  if (!vscode.workspace.getConfiguration("archlint").get<boolean>("enable", true)) return false;
  const files = await vscode.workspace.findFiles(usualNames, "**/{node_modules,.venv,venv,.git}/**", filesLookedAt);
  for (const file of files) {
    const language = file.path.endsWith(".json") ? "json" : "yaml";
    try {
      const bytes = await vscode.workspace.fs.readFile(file);
      const text = new TextDecoder().decode(bytes.subarray(0, bytesLookedAt));
      if (maybeSpecText(language, file.path, text)) return true;
    } catch {
      // Gone or unreadable: the next one may do.
    }
  }
  return false;
}
