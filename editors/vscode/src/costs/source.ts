/** Asks the server for costs, once per change however many look at them. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Gate } from "../gate";
import type { ModelCosts } from "./figures";
import { CostsRequest } from "./protocol";

/** A place in a spec file, with the model there. */
export interface Place {
  readonly uri: vscode.Uri;
  readonly position: vscode.Position;
}

/** What is to be shown now: the model at the cursor of the active editor. */
export interface Current {
  readonly document: vscode.TextDocument;
  readonly position: vscode.Position;
  /** Undefined where there is no model, or none whose config is known. */
  readonly costs: ModelCosts | undefined;
}

const cursorDelayMs = 60;

/** Follows the active editor, its cursor and its text. */
export class CostsSource implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Current | undefined>();
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private asking = false;
  private again = false;
  private last: Current | undefined;

  /** Fired with the costs at the cursor whenever they may have changed; undefined when no spec file is looked at. */
  readonly onChange = this.emitter.event;

  constructor(
    private readonly gate: Gate,
    private readonly client: () => LanguageClient | undefined,
  ) {
    this.disposables = [
      this.emitter,
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        // A focused web view or output panel is no reason to forget the file beside it.
        if (editor !== undefined || vscode.window.visibleTextEditors.length === 0) this.changed();
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) this.soon();
      }),
      this.gate.onTold((document) => {
        if (document === (vscode.window.activeTextEditor?.document ?? this.last?.document)) this.changed();
      }),
      vscode.workspace.onDidSaveTextDocument(() => this.changed()),
    ];
  }

  /** What was fired last. */
  get current(): Current | undefined {
    return this.last;
  }

  /** Ask again now; while an answer is awaited, once more after it. */
  changed(): void {
    clearTimeout(this.timer);
    if (this.asking) {
      this.again = true;
      return;
    }
    void this.ask();
  }

  /** The costs of the model at a place; undefined where there is none. */
  async at(document: vscode.TextDocument, position: vscode.Position): Promise<ModelCosts | undefined> {
    const client = this.client();
    if (client === undefined || !this.gate.has(document)) return undefined;
    const costs = await client
      .sendRequest(CostsRequest, {
        textDocument: { uri: client.code2ProtocolConverter.asUri(document.uri) },
        position: client.code2ProtocolConverter.asPosition(position),
      })
      .catch((error: unknown) => {
        client.warn(`archlint/costs: ${String(error)}`);
        return null;
      });
    return costs ?? undefined;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.changed(), cursorDelayMs);
  }

  private async ask(): Promise<void> {
    this.asking = true;
    try {
      const now = await this.atCursor();
      this.last = now;
      this.emitter.fire(now);
    } finally {
      this.asking = false;
      if (this.again) {
        this.again = false;
        void this.ask();
      }
    }
  }

  private async atCursor(): Promise<Current | undefined> {
    const editor =
      vscode.window.activeTextEditor ??
      vscode.window.visibleTextEditors.find(({ document }) => document === this.last?.document);
    const shown = editor !== undefined && this.gate.has(editor.document);
    void vscode.commands.executeCommand("setContext", "archlint.specFile", shown);
    if (!shown) return undefined;
    const { document } = editor;
    const position = editor.selection.active;
    return { document, position, costs: await this.at(document, position) };
  }
}
