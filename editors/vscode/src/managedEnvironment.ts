/** The Python environment that the extension keeps for itself, made only after the user said so. */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { inEnvironment, isExecutable, selectedPython } from "./environments";

const oldestPython = [3, 11] as const;
const pythons = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"];
const installTimeoutMs = 10 * 60_000;
const askedKey = "archlint.managed.declined";

/** Why it is asked: a spec file was met, the user wants a server, or another one than is installed; or that it is not. */
export type Asked = "by a spec file" | "by the user" | "for another requirement" | "no more";

/** The executable in the managed environment, whether it is there or not. */
export function managedExecutable(context: vscode.ExtensionContext): string {
  return inEnvironment(environmentFolder(context), "archlint");
}

/** Ask whether to install the server, and do so, after `begin`; true when it was tried. */
export async function offerInstall(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  asked: Asked,
  begin: () => Promise<void>,
): Promise<boolean> {
  if (asked === "by a spec file" && context.globalState.get<boolean>(askedKey, false)) return false;
  if (asked === "for another requirement" && !(await isExecutable(managedExecutable(context)))) return false;
  const requirement = vscode.workspace.getConfiguration("archlint").get<string>("server.requirement", "archlint");
  const install = "Install";
  const settings = "Set Path";
  const never = "Don't Ask Again";
  const choice =
    asked === "for another requirement"
      ? await vscode.window.showInformationMessage(
          `archlint: install ${requirement} with pip in the extension's own environment, in place of what is there?`,
          install,
        )
      : await vscode.window.showInformationMessage(
          `archlint was not found in this workspace's Python environment or on PATH. Install ${requirement} with pip, in an environment of the extension's own?`,
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
  await begin();
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Installing archlint", cancellable: true },
    async (progress, token) => {
      try {
        await makeEnvironment(context, output, requirement, progress, token);
      } catch (error) {
        output.error(messageOf(error));
        if (!token.isCancellationRequested) complain(error, output);
      }
    },
  );
  return true;
}

function complain(error: unknown, output: vscode.LogOutputChannel): void {
  const show = "Show Output";
  void vscode.window
    .showErrorMessage(`archlint could not be installed: ${gist(messageOf(error))}`, show)
    .then((picked) => picked === show && output.show());
}

async function makeEnvironment(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
  requirement: string,
  progress: vscode.Progress<{ message: string }>,
  token: vscode.CancellationToken,
): Promise<void> {
  const python = await findPython(output);
  const version = oldestPython.join(".");
  if (python === undefined) throw new Error(`no Python ${version} or later that can make environments was found`);
  const folder = environmentFolder(context);
  output.info(`making ${folder} with ${python.join(" ")}`);
  await fs.rm(folder, { recursive: true, force: true });
  await fs.mkdir(path.dirname(folder), { recursive: true });
  try {
    progress.report({ message: "making the environment" });
    await run(python[0], [...python.slice(1), "-m", "venv", folder], output, token);
    progress.report({ message: `pip install ${requirement}` });
    const pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", requirement];
    await run(inEnvironment(folder, "python"), pip, output, token);
    const executable = managedExecutable(context);
    if (!(await isExecutable(executable))) throw new Error(`${requirement} brings no executable called archlint`);
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
    ...pythons.map((name) => [name] as const),
    ...(process.platform === "win32" ? [["py", "-3"] as const] : []),
  ];
  // Debian's Python has venv without what venv needs.
  const question = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
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
      else reject(new Error([standardError, standardOut].map((text) => text.trim()).find(Boolean) ?? error.message));
    });
    const cancelled = token?.onCancellationRequested(() => child.kill());
    child.stdout?.on("data", (text: string) => output.debug(text.trimEnd()));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The line of a tool's complaint that says what is wrong. */
function gist(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^error/i.test(line)) ?? lines[0] ?? "no reason given";
}
