package prom

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// discard is the log of servers whose handshakes are to fail.
var discard = log.New(io.Discard, "", 0)

// writeFile writes a file into a directory of the test's own.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestClientHTTPConfig(t *testing.T) {
	secret := writeFile(t, "secret", "s3cret\n")
	for _, test := range []struct {
		name, config string
		header       string
		want         string
	}{
		{"nothing", "{}", "Authorization", ""},
		{"basic auth", "basic_auth: {username: me, password: s3cret}", "Authorization", "Basic bWU6czNjcmV0"},
		{"basic auth from a file", "basic_auth: {username: me, password_file: " + secret + "}", "Authorization", "Basic bWU6czNjcmV0"},
		{"a bearer token", "authorization: {credentials: s3cret}", "Authorization", "Bearer s3cret"},
		{"a bearer token from a file", "bearer_token_file: " + secret, "Authorization", "Bearer s3cret"},
		{"a token of another kind", "authorization: {type: Token, credentials_file: " + secret + "}", "Authorization", "Token s3cret"},
		{"headers", "http_headers: {X-Scope-OrgID: {values: [tenant]}}", "X-Scope-Orgid", "tenant"},
		{"OAuth2", "oauth2: {client_id: me, client_secret: s3cret, token_url: URL/token}", "Authorization", "Bearer from-oauth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/token" {
					answer(w, `{"access_token": "from-oauth", "token_type": "Bearer", "expires_in": 3600}`)
					return
				}
				got = r.Header.Get(test.header)
				answer(w, emptyAnswer)
			})
			file := writeFile(t, "http.yml", strings.ReplaceAll(test.config, "URL", s.URL))
			if _, err := newTestClient(t, Options{URL: s.URL, HTTPConfigFile: file}).Range(t.Context(), anHour); err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("%s is %q, want %q", test.header, got, test.want)
			}
		})
	}
}

func TestClientTLS(t *testing.T) {
	s := httptest.NewTLSServer(status(200, emptyAnswer))
	t.Cleanup(s.Close)
	ca := writeFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	for _, config := range []string{"tls_config: {ca_file: " + ca + "}", "tls_config: {insecure_skip_verify: true}"} {
		file := writeFile(t, "http.yml", config)
		if _, err := newTestClient(t, Options{URL: s.URL, HTTPConfigFile: file}).Range(t.Context(), anHour); err != nil {
			t.Errorf("%s: %v", config, err)
		}
	}
}

func TestHTTPConfigErrors(t *testing.T) {
	for _, test := range []struct{ name, config, want string }{
		{
			"an unknown key", "basic_auht: {}",
			"reading --http-config-file FILE: yaml: unmarshal errors: line 1: field basic_auht not found in type config.plain; want the http_client_config format of Prometheus",
		},
		{
			// The password stands where a map belongs, and must not be quoted.
			"a password in the wrong place", "basic_auth: s3cret",
			"reading --http-config-file FILE: yaml: unmarshal errors: line 1: cannot unmarshal !!str (value) into config.plain; want the http_client_config format of Prometheus",
		},
		{
			"two kinds of login", "{bearer_token: s3cret, basic_auth: {username: me, password: s3cret}}",
			"reading --http-config-file FILE: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured; want the http_client_config format of Prometheus",
		},
		{
			"a CA that is not there", "tls_config: {ca_file: gone.pem}",
			"reading --http-config-file FILE: unable to read CA cert: unable to read file DIR/gone.pem: open DIR/gone.pem: no such file or directory",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := writeFile(t, "http.yml", test.config)
			want := strings.NewReplacer("FILE", file, "DIR", filepath.Dir(file)).Replace(test.want)
			_, err := NewClient(Options{URL: "http://prometheus:9090", HTTPConfigFile: file})
			if err == nil || err.Error() != want {
				t.Errorf("got error\n\t%v, want\n\t%s", err, want)
			}
		})
	}
	_, err := NewClient(Options{URL: "http://prometheus:9090", HTTPConfigFile: "gone.yml"})
	if want := "reading --http-config-file: open gone.yml: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("a file that is not there: got error %v, want %s", err, want)
	}
}
