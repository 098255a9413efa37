package framework

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnserved(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "shop"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"main.py":     "from fastapi import FastAPI\n\napp = FastAPI(title=\"x\")\n",
		"shop/web.py": "import flask\n\nserver: flask.Flask = flask.Flask(__name__)\n",
		"job.py":      "print('done')\n",
		"inner.py":    "def make():\n    app = FastAPI()\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for command, want := range map[string]string{
		"python3 main.py":            "python3 -m uvicorn main:app",
		"python3 -u ./main.py --now": "python3 -u -m uvicorn main:app",
		"uv run main.py":             "uv run uvicorn main:app",
		".venv/bin/python main.py":   ".venv/bin/python -m uvicorn main:app",
		"python3 shop/web.py":        "python3 -m flask --app shop.web:server run",
		"python3 job.py":             "",
		"python3 inner.py":           "",
		"python3 missing.py":         "",
		"python3 ../main.py":         "",
		"python3 shop":               "",
		"main.py":                    "",
	} {
		if got := strings.Join(Unserved(strings.Fields(command), dir), " "); got != want {
			t.Errorf("%s: got %q; want %q", command, got, want)
		}
	}
}
