package scripts_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/veleron-dev/tars/fixtures/server"
)

// smtpServer starts a real one that puts mails into a Maildir; it returns its
// address and the directory of new mails.
func smtpServer(t *testing.T) (string, string) {
	t.Helper()
	server.Need(t, "aiosmtpd=python3-aiosmtpd")
	dir := filepath.Join(t.TempDir(), "mails")
	address := "127.0.0.1:" + freePort(t)
	start(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		return c.Close() == nil
	}, "aiosmtpd", "-n", "-l", address, "-c", "aiosmtpd.handlers.Mailbox", dir)
	return "smtp://" + address, filepath.Join(dir, "new")
}

// received returns the only new mail, its subject and its parts by type.
func received(t *testing.T, dir string) (*mail.Message, string, map[string]string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d mails came: %v", len(files), err)
	}
	file := filepath.Join(dir, files[0].Name())
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	message, err := mail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || message.Header.Get("MIME-Version") != "1.0" || message.Header.Get("Message-ID") == "" {
		t.Fatalf("%v: the headers are %v", err, message.Header)
	}
	if _, err := message.Header.Date(); err != nil {
		t.Error(err)
	}
	parts := map[string]string{}
	reader := multipart.NewReader(message.Body, params["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil || part.Header.Get("Content-Transfer-Encoding") != "base64" {
			t.Fatalf("%v: a part with %v", err, part.Header)
		}
		parts[part.Header.Get("Content-Type")] = string(body)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	return message, subject, parts
}

// TestEmail sends to a real SMTP server; what arrives is what was given.
func TestEmail(t *testing.T) {
	url, dir := smtpServer(t)
	const report = "# Gesundheit von Tag 3: größer\n\nLatenz – 503 ms ≥ 304 ms\n.\nlines of one dot end nothing\n"
	page := "<!doctype html><meta charset=utf-8><p>größer als zuvor – ✓" + strings.Repeat("<p>x", 500) + "\n"
	files := t.TempDir()
	for name, body := range map[string]string{"report.md": report, "page.html": page} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"SMTP_URL=" + url, "SMTP_TLS=none", "EMAIL_FROM=Tärs Wächter <tars@example.com>", `EMAIL_TO=a@example.com, Bé <b@example.com>, On-call "A. B." <o@example.com>`}
	works(t, "", env, "email-report.sh", "--text", filepath.Join(files, "report.md"), "--html", filepath.Join(files, "page.html"))
	message, subject, parts := received(t, dir)
	if subject != "Gesundheit von Tag 3: größer" {
		t.Errorf("the subject is %q", subject)
	}
	if parts["text/plain; charset=utf-8"] != report || parts["text/html; charset=utf-8"] != page || len(parts) != 2 {
		t.Errorf("the parts are %q", parts)
	}
	from, err := message.Header.AddressList("From")
	if err != nil || from[0].Name != "Tärs Wächter" || from[0].Address != "tars@example.com" {
		t.Errorf("%v: it is from %v", err, from)
	}
	to, err := message.Header.AddressList("To")
	if err != nil || len(to) != 3 || to[1].Name != "Bé" || to[2].Name != `On-call "A. B.` || message.Header.Get("X-RcptTo") != "a@example.com, b@example.com, o@example.com" {
		t.Errorf("%v: it is to %v (%s)", err, to, message.Header.Get("X-RcptTo"))
	}

	long := strings.Repeat("größer – ", 15) + "Ende"
	works(t, "", env, "email-report.sh", "--to", "c@example.com", "--subject", long, "--text", filepath.Join(files, "report.md"))
	message, subject, parts = received(t, dir)
	if subject != long || len(parts) != 1 || message.Header.Get("X-RcptTo") != "c@example.com" {
		t.Errorf("the second mail is %q to %s with %d parts", subject, message.Header.Get("X-RcptTo"), len(parts))
	}
}

// TestEmailOfRetrospective renders both parts from the JSON alone.
func TestEmailOfRetrospective(t *testing.T) {
	url, dir := smtpServer(t)
	document := demo(t, retrospective)
	home, err := aboard()
	if err != nil {
		t.Fatal(err)
	}
	works(t, document, []string{"SMTP_URL=" + url, "TARS_BIN=" + filepath.Join(home, "bin")}, "email-report.sh", "--from", "tars@example.com", "--to", "team@example.com")
	_, subject, parts := received(t, dir)
	if subject != "Seven days after GA: v1.0.1: "+of(t, document, headline) {
		t.Errorf("the subject is %q", subject)
	}
	render := exec.Command(filepath.Join(home, "bin", "tars-retro"))
	render.Stdin = strings.NewReader(document)
	markdown, err := render.Output()
	if err != nil || parts["text/plain; charset=utf-8"] != string(markdown) {
		t.Errorf("%v: the text is not the Markdown of the retrospective: %.200q", err, parts["text/plain; charset=utf-8"])
	}
	if page := parts["text/html; charset=utf-8"]; !strings.HasPrefix(strings.ToLower(page), "<!doctype html>") || !strings.Contains(page, "Executive Summary") {
		t.Errorf("the page begins %.200q", page)
	}
}

// scriptedSMTP answers as a mail server, but with its own words to the command
// that begins with on, as often as there are words.
type scriptedSMTP struct {
	on    string
	mu    sync.Mutex
	words []string
	mails int
	auth  string
}

func (s *scriptedSMTP) serve(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			go s.talk(c)
		}
	}()
	return "smtp://" + l.Addr().String()
}

func (s *scriptedSMTP) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	lines := bufio.NewScanner(c)
	_, _ = fmt.Fprint(c, "220 here\r\n")
	for inBody := false; lines.Scan(); {
		line := lines.Text()
		if inBody {
			if line == "." {
				inBody = false
				s.mu.Lock()
				s.mails++
				s.mu.Unlock()
				_, _ = fmt.Fprint(c, "250 taken\r\n")
			}
			continue
		}
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if verb == s.on {
			s.mu.Lock()
			word := ""
			if len(s.words) > 0 {
				word, s.words = s.words[0], s.words[1:]
			}
			s.mu.Unlock()
			if word != "" {
				_, _ = fmt.Fprint(c, word+"\r\n")
				continue
			}
		}
		switch verb {
		case "EHLO":
			_, _ = fmt.Fprint(c, "250-here\r\n250 AUTH PLAIN\r\n")
		case "AUTH":
			_, _ = fmt.Fprint(c, "334 \r\n")
			if lines.Scan() {
				s.auth = lines.Text()
			}
			_, _ = fmt.Fprint(c, "235 welcome\r\n")
		case "DATA":
			inBody = true
			_, _ = fmt.Fprint(c, "354 go on\r\n")
		case "QUIT":
			_, _ = fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			_, _ = fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

// TestEmailFailures: what is temporary is tried again, what is not is told at
// once, and the password never.
func TestEmailFailures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.md")
	if err := os.WriteFile(file, []byte("# Report\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	spy := spies(t)
	for _, tc := range []struct {
		what, on string
		words    []string
		tls      string
		dead     bool
		status   int
		says     string
	}{
		{what: "it is taken", tls: "none"},
		{what: "a wrong password", on: "AUTH", words: []string{"535 no"}, tls: "none", status: 1, says: "the server answers 535: curl: (67)"},
		{what: "an unknown recipient", on: "RCPT", words: []string{"550 nobody"}, tls: "none", status: 1, says: "the server answers 550: curl: (55)"},
		{what: "not now", on: "MAIL", words: []string{"451 later", "451 later"}, tls: "none"},
		{what: "never", on: "MAIL", words: []string{"451 later", "451 later", "451 later", "451 later"}, tls: "none", status: 1, says: "the server answers 451 after 4 tries"},
		{what: "no TLS for a password", status: 1, says: "sending the mail: no answer: curl: (64)"},
		{what: "nobody there", dead: true, status: 1, says: "no answer after 4 tries: curl: (7)"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			t.Parallel()
			s := &scriptedSMTP{on: tc.on, words: tc.words}
			url := s.serve(t)
			if tc.dead {
				url = strings.Replace(nobody(t), "http", "smtp", 1)
			}
			spied := filepath.Join(t.TempDir(), "spied")
			got := run(t, "", []string{
				"SMTP_URL=" + url, "SMTP_TLS=" + tc.tls, "SMTP_USER=us\"er", "SMTP_PASSWORD=" + hush,
				"PATH=" + spy + ":" + os.Getenv("PATH"), "SPIED=" + spied,
			}, "email-report.sh", "--from=a@example.com", "--to=b@example.com", "--text", file)
			if got.status != tc.status || !strings.Contains(got.stderr, tc.says) || strings.Count(got.stderr, "\n") != tc.status {
				t.Errorf("it ends with %d and says %q, want %d and %q", got.status, got.stderr, tc.status, tc.says)
			}
			if (s.mails == 1) != (tc.status == 0) {
				t.Errorf("%d mails", s.mails)
			}
			if want := base64.StdEncoding.EncodeToString([]byte("\x00us\"er\x00" + hush)); tc.status == 0 && s.auth != want {
				t.Errorf("it says %s, want %s", s.auth, want)
			}
			args, err := os.ReadFile(spied)
			if err != nil || strings.Contains(got.stdout+got.stderr+got.trace+string(args), hush) {
				t.Errorf("%v: the password is told:\n%s%s%s", err, got.stderr, got.trace, args)
			}
		})
	}
}
