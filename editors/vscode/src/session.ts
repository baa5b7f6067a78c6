/** Everything that a window with spec files needs: the server and what shows its answers. */
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State, type LanguageClientOptions } from "vscode-languageclient/node";
import { CostsPanel } from "./costs/panel";
import { CostsSource } from "./costs/source";
import { pickModel } from "./costs/pick";
import { pickDerivation } from "./costs/derivation";
import { Gate } from "./gate";
import { offerInstall } from "./managedEnvironment";
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
      vscode.workspace.onDidChangeConfiguration((event) => {
        const restarting = ["archlint.path", "archlint.enable", "archlint.server"];
        if (restarting.some((name) => event.affectsConfiguration(name))) void this.restart();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
    ];
    context.subscriptions.push(this);
  }

  /** Load, find the server and start it. */
  static async begin(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): Promise<Session> {
    const session = new Session(context, output);
    await session.start("by a spec file");
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
    if (!(await this.ready())) return;
    const left = await pickModel(this.costs, "The first model");
    if (left === undefined) return;
    const right = await pickModel(this.costs, `Compare ${left.name} with`, left);
    if (right !== undefined) await this.panel.compare(left, right);
  }

  /** Stop the server, look for it again and start it. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start("by the user");
  }

  /** Stop the server for good. */
  async end(): Promise<void> {
    await this.stop();
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async ready(): Promise<boolean> {
    if (this.client === undefined) await this.start("by the user");
    return this.client !== undefined;
  }

  private async start(asked: "by the user" | "by a spec file"): Promise<void> {
    this.status.state("starting");
    try {
      let server = await findServer(this.context, this.output);
      if (server === undefined && (await offerInstall(this.context, this.output, asked))) {
        server = await findServer(this.context, this.output);
      }
      if (server === undefined) {
        this.output.info("no archlint executable was found");
        this.status.state("absent");
        return;
      }
      await this.connect(server);
    } catch (error) {
      this.output.error(String(error));
      this.status.state("failed", error instanceof Error ? error.message : String(error));
      const settings = "Open Settings";
      const show = "Show Output";
      const choices = error instanceof UnusableServer ? [settings, show] : [show];
      const picked = await vscode.window.showErrorMessage(`archlint: ${messageOf(error)}`, ...choices);
      if (picked === show) this.output.show();
      if (picked === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "archlint.path");
    }
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
      if (newState === State.Stopped) this.gate.detach();
      if (newState === State.Running) this.status.state("running", `${server.version}, ${server.origin}`);
    });
    this.gate.attach(client);
    await client.start();
    this.client = client;
    this.costs.changed();
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: schemes.flatMap((scheme) => languages.map((language) => ({ scheme, language }))),
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({
        ...vscode.workspace.getConfiguration("archlint"),
        trusted: vscode.workspace.isTrusted,
      }),
      synchronize: { configurationSection: "archlint" },
      diagnosticPullOptions: this.gate.pull,
      middleware: {
        ...this.gate.middleware,
        executeCommand: async (command, parameters, next) => {
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
    await client?.dispose().catch((error: unknown) => this.output.warn(`the server did not stop: ${String(error)}`));
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
