/** Keeps documents that describe no model away from the server, for every kind of message. */
import * as vscode from "vscode";
import {
  DidOpenTextDocumentNotification,
  type DiagnosticPullOptions,
  type LanguageClient,
  type Middleware,
} from "vscode-languageclient/node";
import { maybeSpec } from "./specFiles";

/** The documents that the server has been shown, and the middleware that keeps it so. */
export class Gate implements vscode.Disposable {
  private readonly open = new Set<string>();
  private readonly told = new vscode.EventEmitter<vscode.TextDocument>();
  private client: LanguageClient | undefined;

  /** Fired when the server has been told a document's present text: what it is asked from then on is about that. */
  readonly onTold = this.told.event;

  /** Whether the server has been shown the document. */
  has(document: vscode.TextDocument): boolean {
    return this.open.has(document.uri.toString());
  }

  /** The client whose messages pass; to be called before it starts. */
  attach(client: LanguageClient): void {
    this.client = client;
    this.open.clear();
  }

  /** The server stopped and may come back: nothing has been shown to it then. */
  forget(): void {
    this.open.clear();
  }

  /** No server. */
  detach(): void {
    this.client = undefined;
    this.forget();
  }

  dispose(): void {
    this.told.dispose();
  }

  /** Diagnostics are pulled for shown documents only. */
  readonly pull: DiagnosticPullOptions = {
    onChange: true,
    onSave: true,
    onTabs: false,
    filter: (document) => !this.open.has(document.uri.toString()),
  };

  readonly middleware: Middleware = {
    didOpen: async (document, next) => {
      if (!enabled(document) || !maybeSpec(document)) return;
      this.open.add(document.uri.toString());
      await next(document);
      this.told.fire(document);
    },
    didChange: async (event, next) => {
      if (this.has(event.document)) {
        await next(event);
        this.told.fire(event.document);
        return;
      }
      // It may just have become a spec file: shown now, whole.
      if (enabled(event.document) && maybeSpec(event.document)) await this.show(event.document);
    },
    didSave: async (document, next) => (this.has(document) ? next(document) : undefined),
    didClose: async (document, next) => {
      if (this.open.delete(document.uri.toString())) await next(document);
    },
    provideHover: (document, position, token, next) => (this.has(document) ? next(document, position, token) : null),
    provideCompletionItem: (document, position, context, token, next) =>
      this.has(document) ? next(document, position, context, token) : null,
    provideCodeActions: (document, range, context, token, next) =>
      this.has(document) ? next(document, range, context, token) : null,
    provideCodeLenses: (document, token, next) =>
      this.has(document) && setting(document, "codeLens.enable") ? next(document, token) : null,
    provideInlayHints: (document, range, token, next) =>
      this.has(document) && setting(document, "inlayHints.enable") ? next(document, range, token) : null,
    // VS Code's own outline of JSON would be doubled.
    provideDocumentSymbols: (document, token, next) =>
      this.has(document) && !document.languageId.startsWith("json") ? next(document, token) : null,
    provideFoldingRanges: (document, context, token, next) =>
      this.has(document) ? next(document, context, token) : null,
    provideDefinition: (document, position, token, next) => (this.has(document) ? next(document, position, token) : null),
    provideReferences: (document, position, options, token, next) =>
      this.has(document) ? next(document, position, options, token) : null,
    provideDocumentLinks: (document, token, next) => (this.has(document) ? next(document, token) : null),
    provideDocumentHighlights: (document, position, token, next) =>
      this.has(document) ? next(document, position, token) : null,
    provideDocumentFormattingEdits: (document, options, token, next) =>
      this.has(document) ? next(document, options, token) : null,
    provideRenameEdits: (document, position, newName, token, next) =>
      this.has(document) ? next(document, position, newName, token) : null,
    provideSelectionRanges: (document, positions, token, next) =>
      this.has(document) ? next(document, positions, token) : null,
    provideDocumentSemanticTokens: (document, token, next) => (this.has(document) ? next(document, token) : null),
    provideDocumentRangeSemanticTokens: (document, range, token, next) =>
      this.has(document) ? next(document, range, token) : null,
  };

  private async show(document: vscode.TextDocument): Promise<void> {
    await this.client?.getFeature(DidOpenTextDocumentNotification.method).getProvider(document)?.send(document);
  }
}

function enabled(document: vscode.TextDocument): boolean {
  return setting(document, "enable");
}

function setting(document: vscode.TextDocument, name: string): boolean {
  return vscode.workspace.getConfiguration("archlint", document).get<boolean>(name, true);
}
