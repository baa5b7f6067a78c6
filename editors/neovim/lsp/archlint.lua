-- archlint for Neovim 0.11 and later: `vim.lsp.enable('archlint')` finds this file on the runtime path.
--
-- The server is shown spec files only: buffers whose text looks like a model's config, a gallery or a model card.

local lines_read = 2000

local telling = {
  'model_type', 'architectures', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'hidden_size',
  'n_layer', 'n_layers', 'n_head', 'n_heads', 'n_kv_heads', 'n_embd', 'd_model', 'text_config', 'transformers_version',
  'layer_mix', 'decoder_type', 'kv_cache_per_token', 'kv_cache_per_token_bf16', 'context_tokens', 'license_name',
}

---@param text string
---@param keys string[]
---@param pattern string with the key for its %s
local function has_key(text, keys, pattern)
  for _, key in ipairs(keys) do
    if text:find(pattern:format(vim.pesc(key))) then
      return true
    end
  end
  return false
end

---@param buffer integer
local function is_spec(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  if name:find('%.arch%.ya?ml$') or name:find('%.arch%.json$') then
    return true
  end
  local text = '\n' .. table.concat(vim.api.nvim_buf_get_lines(buffer, 0, lines_read, false), '\n')
  local kind = vim.bo[buffer].filetype
  if kind == 'json' or kind == 'jsonc' then
    return has_key(text, telling, '"%s"%%s*:')
  elseif kind == 'yaml' then
    return has_key(text, telling, '\n[ %%-]*["\']?%s["\']?%%s*:')
  elseif kind == 'markdown' then
    local start = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, 21, false), '\n'):gsub('^\239\187\191', '')
    return name:lower():find('readme%.md$') ~= nil and ('\n' .. start .. '\n'):find('\n%-%-%-%s-\n') ~= nil
  end
  return false
end

---@type vim.lsp.Config
return {
  cmd = { 'archlint', 'server' },
  filetypes = { 'json', 'jsonc', 'yaml', 'markdown' },
  root_dir = function(buffer, on_root)
    if is_spec(buffer) then
      on_root(vim.fs.root(buffer, { 'archlint.toml', 'pyproject.toml', '.git' }) or vim.fn.getcwd())
    end
  end,
  settings = { archlint = vim.empty_dict() },
}
