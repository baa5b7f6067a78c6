/** Everything that a window with spec files needs: the server and what shows its answers. */
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State, type LanguageClientOptions } from "vscode-languageclient/node";
import { CostsPanel } from "./costs/panel";
import { CostsSource } from "./costs/source";
import { pickModel } from "./costs/pick";
import { pickDerivation } from "./costs/derivation";
import { Gate } from "./gate";
import { offerInstall, type Asked } from "./managedEnvironment";
import { findServer, UnusableServer, type ServerCommand } from "./serverCommand";
import { schemes } from "./specFiles";
import { languages } from "./specText";
import { Status } from "./status";

/** The commands that the server's code lenses and code actions name, and that are shown by the extension. */
const shownHere: Readonly<Record<string, string>> = {
  "archlint.showCosts": "costs",
  "archlint.showDerivation": "derivation",
  "archlint.compareModels": "compare",
};

/** One per window, from the first spec file on. */
export class Session implements vscode.Disposable {
  private client: LanguageClient | undefined;
  /** Starts and stops, one after the other. */
  private work: Promise<void> = Promise.resolve();
  private installing = false;
  private readonly gate = new Gate();
  private readonly costs = new CostsSource(this.gate, () => this.client);
  private readonly status = new Status(this.costs);
  private readonly panel: CostsPanel;
  private readonly disposables: vscode.Disposable[];

  private constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
  ) {
    this.panel = new CostsPanel(context.extensionUri, this.costs);
    this.disposables = [
      this.costs,
      this.status,
      this.panel,
      this.gate,
      vscode.workspace.onDidChangeConfiguration((event) => {
        const restarting = ["archlint.path", "archlint.enable"];
        if (restarting.some((name) => event.affectsConfiguration(name))) void this.restart("by a spec file");
        if (event.affectsConfiguration("archlint.server.requirement")) void this.offer("for another requirement");
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart("by a spec file")),
    ];
    context.subscriptions.push(this);
  }

  /** Load, find the server and start it. */
  static async begin(context: vscode.ExtensionContext, output: vscode.LogOutputChannel, asked: Asked): Promise<Session> {
    const session = new Session(context, output);
    await session.restart(asked);
    return session;
  }

  /** The costs view, beside the active editor. */
  async showCosts(): Promise<void> {
    if (await this.ready()) this.panel.show();
  }

  /** Choose a figure of the model at the cursor and see its arithmetic. */
  async showDerivation(): Promise<void> {
    if (!(await this.ready())) return;
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) return;
    const costs = await this.costs.at(editor.document, editor.selection.active);
    if (costs === undefined) {
      void vscode.window.showInformationMessage("archlint: there is no model with a known config at the cursor.");
      return;
    }
    const figure = await pickDerivation(costs);
    if (figure !== undefined) this.panel.show({ figure });
  }

  /** Choose two models and see them side by side. */
  async compare(): Promise<void> {
    if (!(await this.ready()) || this.client === undefined) return;
    const left = await pickModel(this.client, this.costs, "The first model");
    if (left === undefined) return;
    const right = await pickModel(this.client, this.costs, `Compare ${left.name} with`, left);
    if (right !== undefined) await this.panel.compare(left, right);
  }

  /** Stop the server, look for it again and start it. */
  async restart(asked: Asked): Promise<void> {
    await this.inTurn(async () => {
      await this.stop();
      if (enabledSomewhere()) await this.start(asked);
      else this.status.state("off");
    });
  }

  /** Stop the server for good. */
  async end(): Promise<void> {
    await this.inTurn(() => this.stop());
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Whether there is a server now; one that is not there is looked for, and one that crashed is started again. */
  private async ready(): Promise<boolean> {
    await this.work;
    if (this.client?.isRunning() !== true) await this.restart("by the user");
    return this.client?.isRunning() === true;
  }

  private async inTurn(run: () => Promise<void>): Promise<void> {
    this.work = this.work.then(run).catch((error: unknown) => this.output.error(messageOf(error)));
    await this.work;
  }

  private async start(asked: Asked): Promise<void> {
    this.status.state("starting");
    try {
      const server = await findServer(this.context, this.output);
      if (server !== undefined) {
        await this.connect(server);
        return;
      }
      this.output.info("no archlint executable was found");
      this.status.state("absent");
      void this.offer(asked); // nobody waits for the answer
    } catch (error) {
      this.output.error(messageOf(error));
      this.status.state("failed", messageOf(error));
      void this.complain(error);
    }
  }

  /** Ask whether to install the server and start it then. VS Code shows a question that is asked again in its old place. */
  private async offer(asked: Asked): Promise<void> {
    if (this.installing || asked === "no more") return;
    const tried = await offerInstall(this.context, this.output, asked, async () => {
      this.installing = true;
      await this.end(); // it may be the one that is replaced
      this.status.state("starting");
    });
    if (!tried) return;
    this.installing = false;
    await this.restart("no more");
  }

  private async complain(error: unknown): Promise<void> {
    const settings = "Open Settings";
    const show = "Show Output";
    const choices = error instanceof UnusableServer ? [settings, show] : [show];
    const picked = await vscode.window.showErrorMessage(`archlint: ${messageOf(error)}`, ...choices);
    if (picked === show) this.output.show();
    if (picked === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "archlint.path");
  }

  private async connect(server: ServerCommand): Promise<void> {
    this.output.info(`archlint ${server.version} from ${server.executable} (${server.origin})`);
    const client = new LanguageClient(
      "archlint",
      "archlint",
      { command: server.executable, args: ["server"], options: { env: { ...process.env, PYTHONUTF8: "1" } } },
      this.clientOptions(),
    );
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Starting) this.status.state("starting");
      if (newState === State.Running) this.status.state("running", `${server.version}, ${server.origin}`);
      if (newState === State.Stopped) {
        this.gate.forget();
        if (this.client === client) this.status.state("failed", "it stopped");
      }
      this.costs.changed();
    });
    this.gate.attach(client);
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      await this.stop();
      throw new Error(`${server.executable} does not start: ${messageOf(error)}`);
    }
    this.costs.changed();
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: schemes.flatMap((scheme) => languages.map((language) => ({ scheme, language }))),
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => said(vscode.workspace.getConfiguration("archlint")),
      initializationFailedHandler: () => false, // it is said where the start is awaited
      diagnosticPullOptions: this.gate.pull,
      middleware: {
        ...this.gate.middleware,
        workspace: {
          configuration: async (parameters, token, next) => {
            const tables: unknown = await next(parameters, token);
            return Array.isArray(tables) ? tables.map(said) : [];
          },
        },
        executeCommand: async (command, parameters: unknown[], next): Promise<unknown> => {
          const shown = shownHere[command];
          if (shown === undefined) return next(command, parameters);
          goTo(parameters[0]);
          return this.show(shown);
        },
      },
    };
  }

  private async show(what: string): Promise<void> {
    if (what === "costs") return this.showCosts();
    if (what === "derivation") return this.showDerivation();
    return this.compare();
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.gate.detach();
    if (client?.state === State.Starting) await client.start().catch(() => undefined); // it takes no stop before
    await client?.dispose().catch((error: unknown) => this.output.warn(`the server did not stop: ${messageOf(error)}`));
  }
}

/** Put the cursor where a code lens stands: what is shown is the model at the cursor. */
function goTo(place: unknown): void {
  const { uri, position } = (place ?? {}) as { uri?: string; position?: { line: number; character: number } };
  const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri);
  const chosen = editor ?? vscode.window.activeTextEditor;
  if (chosen === undefined || position === undefined) return;
  const at = new vscode.Position(position.line, position.character);
  chosen.selection = new vscode.Selection(at, at);
}

/** Settings as the server is told them: whether to trust the workspace is never the workspace's own word. */
function said(settings: unknown): Record<string, unknown> {
  return {
    ...(typeof settings === "object" ? settings : undefined),
    trusted: vscode.workspace.isTrusted,
    hover: { findings: false }, // VS Code shows them above the hover itself
  };
}

function enabledSomewhere(): boolean {
  const scopes = vscode.workspace.workspaceFolders ?? [undefined];
  return scopes.some((scope) => vscode.workspace.getConfiguration("archlint", scope).get<boolean>("enable", true));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
