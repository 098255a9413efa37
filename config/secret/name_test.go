package secret

import (
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	const secrets = `PASSWORD dbPassword DB_PWD PGPASSWORD MYSQL_PWD pass passwd DB_PASS passphrase
		token GITHUB_TOKEN npm_config__authToken API_TOKENS accesstoken token2 X-CSRF-Token
		SECRET SECRET_KEY_BASE AWS_SECRET_ACCESS_KEY client-secret clientsecret secrets
		KEY API_KEY apikey apiKey APIKey X-Api-Key private_key encryption.keys STRIPE_KEY
		AUTH Authorization Proxy-Authorization basicAuth oauth bearer JWT
		credential credentials aws_creds Cookie Set-Cookie cookies
		session SESSION_ID PHPSESSID JSESSIONID session.cookie private DSN SENTRY_DSN`
	const harmless = `PWD OLDPWD OLD_PWD KEYBOARD MONKEY keyboard-layout AUTHOR author authors AUTHORITY TOKENIZER tokenizer
		PASSTHROUGH passthrough passenger bypass compass HOTKEY monkeys turkey keymap
		AWS_ACCESS_KEY_ID password-file TOKEN_PATH token-url DATABASE_URL SESSION_TIMEOUT session_store XDG_SESSION_TYPE
		AUTH_TYPE SSH_AUTH_SOCK COOKIE_NAME max-tokens MAX_TOKENS PUBLIC_KEY public-key no-password primary_key
		privately secretary PORT HOST HOME PATH -- _ ETag Keep-Alive possession obsession`
	for name := range strings.FieldsSeq(secrets) {
		if !Name(name) {
			t.Errorf("Name(%q) = false; want true", name)
		}
	}
	for name := range strings.FieldsSeq(harmless) {
		if Name(name) {
			t.Errorf("Name(%q) = true; want false", name)
		}
	}
	if Name("") {
		t.Error("Name of nothing = true; want false")
	}
}
