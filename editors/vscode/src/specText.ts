/**
 * Whether a text may be a spec file: a test of a few microseconds, wide on purpose.
 *
 * The server decides what a file is (`archlint why FILE`); this only keeps the thousands of other JSON, YAML and
 * Markdown documents away from it. What passes here by mistake costs one silent look, what fails gets no help.
 */

/** The languages a spec file can be written in. */
export const languages = ["json", "jsonc", "yaml", "markdown"] as const;

/** Spec files by name, for a first look at a workspace. */
export const usualNames = "**/{*.arch.yaml,*.arch.yml,*.arch.json,models.yml,models.yaml,config.json,params.json}";

/** One of these keys is enough. */
const strong =
  "model_type|architectures|num_hidden_layers|num_attention_heads|num_key_value_heads|hidden_size|n_layers?|n_heads?|" +
  "n_kv_heads|n_embd|d_model|text_config|transformers_version|layer_mix|decoder_type|kv_cache_per_token(?:_bf16)?|" +
  "context_tokens|aai_profile|aa_intelligence_index|related_concepts|memory_calculator|hide_article_link";

/** Two different ones of these are needed. */
const weak =
  "scale|attention|vocab_size|license_name|license_url|highlight|tech_report|from_scratch|company|date|summary|image|" +
  "architecture|config|dim|num_layers|num_heads|head_dim|hidden_act|rope_theta|torch_dtype";

const inJson = {
  strong: new RegExp(`["'](?:${strong})["']\\s*:`),
  weak: new RegExp(`["'](${weak})["']\\s*:`, "g"),
};
const inYaml = {
  strong: new RegExp(`^[ \\t]*(?:- )?["']?(?:${strong})["']?[ \\t]*:`, "m"),
  weak: new RegExp(`^[ \\t]*(?:- )?["']?(${weak})["']?[ \\t]*:`, "gm"),
};
const archFile = /\.arch\.(ya?ml|json)$/i;
const readme = /(^|[\\/.])readme\.(md|markdown)$/i;
const frontMatter = /^(?:[^\n]*\n){0,20}---[ \t]*\r?(?:\n|$)/;

/** Whether the text of a file in one of the `languages` may be a spec. */
export function maybeSpecText(languageId: string, fileName: string, text: string): boolean {
  switch (languageId) {
    case "json":
    case "jsonc":
      return archFile.test(fileName) || hasKeys(text, inJson);
    case "yaml":
      return archFile.test(fileName) || hasKeys(text, inYaml) || hasKeys(text, inJson);
    case "markdown":
      return readme.test(fileName) && frontMatter.test(text.replace(/^\uFEFF/, ""));
    default:
      return false;
  }
}

function hasKeys(text: string, keys: typeof inJson): boolean {
  if (keys.strong.test(text)) return true;
  const found = new Set<string>();
  for (const match of text.matchAll(keys.weak)) {
    found.add(match[1] ?? "");
    if (found.size === 2) return true;
  }
  return false;
}
