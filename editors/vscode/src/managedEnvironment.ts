/** The Python environment that the extension keeps for itself, made only after the user said so. */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { inEnvironment, selectedPython } from "./serverCommand";

const oldestPython = [3, 11] as const;
const installTimeoutMs = 10 * 60_000;
const askedKey = "archlint.managed.declined";

/** The executable in the managed environment, whether it is there or not. */
export function managedExecutable(context: vscode.ExtensionContext): string {
  return inEnvironment(environmentFolder(context), "archlint");
}

/** Ask whether to install the server, and do so; true when it is there afterwards. */
export async function offerInstall(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  asked: "by the user" | "by a spec file",
): Promise<boolean> {
  if (asked === "by a spec file" && context.globalState.get<boolean>(askedKey, false)) return false;
  const requirement = vscode.workspace.getConfiguration("archlint").get<string>("server.requirement", "archlint");
  const install = "Install";
  const settings = "Set Path";
  const never = "Don't Ask Again";
  const choice = await vscode.window.showInformationMessage(
    `archlint is not in this workspace's Python environment. Install ${requirement} with pip, in an environment of the extension's own?`,
    install,
    settings,
    never,
  );
  if (choice === settings) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "archlint.path");
  } else if (choice === never) {
    await context.globalState.update(askedKey, true);
  }
  if (choice !== install) return false;
  await context.globalState.update(askedKey, undefined);
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Installing archlint", cancellable: true },
    async (progress, token) => {
      try {
        await makeEnvironment(context, output, requirement, progress, token);
        return true;
      } catch (error) {
        output.error(error instanceof Error ? error.message : String(error));
        const show = "Show Output";
        void vscode.window
          .showErrorMessage(`archlint could not be installed: ${firstLine(error)}`, show)
          .then((picked) => picked === show && output.show());
        return false;
      }
    },
  );
}

async function makeEnvironment(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  requirement: string,
  progress: vscode.Progress<{ message: string }>,
  token: vscode.CancellationToken,
): Promise<void> {
  const python = await findPython(output);
  if (python === undefined) throw new Error(`Python ${oldestPython.join(".")} or later was not found`);
  const folder = environmentFolder(context);
  output.info(`making ${folder} with ${python.join(" ")}`);
  await fs.rm(folder, { recursive: true, force: true });
  await fs.mkdir(path.dirname(folder), { recursive: true });
  progress.report({ message: "making the environment" });
  await run(python[0], [...python.slice(1), "-m", "venv", folder], output, token);
  progress.report({ message: `pip install ${requirement}` });
  try {
    await run(
      inEnvironment(folder, "python"),
      ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", requirement],
      output,
      token,
    );
  } catch (error) {
    await fs.rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function environmentFolder(context: vscode.ExtensionContext): string {
  return path.join(context.globalStorageUri.fsPath, "environment");
}

type Command = readonly [string, ...string[]];

async function findPython(output: vscode.LogOutputChannel): Promise<Command | undefined> {
  // The workspace's interpreter is the workspace's code: not before it is trusted.
  const selected = vscode.workspace.isTrusted ? await selectedPython(undefined, output) : undefined;
  const candidates: Command[] = [
    ...(selected === undefined ? [] : [[selected] as const]),
    ...["python3.13", "python3.12", "python3.11", "python3", "python"].map((name) => [name] as const),
    ...(process.platform === "win32" ? [["py", "-3"] as const] : []),
  ];
  const question = "import sys, venv; print(*sys.version_info[:2])";
  for (const candidate of candidates) {
    const answer = await run(candidate[0], [...candidate.slice(1), "-c", question], output).catch(() => "");
    const [major = 0, minor = 0] = answer.split(" ").map(Number);
    if (major === oldestPython[0] && minor >= oldestPython[1]) return candidate;
  }
  return undefined;
}

async function run(
  command: string,
  parameters: readonly string[],
  output: vscode.LogOutputChannel,
  token?: vscode.CancellationToken,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, parameters, { timeout: installTimeoutMs }, (error, standardOut, standardError) => {
      cancelled?.dispose();
      if (error === null) resolve(standardOut);
      else reject(new Error(standardError.trim() || error.message));
    });
    const cancelled = token?.onCancellationRequested(() => child.kill());
    child.stdout?.on("data", (text: string) => output.debug(text.trimEnd()));
  });
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^error/i.test(line)) ?? lines[0] ?? "no reason given";
}
