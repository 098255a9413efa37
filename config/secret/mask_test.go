package secret

import (
	"slices"
	"strings"
	"testing"
)

func TestArgs(t *testing.T) {
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
		// Names of files and of other things are shown.
		{"serve|--password-file|/run/p", "serve|--password-file|/run/p"},
		{"serve|--token-url=http://h/", "serve|--token-url=http://h/"},
		{"serve|--key|tls.pem|--max-tokens|5", "serve|--key|tls.pem|--max-tokens|5"},
		{"serve|--key|x1|TLS_KEY=certs/dev.key|KEY=x1", "serve|--key|***|TLS_KEY=certs/dev.key|KEY=***"},
		{"SESSION_ID=x1|DSN=x2|http://h/?key=x1", "SESSION_ID=***|DSN=***|http://h/?key=***"},
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
		got := strings.Join(Args(strings.Split(test.in, "|")), "|")
		if got != test.want {
			t.Errorf("%q: got %q; want %q", test.in, got, test.want)
		}
	}
}

func FuzzArgs(f *testing.F) {
	for _, seed := range []string{"--password|x", "a://b:c@d", "=:@", "token=|secret:", "-u|a:b", "Bearer|x", "sh -c|a  b\tc", `{"a":"b"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		argv := strings.Split(text, "|")
		before := slices.Clone(argv)
		got := Args(argv)
		if len(got) != len(argv) || !slices.Equal(argv, before) {
			t.Fatalf("%q: got %q; want as many words, and the others unchanged", before, got)
		}
		// Whatever stands around it, the value of a plain secret flag is hidden.
		const secret = "Zq9secretvalueZq9"
		for _, word := range Args([]string{text, "--password=" + secret, text, "--end", "TOKEN=" + secret}) {
			if strings.Contains(word, secret) && !strings.Contains(text, "Zq9") {
				t.Fatalf("%q: got %q", text, word)
			}
		}
	})
}

func BenchmarkArgs(b *testing.B) {
	argv := []string{"node", "server.js", "--port", "61234", "--db=postgres://a:b@127.0.0.1/db", "--verbose"}
	b.ReportAllocs()
	for b.Loop() {
		Args(argv)
	}
}
