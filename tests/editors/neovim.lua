-- Run by tests/editors/run.sh: nvim --clean --headless -u NONE -l tests/editors/neovim.lua CONFIGURATION WORKSPACE
-- Drives Neovim as a user would, with the configuration that editors/neovim ships; ARCHLINT names the server.

local configuration, workspace = arg[1], arg[2]
local patience = 30000
local passed, failed = 0, 0

local function test(name, run)
  local ok, problem = xpcall(run, debug.traceback)
  if ok then
    passed = passed + 1
    print('ok   ' .. name .. '\n')
  else
    failed = failed + 1
    print('FAIL ' .. name .. '\n' .. tostring(problem) .. '\n')
  end
end

local function until_true(condition, complaint)
  if not vim.wait(patience, condition, 20) then
    error(type(complaint) == 'function' and complaint() or complaint, 2)
  end
end

local function open(name)
  vim.cmd.edit(vim.fs.joinpath(workspace, name))
  return vim.api.nvim_get_current_buf()
end

local function clients(buffer)
  return vim.lsp.get_clients({ bufnr = buffer, name = 'archlint' })
end

local function errors(buffer)
  return vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR })
end

local function said(buffer)
  return vim.inspect(vim.tbl_map(function(each)
    return ('%d:%d %s %s'):format(each.lnum + 1, each.col + 1, each.code or '', each.message)
  end, vim.diagnostic.get(buffer)))
end

--- The first answer of the server to a request about a place, both from 1.
local function ask(buffer, method, line, column, more)
  local client = assert(clients(buffer)[1], 'no server')
  local parameters = vim.tbl_extend('force', {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    position = { line = line - 1, character = column - 1 },
  }, more or {})
  local answer = assert(client:request_sync(method, parameters, patience, buffer), method .. ': no answer in time')
  assert(answer.err == nil, vim.inspect(answer.err))
  return answer.result
end

local function line_of(buffer, text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      return number, column
    end
  end
  error('no line with ' .. text)
end

vim.opt.runtimepath:append(configuration)
vim.lsp.config('archlint', { cmd = { assert(os.getenv('ARCHLINT'), 'ARCHLINT is not set'), 'server' } })
vim.lsp.enable('archlint')
vim.cmd('filetype on')

local function end_here()
  print(('%d passed, %d failed\n'):format(passed, failed))
  os.exit(failed == 0 and 0 or 1)
end

local gallery

test('a gallery starts the server and is diagnosed', function()
  gallery = open('models.yml')
  until_true(function() return #clients(gallery) == 1 end, 'the server does not start')
  until_true(function() return #errors(gallery) > 0 end, function() return 'no error found: ' .. said(gallery) end)
  local found = errors(gallery)
  assert(#found == 1, said(gallery))
  local line, column = line_of(gallery, "512 KiB")
  assert(found[1].lnum == line - 1, said(gallery))
  assert(found[1].col <= column - 1 and found[1].end_col >= column - 1 + #'512 KiB', said(gallery))
  assert(found[1].source == 'archlint' and found[1].code == 'KVC001', vim.inspect(found[1]))
  assert(found[1].message:find('128 KiB', 1, true), found[1].message)
end)

if failed > 0 then
  local log = io.open(vim.lsp.get_log_path())
  print(log and log:read('a'):sub(-4000) or 'no log')
  end_here()
end

test('findings are shown once, pulled and not pushed as well', function()
  vim.wait(500)
  assert(#errors(gallery) == 1, said(gallery))
end)

test('JSON that describes no model does not reach the server', function()
  local settings = open('settings.json')
  vim.wait(300)
  assert(#clients(settings) == 0, 'attached to settings.json')
end)

test('a config starts the same server', function()
  local config = open('configs/meta-llama/Meta-Llama-3-8B/config.json')
  until_true(function() return #clients(config) == 1 end, 'not attached')
  assert(clients(config)[1].id == clients(gallery)[1].id, 'a second server was started')
  local line, column = line_of(config, '"num_key_value_heads"')
  local hover = ask(config, 'textDocument/hover', line, column + 3)
  assert(hover.contents.value:find('KV', 1, true), vim.inspect(hover))
end)

test('the hover on a written figure shows the derived one', function()
  vim.api.nvim_set_current_buf(gallery)
  local line, column = line_of(gallery, '512 KiB')
  local hover = ask(gallery, 'textDocument/hover', line, column)
  assert(hover.contents.value:find('128 KiB', 1, true), vim.inspect(hover))
end)

test('the hover that K opens reads as text, without signs of Markdown before the letters', function()
  local line, column = line_of(gallery, '512 KiB')
  vim.api.nvim_win_set_cursor(0, { line, column })
  vim.lsp.buf.hover()
  local float
  until_true(function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        float = window
      end
    end
    return float ~= nil
  end, 'no floating window')
  local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(float), 0, -1, false), '\n')
  vim.api.nvim_win_close(float, true)
  assert(text:find('kv_cache_per_token_bf16', 1, true) and text:find('KVC001', 1, true), text)
  assert(not text:find('\\', 1, true), 'backslashes: ' .. text)
  local _, times = text:gsub('= 131,072 B', '')
  assert(times == 1, ('the arithmetic is said %d times: %s'):format(times, text))
end)

test('an edit moves the findings with it', function()
  local line = line_of(gallery, '512 KiB')
  local before = vim.api.nvim_buf_get_lines(gallery, line - 1, line, false)[1]
  vim.api.nvim_buf_set_lines(gallery, line - 1, line, false, { (before:gsub('512', '128')) })
  until_true(function() return #errors(gallery) == 0 end, function() return 'still: ' .. said(gallery) end)
  vim.api.nvim_buf_set_lines(gallery, line - 1, line, false, { before })
  until_true(function() return #errors(gallery) == 1 end, function() return 'not back: ' .. said(gallery) end)
end)

test('a half-typed entry costs that entry only', function()
  local last = vim.api.nvim_buf_line_count(gallery)
  vim.api.nvim_buf_set_lines(gallery, last, last, false, { 'A new model:', '  scale: [8B', '  laye' })
  until_true(function() return #errors(gallery) >= 2 end, function() return 'no syntax finding: ' .. said(gallery) end)
  local kept = vim.iter(errors(gallery)):any(function(each) return each.code == 'KVC001' end)
  assert(kept, 'the finding of an intact entry is gone: ' .. said(gallery))
  vim.api.nvim_buf_set_lines(gallery, last, -1, false, {})
  until_true(function() return #errors(gallery) == 1 end, function() return 'not clean again: ' .. said(gallery) end)
end)

test('completion offers keys that are not there yet, and no second colon', function()
  local line = line_of(gallery, 'kv_cache_per_token_bf16')
  vim.api.nvim_buf_set_lines(gallery, line, line, false, { '  high' })
  local answer = ask(gallery, 'textDocument/completion', line + 1, 7, { context = { triggerKind = 1 } })
  local items = answer.items or answer
  local labels = vim.tbl_map(function(item) return item.label end, items)
  assert(vim.list_contains(labels, 'highlight'), vim.inspect(labels))
  assert(not vim.list_contains(labels, 'kv_cache_per_token_bf16'), 'offers a key that is there')
  vim.api.nvim_buf_set_lines(gallery, line, line + 1, false, {})
  until_true(function() return #errors(gallery) == 1 end, function() return 'not clean again: ' .. said(gallery) end)
end)

test('inlay hints and code lenses are there', function()
  local whole = { start = { line = 0, character = 0 }, ['end'] = { line = 40, character = 0 } }
  assert(#ask(gallery, 'textDocument/inlayHint', 1, 1, { range = whole }) > 0, 'no inlay hint')
  assert(#ask(gallery, 'textDocument/codeLens', 1, 1) > 0, 'no code lens')
end)

--- Answers of all servers of a buffer, by their name.
local function ask_all(buffer, method, line, column, more)
  local answers = {}
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
    if client:supports_method(method) then
      local parameters = vim.tbl_extend('force', {
        textDocument = { uri = vim.uri_from_bufnr(buffer) },
        position = { line = line - 1, character = column - 1 },
      }, more or {})
      local answer = client:request_sync(method, parameters, patience, buffer)
      answers[client.name] = answer and answer.result or nil
    end
  end
  return answers
end

local function texts(answer)
  local contents = type(answer) == 'table' and answer.contents or nil
  return contents and vim.inspect(contents) or ''
end

--- Start another server on the buffer, and hold both to: one says what a key means, no completion comes twice.
local function beside(buffer, name, command, settings, line, column)
  local id = vim.lsp.start({ name = name, cmd = command, settings = settings, root_dir = workspace }, { bufnr = buffer })
  until_true(function() return id and vim.lsp.get_client_by_id(id).initialized end, name .. ' does not start')
  vim.wait(1500)
  local hovers = ask_all(buffer, 'textDocument/hover', line, column)
  assert(texts(hovers.archlint) ~= '', 'archlint says nothing')
  assert(texts(hovers[name]) == '', ('a second hover, of %s: %s'):format(name, texts(hovers[name])))
  local seen = {}
  for server, answer in pairs(ask_all(buffer, 'textDocument/completion', line, column, { context = { triggerKind = 1 } })) do
    for _, item in ipairs(type(answer) == 'table' and (answer.items or answer) or {}) do
      assert(not seen[item.label], ('%s is offered by %s and %s'):format(item.label, seen[item.label] or '', server))
      seen[item.label] = server
    end
  end
  vim.lsp.get_client_by_id(id):stop(true)
  until_true(function() return vim.lsp.get_client_by_id(id) == nil end, name .. ' does not stop')
end

test('beside a YAML server, help comes once', function()
  local off = { yaml = { schemaStore = { enable = false } } }
  local line, column = line_of(gallery, 'layer_mix')
  beside(gallery, 'yamlls', { assert(os.getenv('YAML_SERVER')), '--stdio' }, off, line, column + 2)
end)

test('beside a JSON server, help comes once', function()
  local config = open('configs/meta-llama/Meta-Llama-3-8B/config.json')
  local line, column = line_of(config, '"num_key_value_heads"')
  beside(config, 'jsonls', { assert(os.getenv('JSON_SERVER')), '--stdio' }, {}, line, column + 3)
  vim.api.nvim_set_current_buf(gallery)
end)

test('the code action writes the recomputed figure, and the finding goes', function()
  local line, column = line_of(gallery, '512 KiB')
  vim.api.nvim_win_set_cursor(0, { line, column })
  local choices
  vim.ui.select = function(items, _, choose) -- where more than one is offered, take the preferred one
    choices = items
    for index, item in ipairs(items) do
      if item.action.isPreferred then
        return choose(item, index)
      end
    end
    choose(items[1], 1)
  end
  vim.lsp.buf.code_action({ apply = true, context = { only = { 'quickfix' } } })
  until_true(function() return #errors(gallery) == 0 end, function()
    return 'still: ' .. said(gallery) .. '\noffered: ' .. vim.inspect(choices)
  end)
  local text = vim.api.nvim_buf_get_lines(gallery, line - 1, line, false)[1]
  assert(text:find("'128 KiB'", 1, true), text)
end)

test('the server stops', function()
  vim.lsp.enable('archlint', false)
  for _, client in ipairs(vim.lsp.get_clients({ name = 'archlint' })) do
    client:stop()
  end
  until_true(function() return #vim.lsp.get_clients({ name = 'archlint' }) == 0 end, 'still running')
end)

end_here()
