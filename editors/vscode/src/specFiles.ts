/**
 * Which documents are worth showing to the server: a test of a few microseconds, wide on purpose.
 *
 * The server decides what a file is (`archlint why FILE`); this only keeps the thousands of other JSON, YAML and
 * Markdown documents away from it. What passes here by mistake costs one silent look, what fails gets no help.
 */
import * as vscode from "vscode";

/** The languages a spec file can be written in. */
export const languages = ["json", "jsonc", "yaml", "markdown"] as const;

/** Where documents with spec files come from: files, and what has not been saved yet. */
export const schemes = ["file", "untitled"] as const;

/** Spec files by name, for a first look at a workspace. */
export const usualNames = "**/{*.arch.yaml,*.arch.yml,*.arch.json,models.yml,models.yaml,config.json,params.json}";

const linesRead = 2000;

const configKey =
  /"(model_type|architectures|num_hidden_layers|num_attention_heads|hidden_size|n_layers?|n_kv_heads|text_config|layer_mix|decoder_type|kv_cache_per_token(_bf16)?)"\s*:/;
const cardKey =
  /^[ \t]*(?:- )?["']?(layer_mix|decoder_type|kv_cache_per_token(_bf16)?|model_type|context_tokens|license_name|num_hidden_layers)["']?[ \t]*:/m;
const archFile = /\.arch\.(ya?ml|json)$/i;
const galleryFile = /(^|[\\/])models\.ya?ml$/i;
const galleryKey = /^[ \t]+(scale|company|attention|date|config|summary|architecture)[ \t]*:/m;
const readme = /(^|[\\/.])readme\.md$/i;

/** Whether the document may be a spec file. */
export function maybeSpec(document: vscode.TextDocument): boolean {
  if (!(schemes as readonly string[]).includes(document.uri.scheme)) return false;
  if (!(languages as readonly string[]).includes(document.languageId)) return false;
  return maybeSpecText(document.languageId, document.fileName, document.getText(new vscode.Range(0, 0, linesRead, 0)));
}

/** The same for a text and its name. */
export function maybeSpecText(languageId: string, fileName: string, text: string): boolean {
  switch (languageId) {
    case "json":
    case "jsonc":
      return archFile.test(fileName) || configKey.test(text);
    case "yaml":
      return archFile.test(fileName) || cardKey.test(text) || (galleryFile.test(fileName) && galleryKey.test(text));
    case "markdown":
      return readme.test(fileName) ? /^\uFEFF?---/.test(text) : /^\uFEFF?---/.test(text) && /^base_model\s*:/m.test(text);
    default:
      return false;
  }
}
