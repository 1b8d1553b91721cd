package yamltree

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file.
const (
	MaxBytes   = 2 << 20 // bytes: ten thousand interfaces, a line each
	MaxEntries = 12_000  // of a map or list in block style: the parser takes time that grows with their square
	MaxDepth   = 40      // maps and lists within each other
	maxIndex   = 200     // column up to which a list may begin: "- - - -" nests once every two columns
)

// Error is one thing wrong with the text.
type Error struct {
	Pos
	Node *Node // nil: the text is no YAML
	Msg  string
}

// Parse reads the text of a file. With errors, which may be many, the tree is
// nil unless all of them are duplicate keys.
func Parse(src []byte) (root *Node, errs []Error) {
	if errs := checkText(src); errs != nil {
		return nil, errs
	}
	// The parser is not ours: what it panics on is a syntax error to the user.
	defer func() {
		if r := recover(); r != nil {
			root, errs = nil, []Error{{Pos: Pos{1, 1}, Msg: fmt.Sprintf("is no YAML that the parser can read (%v)", r)}}
		}
	}()
	text := string(src)
	if errs := checkEntries(text); errs != nil {
		return nil, errs
	}
	tokens := lexer.Tokenize(text)
	if errs := checkTokens(tokens); errs != nil {
		return nil, errs
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, []Error{syntaxError(err)}
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			return nil, []Error{{Pos: tokenPos(doc.Body.GetToken()), Msg: "a second document begins here; a file is one scenario"}}
		default:
			body = doc.Body
		}
	}
	if body == nil {
		return nil, []Error{{Pos: Pos{1, 1}, Msg: "the file holds no scenario"}}
	}
	b := builder{lines: strings.Split(text, "\n")}
	return b.node(body), b.errs
}

// checkText finds what no YAML parser should see: too much text, and bytes
// that are not characters. Tabs are looked for here because the parser's own
// message about them names the wrong place.
func checkText(src []byte) (errs []Error) {
	if len(src) > MaxBytes {
		return []Error{{Pos: Pos{1, 1}, Msg: fmt.Sprintf("the file has %d bytes; a scenario has at most %d", len(src), MaxBytes)}}
	}
	for i, line := range strings.Split(string(src), "\n") {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 && strings.TrimSpace(line) != "" {
			errs = append(errs, Error{Pos: Pos{i + 1, tab + 1}, Msg: "a tab in the indentation; YAML wants spaces"})
		}
		col := 1
		for j, r := range line {
			if bad := badRune(line[j:], r); bad != "" {
				errs = append(errs, Error{Pos: Pos{i + 1, col}, Msg: bad})
				break
			}
			col++
		}
	}
	return errs
}

// checkEntries counts the lines that follow each other at one indentation: in
// block style, those are the entries of one map or list.
func checkEntries(text string) []Error {
	type block struct{ indent, entries int }
	var open []block
	n := 0
	for line := range strings.Lines(text) {
		n++
		words := strings.TrimLeft(line, " ")
		if strings.TrimSpace(words) == "" || words[0] == '#' {
			continue
		}
		indent := len(line) - len(words)
		for len(open) > 0 && open[len(open)-1].indent > indent {
			open = open[:len(open)-1]
		}
		if len(open) == 0 || open[len(open)-1].indent < indent {
			open = append(open, block{indent: indent})
		}
		last := &open[len(open)-1]
		if last.entries++; last.entries > MaxEntries {
			return []Error{{Pos: Pos{n, indent + 1}, Msg: fmt.Sprintf("more than %d lines of one map or list", MaxEntries)}}
		}
	}
	return nil
}

func badRune(s string, r rune) string {
	switch {
	case r == utf8.RuneError && !strings.HasPrefix(s, string(utf8.RuneError)):
		return fmt.Sprintf("byte 0x%02x is not UTF-8", s[0])
	case r == '\uFEFF':
		return "a byte order mark; save the file as UTF-8 without one"
	case r == '\r' && (s == "\r"), r == '\t':
		return ""
	case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0:
		return fmt.Sprintf("control character U+%04X", r)
	}
	return ""
}

// forbidden are tokens that a scenario has no use for, with what to say.
var forbidden = map[token.Type]string{
	token.AnchorType:     "anchors (&name) are not part of the language; `matrix:` repeats things",
	token.AliasType:      "aliases (*name) are not part of the language; put text that begins with * in quotes",
	token.MergeKeyType:   "merge keys (<<) are not part of the language",
	token.TagType:        "tags (!name) are not part of the language; put text that begins with ! in quotes",
	token.DirectiveType:  "directives (%name) are not part of the language",
	token.MappingKeyType: "explicit keys (?) are not part of the language",
}

// checkTokens refuses what is forbidden, and depth, before the recursive
// parser meets it.
func checkTokens(tokens token.Tokens) (errs []Error) {
	flow := 0
	told := map[token.Type]bool{} // each kind once: a bomb has thousands
	for _, tk := range tokens {
		if msg, bad := forbidden[tk.Type]; bad && !told[tk.Type] {
			told[tk.Type] = true
			errs = append(errs, Error{Pos: tokenPos(tk), Msg: msg})
		}
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			if tk.Position.Column > maxIndex {
				return append(errs, Error{Pos: tokenPos(tk), Msg: "lists within lists too deeply"})
			}
		}
		if flow > MaxDepth {
			return append(errs, Error{Pos: tokenPos(tk), Msg: fmt.Sprintf("more than %d maps and lists within each other", MaxDepth)})
		}
	}
	return errs
}

func syntaxError(err error) Error {
	e := Error{Pos: Pos{1, 1}}
	if s, ok := err.(interface {
		GetMessage() string
		GetToken() *token.Token
	}); ok {
		e.Msg = s.GetMessage()
		e.Pos = tokenPos(s.GetToken())
	} else {
		e.Msg = err.Error() // slow: it prints the source as well
	}
	e.Msg, _, _ = strings.Cut(e.Msg, "\n")
	return e
}

func tokenPos(tk *token.Token) Pos {
	if tk == nil || tk.Position == nil {
		return Pos{1, 1}
	}
	return Pos{max(tk.Position.Line, 1), max(tk.Position.Column, 1)}
}
