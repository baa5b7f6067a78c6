;;; archlint.el --- archlint in Eglot  -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Starts archlint for buffers that hold a spec file: a model's config.json, a gallery or a model card.
;;
;;   (require 'archlint)
;;   (dolist (hook archlint-hooks) (add-hook hook #'archlint-ensure))
;;
;; Eglot runs one server per buffer.  For spec files archlint takes the place of a general JSON or YAML server;
;; every other buffer keeps the one that `eglot-server-programs' says.

;;; Code:

(require 'eglot)

(defgroup archlint nil
  "The linter and language server for LLM architecture specs."
  :group 'tools)

(defcustom archlint-command '("archlint" "server")
  "How the server is started."
  :type '(repeat string))

(defconst archlint-modes
  '(json-mode js-json-mode json-ts-mode jsonc-mode yaml-mode yaml-ts-mode markdown-mode gfm-mode)
  "Modes of buffers that can hold a spec file.")

(defconst archlint-hooks
  (mapcar (lambda (mode) (intern (format "%s-hook" mode))) archlint-modes)
  "Their hooks.")

(defconst archlint--telling
  '("model_type" "architectures" "num_hidden_layers" "num_attention_heads" "num_key_value_heads" "hidden_size" "n_layer"
    "n_layers" "n_head" "n_heads" "n_kv_heads" "n_embd" "d_model" "text_config" "transformers_version" "layer_mix"
    "decoder_type" "kv_cache_per_token" "kv_cache_per_token_bf16" "context_tokens" "license_name")
  "Keys of which hardly any file but a spec file has one.")

(defconst archlint--in-json (concat "\"" (regexp-opt archlint--telling t) "\"[[:space:]]*:"))
(defconst archlint--in-yaml (concat "^[ -]*[\"']?" (regexp-opt archlint--telling t) "[\"']?[ \t]*:"))

(defun archlint-spec-p ()
  "Return whether the current buffer looks like a spec file."
  (let ((name (or (buffer-file-name) "")))
    (save-excursion
      (save-restriction
        (widen)
        (goto-char (point-min))
        (cond
         ((string-match-p (rx ".arch." (or "yaml" "yml" "json") eos) name) t)
         ((derived-mode-p 'markdown-mode)
          (and (string-match-p (rx (or bos "/" ".") "readme.md" eos) (downcase name))
               (re-search-forward "^\ufeff?---[ \t]*$" (line-beginning-position 21) t)))
         ((derived-mode-p 'json-mode 'js-json-mode 'json-ts-mode 'jsonc-mode)
          (re-search-forward archlint--in-json nil t))
         (t (re-search-forward archlint--in-yaml nil t)))))))

;;;###autoload
(defun archlint-ensure ()
  "Start archlint through Eglot when the current buffer holds a spec file."
  (when (archlint-spec-p)
    (setq-local eglot-server-programs (list (cons archlint-modes archlint-command)))
    (eglot-ensure)))

(provide 'archlint)
;;; archlint.el ends here
