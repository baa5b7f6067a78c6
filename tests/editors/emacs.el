;;; emacs.el --- archlint in Eglot, in batch  -*- lexical-binding: t; -*-

;; Run by tests/editors/run.sh: emacs --batch -l editors/emacs/archlint.el -l tests/editors/emacs.el WORKSPACE
;; ARCHLINT names the server.

(require 'package)
(package-initialize)
(require 'eglot)
(require 'flymake)
(require 'yaml-mode)
(require 'archlint)

(defvar workspace (car command-line-args-left))
(setq command-line-args-left nil)
(defvar patience 30)
(defvar passed 0)
(defvar failed 0)

(setq archlint-command (list (getenv "ARCHLINT") "server")
      eglot-sync-connect patience
      eglot-autoshutdown nil
      eglot-send-changes-idle-time 0
      eglot-confirm-server-initiated-edits nil
      make-backup-files nil)
(dolist (hook archlint-hooks) (add-hook hook #'archlint-ensure))
(add-to-list 'auto-mode-alist '("\\.ya?ml\\'" . yaml-mode))

(defmacro check (name &rest body)
  (declare (indent 1))
  `(condition-case problem
       (progn ,@body (setq passed (1+ passed)) (message "ok   %s" ,name))
     (error (setq failed (1+ failed)) (message "FAIL %s: %s" ,name (error-message-string problem)))))

(defun until (condition complaint)
  (let ((end (+ (float-time) patience)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.05))
    (or value (error "%s" (if (functionp complaint) (funcall complaint) complaint)))))

(defun found (&optional type)
  "Findings of the current buffer as (LINE . TEXT)."
  (delq nil
        (mapcar (lambda (each)
                  (when (or (null type) (eq type (flymake-diagnostic-type each)))
                    (cons (line-number-at-pos (flymake-diagnostic-beg each)) (flymake-diagnostic-text each))))
                (flymake-diagnostics))))

(defun errors () (found 'eglot-error))
(defun said () (format "%S" (found)))

(defun go (text)
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun ask (method &rest more)
  (eglot--signal-textDocument/didChange)
  (jsonrpc-request (eglot--current-server-or-lose) method (append (eglot--TextDocumentPositionParams) more)
                   :timeout patience))

(defun begin (name)
  (find-file (expand-file-name name workspace))
  ;; What a command loop would do after a file was visited:
  (run-hooks 'post-command-hook))

(defun look ()
  (eglot--signal-textDocument/didChange)
  (flymake-start))

(check "YAML that describes no model does not start the server"
  (with-temp-file (expand-file-name "other.yaml" workspace) (insert "a: 1\nservices:\n  - b\n"))
  (begin "other.yaml")
  (accept-process-output nil 0.3)
  (when (eglot-current-server) (error "started for other.yaml")))

(check "a gallery starts the server and is diagnosed"
  (begin "models.yml")
  (until #'eglot-current-server "the server does not start")
  (look)
  (until #'errors (lambda () (format "no error found: %s" (said))))
  (unless (= 1 (length (errors))) (error "%s" (said)))
  (go "512 KiB")
  (unless (= (line-number-at-pos) (caar (errors))) (error "wrong line: %s" (said)))
  (unless (string-match-p "128 KiB" (cdar (errors))) (error "%s" (said))))

(check "the hover on a written figure shows the derived one"
  (go "512 KiB")
  (let* ((contents (plist-get (ask :textDocument/hover) :contents))
         (text (plist-get contents :value)))
    (unless (string-match-p "128 KiB" text) (error "%S" contents))))

(check "ElDoc shows that hover, as Eglot asks for it"
  (go "512 KiB")
  (let (shown)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq shown text)))
    (until (lambda () shown) "nothing is shown")
    (unless (string-match-p "128 KiB" shown) (error "%S" shown))
    (when (string-match-p (rx (or "**" "\\_" "| |" "```")) (substring-no-properties shown))
      (error "Markdown where none was asked for: %S" shown))))

(check "an edit moves the findings with it"
  (go "512 KiB")
  (delete-char 3)
  (insert "128")
  (look)
  (until (lambda () (null (errors))) (lambda () (format "still: %s" (said))))
  (go "128 KiB")
  (delete-char 3)
  (insert "512")
  (look)
  (until #'errors "not back"))

(check "the code action writes the recomputed figure, and the finding goes"
  (go "512 KiB")
  (forward-char 1)
  (let* ((actions (eglot-code-actions (point) (1+ (point)) "quickfix"))
         (preferred (or (seq-find (lambda (each) (eq t (plist-get each :isPreferred))) actions) (car actions))))
    (unless preferred (error "no code action"))
    (when-let ((edit (plist-get preferred :edit)))
      (eglot--apply-workspace-edit edit))
    (unless (plist-get preferred :edit)
      (let ((resolved (jsonrpc-request (eglot--current-server-or-lose) :codeAction/resolve preferred)))
        (eglot--apply-workspace-edit (plist-get resolved :edit)))))
  (goto-char (point-min))
  (unless (search-forward "'128 KiB'" nil t) (error "the figure was not written"))
  (look)
  (until (lambda () (null (errors))) (lambda () (format "still: %s" (said)))))

(check "YAML that describes no model is passed over in silence"
  ;; Eglot shows a running server every buffer of its project and modes; the server says nothing about this one.
  (begin "other.yaml")
  (look)
  (accept-process-output nil 0.5)
  (when (found) (error "%s" (said))))

(message "%d passed, %d failed" passed failed)
(kill-emacs (if (= failed 0) 0 1))
;;; emacs.el ends here
