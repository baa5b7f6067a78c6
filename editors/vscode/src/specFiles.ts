/** Which documents are worth showing to the server. */
import * as vscode from "vscode";
import { languages, maybeSpecText } from "./specText";

/** Where documents with spec files come from: files, and what has not been saved yet. */
export const schemes = ["file", "untitled"] as const;

const linesRead = 2000;

/** Whether the document may be a spec file. */
export function maybeSpec(document: vscode.TextDocument): boolean {
  if (!(schemes as readonly string[]).includes(document.uri.scheme)) return false;
  if (!(languages as readonly string[]).includes(document.languageId)) return false;
  return maybeSpecText(document.languageId, document.fileName, document.getText(new vscode.Range(0, 0, linesRead, 0)));
}
