/**
 * Where the server is: the setting, the workspace's Python environment, `PATH`, the managed environment; in this order.
 *
 * An executable inside the workspace runs only when the workspace is trusted.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { managedExecutable } from "./managedEnvironment";

/** An executable that answered `--version`. */
export interface ServerCommand {
  readonly executable: string;
  readonly origin: "setting" | "workspace environment" | "PATH" | "managed environment";
  readonly version: string;
}

/** A server that was asked for by name and does not work: nothing else is tried in its place. */
export class UnusableServer extends Error {}

const windows = process.platform === "win32";
const environmentFolders = [".venv", "venv", "env"];
const versionTimeoutMs = 20_000;

/** Find the server; undefined when there is none. */
export async function findServer(
  context: vscode.ExtensionContext,
  output: vscode.LogOutputChannel,
): Promise<ServerCommand | undefined> {
  const set = settingPath();
  if (set !== undefined) {
    const version = await versionOf(set, output);
    if (version === undefined) throw new UnusableServer(`the setting archlint.path names ${set}, which does not run`);
    return { executable: set, origin: "setting", version };
  }
  const candidates: [string, ServerCommand["origin"]][] = [];
  if (vscode.workspace.isTrusted) {
    for (const executable of await inWorkspaceEnvironments(output)) candidates.push([executable, "workspace environment"]);
  }
  for (const executable of onPath()) candidates.push([executable, "PATH"]);
  candidates.push([managedExecutable(context), "managed environment"]);
  for (const [executable, origin] of candidates) {
    if (!(await exists(executable))) continue;
    const version = await versionOf(executable, output);
    if (version !== undefined) return { executable, origin, version };
    output.warn(`${executable} (${origin}) does not run; looking further`);
  }
  return undefined;
}

/** Where an environment keeps its executables. */
export function inEnvironment(environment: string, name: string): string {
  return windows ? path.join(environment, "Scripts", `${name}.exe`) : path.join(environment, "bin", name);
}

function settingPath(): string | undefined {
  const written = vscode.workspace.getConfiguration("archlint").get<string>("path", "").trim();
  if (written === "") return undefined;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const expanded = written.replace(/^~(?=$|[\\/])/, os.homedir()).replaceAll("${workspaceFolder}", folder);
  return path.isAbsolute(expanded) || !/[\\/]/.test(expanded) ? expanded : path.join(folder, expanded);
}

async function inWorkspaceEnvironments(output: vscode.LogOutputChannel): Promise<string[]> {
  const found: string[] = [];
  const active = process.env["VIRTUAL_ENV"] ?? process.env["CONDA_PREFIX"];
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    if (folder.uri.scheme !== "file") continue;
    const selected = await selectedPython(folder.uri, output);
    if (selected !== undefined) {
      const name = windows ? "archlint.exe" : "archlint";
      found.push(path.join(path.dirname(selected), name));
    }
    for (const name of environmentFolders) found.push(inEnvironment(path.join(folder.uri.fsPath, name), "archlint"));
  }
  if (active !== undefined) found.push(inEnvironment(active, "archlint"));
  return [...new Set(found)];
}

/** The part of the Python extension's interface that is used here. */
interface PythonExtension {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

/** The interpreter chosen in the Python extension, when that is installed. */
export async function selectedPython(
  resource: vscode.Uri | undefined,
  output: vscode.LogOutputChannel,
): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (extension === undefined) return undefined;
  try {
    const environments = (extension.isActive ? extension.exports : await extension.activate()).environments;
    if (environments === undefined) return undefined;
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
    return resolved?.executable.uri?.fsPath;
  } catch (error) {
    output.warn(`the Python extension did not name an interpreter: ${String(error)}`);
    return undefined;
  }
}

function onPath(): string[] {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const roots = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath + path.sep);
  return folders
    .filter((folder) => vscode.workspace.isTrusted || !roots.some((root) => (folder + path.sep).startsWith(root)))
    .map((folder) => path.join(folder, windows ? "archlint.exe" : "archlint"));
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file, fs.constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(executable: string, output: vscode.LogOutputChannel): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(executable, ["--version"], { timeout: versionTimeoutMs }, (error, standardOut, standardError) => {
      const version = /^archlint (\S+)/.exec(standardOut)?.[1];
      if (version === undefined) output.warn(`${executable} --version: ${error?.message ?? standardOut}${standardError}`);
      resolve(version);
    });
  });
}
