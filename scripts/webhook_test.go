package scripts_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWebhookSignature: the receiver gets the bytes of the document, and the
// signature it computes itself, whatever the key.
func TestWebhookSignature(t *testing.T) {
	document := `{"kind": "health_report",  "description": "Größer – als zuvor"}` + "\n\n"
	for _, key := range []string{"k", `a "quoted\" key with $(dollars) %d`, "schlüssel", `6\6\`, strings.Repeat("sixty-four", 6) + "four", strings.Repeat("long", 20)} {
		var body []byte
		var header http.Header
		there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ = io.ReadAll(r.Body)
			header = r.Header
			w.WriteHeader(http.StatusNoContent)
		}))
		file := filepath.Join(t.TempDir(), "url")
		if err := os.WriteFile(file, []byte(there.URL+"/in?a=\"b\"&c=d"), 0o600); err != nil {
			t.Fatal(err)
		}
		works(t, document, []string{"WEBHOOK_URL_FILE=" + file, "WEBHOOK_SECRET=" + key}, "webhook.sh", "--header", "X-Hub-Signature-256")
		there.Close()
		if string(body) != document {
			t.Errorf("what arrived is %q", body)
		}
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		if want, got := "sha256="+hex.EncodeToString(mac.Sum(nil)), header.Get("X-Hub-Signature-256"); got != want {
			t.Errorf("by %q the signature is %s, want %s", key, got, want)
		}
		sum := sha256.Sum256(body)
		if header.Get("X-Tars-Delivery") != hex.EncodeToString(sum[:]) || header.Get("X-Tars-Kind") != "health_report" || header.Get("Content-Type") != "application/json" {
			t.Errorf("the headers are %v", header)
		}
	}
}
