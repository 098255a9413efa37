package diag

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mvdan.cc/sh/v3/shell"
)

func TestAge(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", 999 * time.Millisecond: "just now", time.Second: "1s ago", 59 * time.Second: "59s ago",
		time.Minute: "1m ago", 59*time.Minute + 59*time.Second: "59m ago", time.Hour: "1h ago", 47 * time.Hour: "47h ago",
		48 * time.Hour: "2 days ago", 729 * 24 * time.Hour: "729 days ago", 800 * 24 * time.Hour: "2 years ago",
	}
	for ago, want := range tests {
		if got := Age(now.Add(-ago), now); got != want {
			t.Errorf("%v: got %q; want %q", ago, got, want)
		}
	}
	if got := Age(time.Time{}, now); got != "" {
		t.Errorf("zero time: got %q; want nothing", got)
	}
}

func TestSpan(t *testing.T) {
	tests := map[time.Duration]string{
		-1: "0s", 0: "0s", 1500 * time.Microsecond: "2ms", 340 * time.Millisecond: "340ms", 1540 * time.Millisecond: "1.5s",
		10 * time.Second: "10s", 30*time.Second + 400*time.Millisecond: "30s", time.Minute: "1m", 90 * time.Second: "1m30s",
		time.Hour: "1h", 65 * time.Minute: "1h5m",
	}
	for d, want := range tests {
		if got := Span(d); got != want {
			t.Errorf("%v: got %q; want %q", d, got, want)
		}
	}
}

func TestShortenPath(t *testing.T) {
	tests := []struct{ path, home, want string }{
		{"/home/ada/shop", "/home/ada", "~/shop"}, {"/home/ada", "/home/ada", "~"}, {"/home/ada/shop", "/home/ada/", "~/shop"},
		{"/home/adam/shop", "/home/ada", "/home/adam/shop"}, {"/srv", "/home/ada", "/srv"}, {"/srv", "", "/srv"}, {"/srv", "/", "/srv"}, {"", "/home/ada", ""},
	}
	for _, test := range tests {
		if got := ShortenPath(test.path, test.home); got != test.want {
			t.Errorf("%q at home in %q: got %q; want %q", test.path, test.home, got, test.want)
		}
	}
}

func TestMaskArgs(t *testing.T) {
	tests := []struct{ in, want string }{
		// Flags and variables.
		{"serve|--password|x1", "serve|--password|***"},
		{"serve|--token=x1|-v", "serve|--token=***|-v"},
		{"serve|-password|x1", "serve|-password|***"},
		{"serve|--api-key|x1|--port|80", "serve|--api-key|***|--port|80"},
		{"serve|--apiKey=x1;a&b", "serve|--apiKey=***"},
		{"serve|--password|--port|80", "serve|--password|--port|80"},
		{"serve|--password|-", "serve|--password|***"},
		{"serve|--password", "serve|--password"},
		{"serve|--no-password|x1", "serve|--no-password|x1"},
		{"env|PASSWORD=x1|DB_PASS=x2|serve", "env|PASSWORD=***|DB_PASS=***|serve"},
		{"java|-DdbPassword=x1|-Dport=80", "java|-DdbPassword=***|-Dport=80"},
		{"docker|run|-e|AWS_SECRET_ACCESS_KEY=x1", "docker|run|-e|AWS_SECRET_ACCESS_KEY=***"},
		{"serve|--github-token|x1", "serve|--github-token|***"},
		{"serve|--private_key=x1", "serve|--private_key=***"},
		// What only says where a secret is, or is none.
		{"serve|--password-file|/run/p", "serve|--password-file|/run/p"},
		{"serve|--token-url=http://h/", "serve|--token-url=http://h/"},
		{"serve|--key|tls.pem|--max-tokens|5", "serve|--key|tls.pem|--max-tokens|5"},
		{"PWD=/srv|serve|--author|ada", "PWD=/srv|serve|--author|ada"},
		{"serve|--compass|x|--keyboard|us|--monkey|y", "serve|--compass|x|--keyboard|us|--monkey|y"},
		// URLs, logins and connection strings.
		{"postgres://ada:x1@127.0.0.1:5432/db?sslmode=off", "postgres://ada:***@127.0.0.1:5432/db?sslmode=off"},
		{"DB=postgres://ada:x1@h/db", "DB=postgres://ada:***@h/db"},
		{"--db=mysql://ada:x/1@h/db", "--db=mysql://ada:***@h/db"},
		{"redis://:x1@h:6379", "redis://:***@h:6379"},
		{"https://ghp_0123456789abcdefghij@github.com/a/b", "https://***@github.com/a/b"},
		{"http://localhost:3000/@vite/client", "http://localhost:3000/@vite/client"},
		{"git@github.com:a/b", "git@github.com:a/b"},
		{"http://h/?a=b&token=x1&c=d", "http://h/?a=b&token=***&c=d"},
		{"ada:x1@tcp(127.0.0.1:3306)/db", "ada:***@tcp(127.0.0.1:3306)/db"},
		{"Server=h;Password=x1;Port=1", "Server=h;Password=***;Port=1"},
		{`{"password":"x1","port":80}`, `{"password":"***","port":80}`},
		{"curl|-u|ada:x1|http://h", "curl|-u|ada:***|http://h"},
		{"docker|run|--user|1000:1000|img", "docker|run|--user|1000:1000|img"},
		// Text inside a word.
		{"curl|-H|Authorization: Bearer x1", "curl|-H|Authorization: ***"},
		{"curl|--header=Authorization: Bearer x1", "curl|--header=Authorization: Bearer ***"},
		{"curl|-H|X-Api-Key: x1|-H|Accept: a", "curl|-H|X-Api-Key: ***|-H|Accept: a"},
		{"sh|-c|TOKEN=x1 serve --password x2  --port 80", "sh|-c|TOKEN=*** serve --password ***  --port 80"},
		{`sh|-c|curl -H "Authorization: Bearer x1" http://h`, `sh|-c|curl -H "Authorization: Bearer *** http://h`},
		{"", ""}, {"-", "-"}, {"--", "--"}, {"=", "="}, {":", ":"}, {"://", "://"}, {"@", "@"},
	}
	for _, test := range tests {
		got := strings.Join(MaskArgs(strings.Split(test.in, "|")), "|")
		if got != test.want {
			t.Errorf("%q: got %q; want %q", test.in, got, test.want)
		}
	}
}

func TestSecretName(t *testing.T) {
	tests := map[string]bool{
		"PASSWORD": true, "dbPassword": true, "DB_PWD": true, "PWD": false, "OLDPWD": false, "token": true, "tokenizer": false,
		"SECRET_KEY_BASE": true, "AWS_ACCESS_KEY_ID": false, "AWS_SECRET_ACCESS_KEY": true, "apikey": true, "API_KEY": true,
		"KEY": false, "author": false, "AUTH": true, "Cookie": true, "passenger": false, "bypass": false, "": false, "--": false,
		"DATABASE_URL": false, "GITHUB_TOKEN": true, "JWT": true, "npm_config__authToken": true,
	}
	for name, want := range tests {
		if got := SecretName(name); got != want {
			t.Errorf("%q: got %v; want %v", name, got, want)
		}
	}
}

func TestShellJoin(t *testing.T) {
	tests := []struct {
		argv []string
		want string
	}{
		{[]string{"node", "server.js", "--port=80"}, "node server.js --port=80"},
		{[]string{"a b", "", "it's", "$HOME", "*"}, `'a b' '' 'it'\''s' '$HOME' '*'`},
		{[]string{"a\nb", "\x1b[1m", "t\tq'"}, `$'a\nb' $'\033[1m' $'t\tq\''`},
		{[]string{"~/x", "ü"}, `'~/x' 'ü'`},
	}
	for _, test := range tests {
		if got := ShellJoin(test.argv); got != test.want {
			t.Errorf("%q: got %s; want %s", test.argv, got, test.want)
		}
	}
}

func TestShown(t *testing.T) {
	if got := Shown([]string{"serve", "--password", "a b", "--db=postgres://a:b@h/?x=y"}); got != "serve --password *** '--db=postgres://a:***@h/?x=y'" {
		t.Errorf("got %s; want the secrets masked and the rest quoted", got)
	}
	if got := Shown([]string{strings.Repeat("x", 1000)}); utf8.RuneCountInString(got) != maxCommandShown+2 {
		t.Errorf("got %d runes; want %d", utf8.RuneCountInString(got), maxCommandShown+2)
	}
	if got := Shown(nil); got != "" {
		t.Errorf("got %q; want nothing", got)
	}
}

// FuzzShellJoin has a shell's own parser read each line again.
func FuzzShellJoin(f *testing.F) {
	for _, seed := range []string{"a", "a|b c|'", "$x|`y`|\\", "\x01|é|\u202e", "\xff|1\x001", "|", "***", "~|=ls|{a,b}|!x|#c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) || strings.ContainsRune(text, '\r') {
			return // No argument can hold NUL; the parser that reads it back drops CR.
		}
		argv := strings.Split(text, "|")
		line := ShellJoin(argv)
		if strings.ContainsFunc(line, unsafe) && utf8.ValidString(line) {
			t.Fatalf("%q: got %q; want one printable line", argv, line)
		}
		if !utf8.ValidString(text) {
			return
		}
		got, err := shell.Fields(line, nil)
		if err != nil || !slices.Equal(got, argv) {
			t.Fatalf("%q became %s, which is %q, %v", argv, line, got, err)
		}
	})
}

func FuzzMaskArgs(f *testing.F) {
	for _, seed := range []string{"--password|x", "a://b:c@d", "=:@", "token=|secret:", "-u|a:b", "Bearer|x", "sh -c|a  b\tc", `{"a":"b"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		argv := strings.Split(text, "|")
		before := slices.Clone(argv)
		got := MaskArgs(argv)
		if len(got) != len(argv) || !slices.Equal(argv, before) {
			t.Fatalf("%q: got %q; want as many words, and the others unchanged", before, got)
		}
		// Whatever stands around it, the value of a plain secret flag is hidden.
		const secret = "Zq9secretvalueZq9"
		for _, word := range MaskArgs([]string{text, "--password=" + secret, text, "--end", "TOKEN=" + secret}) {
			if strings.Contains(word, secret) && !strings.Contains(text, "Zq9") {
				t.Fatalf("%q: got %q", text, word)
			}
		}
		Shown(argv)
	})
}

func BenchmarkMaskArgs(b *testing.B) {
	argv := []string{"node", "server.js", "--port", "61234", "--db=postgres://a:b@127.0.0.1/db", "--verbose"}
	b.ReportAllocs()
	for b.Loop() {
		MaskArgs(argv)
	}
}
