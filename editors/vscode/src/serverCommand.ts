/**
 * Where the server is: the setting, the workspace's Python environment, `PATH`, the managed environment; in this order.
 *
 * An executable inside the workspace runs only when the workspace is trusted.
 */
import { execFile } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { inWorkspaceEnvironments, isExecutable } from "./environments";
import { managedExecutable } from "./managedEnvironment";

/** An executable that answered `--version`. */
export interface ServerCommand {
  readonly executable: string;
  readonly origin: Origin;
  readonly version: string;
}

type Origin = "setting" | "workspace environment" | "PATH" | "managed environment";

/** A server that was asked for by name and cannot be used: nothing else is tried in its place. */
export class UnusableServer extends Error {}

/** The oldest server that answers everything the extension asks. */
const oldestServer = "0.1.0";
const windows = process.platform === "win32";
const versionTimeoutMs = 20_000;

/** Find the server; undefined when there is none. */
export async function findServer(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Promise<ServerCommand | undefined> {
  const set = await fromSetting();
  if (set !== undefined) {
    const version = await versionOf(set, output);
    if (version === undefined) throw new UnusableServer(`the setting archlint.path names ${set}, which does not run`);
    if (isOlder(version, oldestServer)) {
      throw new UnusableServer(`the setting archlint.path names archlint ${version}; ${oldestServer} or later is needed`);
    }
    return { executable: set, origin: "setting", version };
  }
  for await (const [executable, origin] of candidates(context, output)) {
    const version = await versionOf(executable, output);
    if (version === undefined) output.warn(`${executable} (${origin}) does not run; looking further`);
    else if (isOlder(version, oldestServer)) {
      output.warn(`${executable} (${origin}) is ${version}, older than ${oldestServer}; looking further`);
    } else return { executable, origin, version };
  }
  return undefined;
}

async function* candidates(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): AsyncGenerator<[string, Origin]> {
  if (vscode.workspace.isTrusted) {
    for await (const executable of inWorkspaceEnvironments("archlint", output)) yield [executable, "workspace environment"];
  }
  for (const executable of onPath("archlint")) if (await isExecutable(executable)) yield [executable, "PATH"];
  const managed = managedExecutable(context);
  if (await isExecutable(managed)) yield [managed, "managed environment"];
}

/** The executable that the setting names; a plain name is looked for on `PATH`, never in the working folder. */
async function fromSetting(): Promise<string | undefined> {
  const written = vscode.workspace.getConfiguration("archlint").get<string>("path", "").trim();
  if (written === "") return undefined;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const expanded = written.replace(/^~(?=$|[\\/])/, os.homedir()).replaceAll("${workspaceFolder}", folder);
  if (!/[\\/]/.test(expanded)) {
    for (const executable of onPath(expanded)) if (await isExecutable(executable)) return executable;
    throw new UnusableServer(`the setting archlint.path names ${expanded}, which is not on PATH`);
  }
  const executable = path.resolve(folder, expanded);
  if (!vscode.workspace.isTrusted && inWorkspace(executable)) {
    throw new UnusableServer("the setting archlint.path names a file of this workspace, which is not trusted");
  }
  return executable;
}

function onPath(name: string): string[] {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const file = windows && path.extname(name) === "" ? `${name}.exe` : name;
  return folders
    .filter((folder) => vscode.workspace.isTrusted || !inWorkspace(folder))
    .map((folder) => path.join(folder, file));
}

function inWorkspace(place: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => {
    const relative = path.relative(uri.fsPath, place);
    return relative === "" || !(relative.split(path.sep)[0] === ".." || path.isAbsolute(relative));
  });
}

/** Whether a version such as `0.2.0rc1` comes before another; what is no number counts as 0. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

async function versionOf(executable: string, output: vscode.LogOutputChannel): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(executable, ["--version"], { timeout: versionTimeoutMs }, (error, standardOut, standardError) => {
      const version = /^archlint (\d\S*)/.exec(standardOut)?.[1];
      if (version === undefined) output.warn(`${executable} --version: ${error?.message ?? standardOut}${standardError}`);
      resolve(version);
    });
  });
}
