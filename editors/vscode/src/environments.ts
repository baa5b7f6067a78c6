/**
 * Where the workspace's Python environments keep their executables, best first.
 *
 * Nothing here is looked at before the workspace is trusted: an environment in a folder is the folder's code.
 */
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";

const windows = process.platform === "win32";

/** Environments inside a folder: of venv, uv and Poetry; of VS Code's conda environments; of Pixi. */
const environmentFolders = [".venv", "venv", "env", ".conda", path.join(".pixi", "envs", "default")];

/** Tools that keep a folder's environment elsewhere: what shows that one is used, and what names the environment. */
const askedTools: readonly { readonly mark: string; readonly command: readonly [string, ...string[]] }[] = [
  { mark: "poetry.lock", command: ["poetry", "env", "info", "--path"] },
  { mark: "Pipfile.lock", command: ["pipenv", "--venv"] },
];
const answerTimeoutMs = 5000;

/** Where an environment keeps its executables. */
export function inEnvironment(environment: string, name: string): string {
  return windows ? path.join(environment, "Scripts", `${name}.exe`) : path.join(environment, "bin", name);
}

/** The executables called `name` of the workspace's environments that are there, best first. */
export async function* inWorkspaceEnvironments(name: string, output: vscode.LogOutputChannel): AsyncGenerator<string> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const seen = new Set<string>();
  const fresh = async (executable: string): Promise<boolean> => {
    if (seen.has(executable)) return false;
    seen.add(executable);
    return isExecutable(executable);
  };
  for (const { uri } of folders) {
    const selected = await selectedPython(uri, output);
    const places = selected === undefined ? [] : besidePython(selected, name);
    places.push(...environmentsOf(uri.fsPath).map((environment) => inEnvironment(environment, name)));
    for (const place of places) if (await fresh(place)) yield place;
  }
  for (const variable of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
    const active = process.env[variable];
    if (active && (await fresh(inEnvironment(active, name)))) yield inEnvironment(active, name);
  }
  for (const { uri } of folders) {
    for (const environment of await environmentsElsewhere(uri.fsPath, output)) {
      if (await fresh(inEnvironment(environment, name))) yield inEnvironment(environment, name);
    }
  }
}

/** Whether a file is there and may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  return fs.access(file, fs.constants.X_OK).then(
    () => true,
    () => false,
  );
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
  const extension = vscode.extensions.getExtension<PythonExtension | undefined>("ms-python.python");
  if (extension === undefined) return undefined;
  try {
    const environments = (extension.isActive ? extension.exports : await extension.activate())?.environments;
    if (environments === undefined) return undefined;
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
    return resolved?.executable.uri?.fsPath;
  } catch (error) {
    output.warn(`the Python extension did not name an interpreter: ${String(error)}`);
    return undefined;
  }
}

/** Conda on Windows has its Python above the folder of the executables. */
function besidePython(python: string, name: string): string[] {
  const folder = path.dirname(python);
  return windows ? [path.join(folder, `${name}.exe`), inEnvironment(folder, name)] : [path.join(folder, name)];
}

function environmentsOf(folder: string): string[] {
  const chosen = process.env.UV_PROJECT_ENVIRONMENT;
  return [...(chosen ? [chosen] : []), ...environmentFolders].map((each) => path.resolve(folder, each));
}

async function environmentsElsewhere(folder: string, output: vscode.LogOutputChannel): Promise<string[]> {
  const found: string[] = [];
  for (const { mark, command } of askedTools) {
    const used = await fs.access(path.join(folder, mark)).then(
      () => true,
      () => false,
    );
    const environment = used ? await answer(command, folder, output) : undefined;
    if (environment !== undefined) found.push(environment);
  }
  return found;
}

async function answer(
  [command, ...parameters]: readonly [string, ...string[]],
  folder: string,
  output: vscode.LogOutputChannel,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, parameters, { cwd: folder, timeout: answerTimeoutMs }, (error, standardOut) => {
      const named = standardOut.trim().split("\n").at(-1)?.trim() ?? "";
      if (error !== null) output.debug(`${command}: ${error.message}`);
      resolve(error === null && path.isAbsolute(named) ? named : undefined);
    });
  });
}
