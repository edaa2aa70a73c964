package main

import (
	"regexp"
	"strings"
)

// help is what a tool's --help says.
type help struct {
	name, usage string
	// about is the text above the arguments, lines as they are.
	about []string
	args  []option
	flags []option
}

// option is one flag or argument.
type option struct {
	// short is one letter or empty; value is empty for a switch.
	short, long, value, text string
}

var (
	flagLine = regexp.MustCompile(`^\s+(?:-(\w), )?--([\w-]+)(?:=(\S+))?(?:\s{2,}(.*))?$`)
	argLine  = regexp.MustCompile(`^\s{2}(\[?<.+?>(?: \.\.\.)?\]?)\s{2,}(.*)$`)
)

// parse reads a help text in the layout that kong gives it.
func parse(name, text string) help {
	h := help{name: name}
	var into *[]option
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "Usage: "):
			h.usage = strings.TrimPrefix(line, "Usage: ")
		case line == "Arguments:":
			into = &h.args
		case line == "Flags:":
			into = &h.flags
		case into == nil:
			h.about = append(h.about, line)
		case into == &h.args && argLine.MatchString(line):
			m := argLine.FindStringSubmatch(line)
			h.args = append(h.args, option{long: m[1], text: m[2]})
		case flagLine.MatchString(line):
			m := flagLine.FindStringSubmatch(line)
			h.flags = append(h.flags, option{short: m[1], long: m[2], value: m[3], text: m[4]})
		case strings.TrimSpace(line) != "" && len(*into) > 0:
			last := &(*into)[len(*into)-1]
			last.text = strings.TrimSpace(last.text + " " + strings.TrimSpace(line))
		}
	}
	return h
}

// summary is the first sentence of the text above the flags.
func (h help) summary() string {
	text := strings.TrimSpace(strings.Join(h.about, "\n"))
	paragraph, _, _ := strings.Cut(text, "\n\n")
	return strings.TrimSuffix(strings.ReplaceAll(paragraph, "\n", " "), ".")
}

var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`)

func escape(s string) string {
	s = roff.Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// man returns the page in section 1.
func (h help) man() string {
	var b strings.Builder
	b.WriteString(".TH " + strings.ToUpper(escape(h.name)) + " 1 \"\" tars\n")
	b.WriteString(".SH NAME\n" + escape(h.name) + ` \- ` + escape(h.summary()) + "\n")
	b.WriteString(".SH SYNOPSIS\n.B " + escape(h.usage) + "\n.SH DESCRIPTION\n")
	verbatim := false
	for _, line := range h.about {
		switch code := strings.HasPrefix(line, "  "); {
		case code && !verbatim:
			b.WriteString(".PP\n.nf\n")
			verbatim = true
		case !code && verbatim && line != "":
			b.WriteString(".fi\n")
			verbatim = false
		}
		if line == "" && !verbatim {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(escape(line) + "\n")
	}
	if verbatim {
		b.WriteString(".fi\n")
	}
	for _, part := range []struct {
		title   string
		options []option
	}{{"ARGUMENTS", h.args}, {"OPTIONS", h.flags}} {
		if len(part.options) == 0 {
			continue
		}
		b.WriteString(".SH " + part.title + "\n")
		for _, o := range part.options {
			b.WriteString(".TP\n" + `\fB` + escape(o.name()) + `\fR` + "\n" + escape(o.text) + "\n")
		}
	}
	return b.String()
}

// name returns the option as it is typed.
func (o option) name() string {
	switch {
	case strings.ContainsAny(o.long, "<["):
		return o.long
	case o.value == "":
		return o.dashed("--" + o.long)
	}
	return o.dashed("--" + o.long + "=" + o.value)
}

func (o option) dashed(long string) string {
	if o.short == "" {
		return long
	}
	return "-" + o.short + ", " + long
}

// bash returns a completion of flags; words are files.
func (h help) bash() string {
	var flags []string
	for _, o := range h.flags {
		flags = append(flags, "--"+o.long)
	}
	function := "_" + strings.ReplaceAll(h.name, "-", "_")
	return function + "() {\n" +
		"\tlocal word=${COMP_WORDS[COMP_CWORD]}\n" +
		"\tif [[ $word == -* ]]; then\n" +
		"\t\tmapfile -t COMPREPLY < <(compgen -W '" + strings.Join(flags, " ") + "' -- \"$word\")\n" +
		"\tfi\n}\n" +
		"complete -o default -F " + function + " " + h.name + "\n"
}

// zsh returns a completion of flags with their help; words are files.
func (h help) zsh() string {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	var b strings.Builder
	b.WriteString("#compdef " + h.name + "\n_arguments \\\n")
	for _, o := range h.flags {
		value := ""
		if o.value != "" {
			value = "=:" + quote.Replace(strings.Trim(o.value, `"`)) + ":_files"
			b.WriteString("  '--" + o.long + "=[" + quote.Replace(o.text) + "]" + value[1:] + "' \\\n")
			continue
		}
		b.WriteString("  '--" + o.long + "[" + quote.Replace(o.text) + "]' \\\n")
	}
	b.WriteString("  '*:file:_files'\n")
	return b.String()
}

// fish returns a completion of flags with their help; words are files.
func (h help) fish() string {
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	var b strings.Builder
	for _, o := range h.flags {
		b.WriteString("complete -c " + h.name + " -l " + o.long)
		if o.short != "" {
			b.WriteString(" -s " + o.short)
		}
		if o.value != "" {
			b.WriteString(" -r")
		}
		b.WriteString(" -d '" + quote.Replace(o.text) + "'\n")
	}
	return b.String()
}
