-- archlint for Neovim 0.11 and later: `vim.lsp.enable('archlint')` finds this file on the runtime path.
--
-- The server is shown spec files only: buffers whose text looks like a model's config, a gallery or a model card.

local lines_read = 2000

local config_key = {
  'model_type', 'architectures', 'num_hidden_layers', 'num_attention_heads', 'hidden_size', 'n_layer', 'n_layers',
  'n_kv_heads', 'text_config', 'layer_mix', 'decoder_type', 'kv_cache_per_token', 'kv_cache_per_token_bf16',
}
local card_key = {
  'layer_mix', 'decoder_type', 'kv_cache_per_token', 'kv_cache_per_token_bf16', 'model_type', 'context_tokens',
  'license_name', 'num_hidden_layers',
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
    return has_key(text, config_key, '"%s"%%s*:')
  elseif kind == 'yaml' then
    return has_key(text, card_key, '\n[ %%-]*["\']?%s["\']?%%s*:')
  elseif kind == 'markdown' then
    return name:lower():find('readme%.md$') ~= nil and text:find('^\n\239?\187?\191?%-%-%-') ~= nil
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
