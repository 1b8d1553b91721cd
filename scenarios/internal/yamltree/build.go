package yamltree

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder turns the parser's tree into ours.
type builder struct {
	lines []string
	depth int
	errs  []Error

	at   Pos // the place that was looked for last,
	byte int // and where it is in its line
}

func (b *builder) fail(at Pos, n *Node, format string, args ...any) {
	b.errs = append(b.errs, Error{Pos: at, Node: n, Msg: fmt.Sprintf(format, args...)})
}

func (b *builder) node(n ast.Node) *Node {
	b.depth++
	defer func() { b.depth-- }()
	if n == nil {
		return &Node{Pos: Pos{1, 1}, Kind: Scalar, Null: true, Plain: true}
	}
	at := tokenPos(n.GetToken())
	if b.depth > MaxDepth {
		b.fail(at, nil, "more than %d maps and lists within each other", MaxDepth)
		return &Node{Pos: at, Kind: Scalar, Null: true}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(at, n.Values, n.IsFlowStyle)
	case *ast.MappingValueNode:
		return b.mapping(at, []*ast.MappingValueNode{n}, n.IsFlowStyle)
	case *ast.SequenceNode:
		list := &Node{Pos: at, Kind: List}
		for i, item := range n.Values {
			child := b.node(item)
			list.adopt(child, fmt.Sprintf("[%d]", i))
			list.Items = append(list.Items, child)
		}
		return list
	}
	return b.scalar(at, n)
}

func (b *builder) mapping(at Pos, values []*ast.MappingValueNode, flow bool) *Node {
	m := &Node{Pos: at, Kind: Map}
	seen := map[string]Pos{}
	for i, v := range values {
		key := b.node(v.Key)
		if i == 0 && !flow {
			m.Pos = key.Pos // the parser's is that of the colon
		}
		value := b.node(v.Value)
		if value.Null {
			value.Pos = key.Pos
		}
		m.adopt(key, key.Value)
		m.adopt(value, key.Value)
		switch first, twice := seen[key.Value]; {
		case key.Kind != Scalar:
			b.fail(key.Pos, key, "a key is a word, not %s", key.What())
		case twice:
			b.fail(key.Pos, key, "%q is given twice; the first stands in line %d", key.Value, first.Line)
		default:
			seen[key.Value] = key.Pos
			m.Pairs = append(m.Pairs, Pair{key, value})
		}
	}
	return m
}

func (b *builder) scalar(at Pos, n ast.Node) *Node {
	tk := n.GetToken()
	s := &Node{Pos: at, Kind: Scalar, Value: tk.Value, Plain: true}
	switch n := n.(type) {
	case *ast.NullNode:
		s.Null, s.Value = true, ""
	case *ast.LiteralNode:
		s.Value, s.Plain = n.Value.Value, false
	case *ast.StringNode:
		s.Value = n.Value
		s.Plain = tk.Type != token.SingleQuoteType && tk.Type != token.DoubleQuoteType
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
	default:
		b.fail(at, nil, "%s is not part of the language", strings.ToLower(n.Type().YAMLName()))
	}
	s.marks = b.marks(s, tk.Type)
	return s
}

// marks finds where the text of a scalar stands: quotes and escapes shift it,
// blocks spread it over lines.
func (b *builder) marks(s *Node, style token.Type) []mark {
	line, ok := b.from(s.Pos)
	if !ok {
		return nil
	}
	switch style {
	case token.SingleQuoteType, token.DoubleQuoteType:
		if marks, whole := quotedMarks(s, line); whole {
			return marks
		}
	default:
		if strings.HasPrefix(line, s.Value) && s.Value != "" {
			return []mark{{0, s.Pos, false}}
		}
	}
	return b.blockMarks(s)
}

// from returns the text of a line from a position on. Places rise, so the search
// goes on where the last one ended: a file may be one line.
func (b *builder) from(p Pos) (string, bool) {
	if p.Line > len(b.lines) {
		return "", false
	}
	if p.Line != b.at.Line || p.Col < b.at.Col {
		b.at, b.byte = Pos{p.Line, 1}, 0
	}
	line := b.lines[p.Line-1]
	for i := range line[b.byte:] {
		if b.at.Col == p.Col {
			b.byte += i
			return line[b.byte:], true
		}
		b.at.Col++
	}
	b.at = Pos{}
	return "", false
}

// quotedMarks walks a quoted scalar that stands on one line, given from its
// quote on, beside its value; whole tells whether the two agreed.
func quotedMarks(s *Node, line string) (marks []mark, whole bool) {
	quote := rune(line[0])
	const longest = len(`\U0001F600`) // that a character can be written as
	src := []rune(line[:min(len(line), longest*(len(s.Value)+2))])[1:]
	marks = append(marks, mark{0, Pos{s.Line, s.Col + 1}, false})
	i, off := 0, 0
	for _, r := range s.Value {
		if i >= len(src) {
			return nil, false
		}
		n := 1
		switch {
		case src[i] == r && !(r == quote || r == '\\' && quote == '"'):
		case quote == '\'' && src[i] == '\'':
			n = 2
		case quote == '"' && src[i] == '\\' && i+1 < len(src):
			n = 2 + map[rune]int{'x': 2, 'u': 4, 'U': 8}[src[i+1]]
		default:
			return nil, false
		}
		i += n
		off += len(string(r))
		if n > 1 {
			marks = append(marks, mark{off, Pos{s.Line, s.Col + 1 + i}, false})
		}
	}
	return marks, i < len(src) && src[i] == quote
}

// blockMarks finds the lines of a scalar of several lines one after the
// other in its value.
func (b *builder) blockMarks(s *Node) (marks []mark) {
	off := 0
	for l := s.Line; l <= len(b.lines) && off < len(s.Value); l++ {
		text := b.lines[l-1]
		col := 1
		if l == s.Line {
			text, _ = b.from(s.Pos)
			col = s.Col
		}
		trimmed := strings.TrimLeft(text, " |>'\"-+\r")
		if l > s.Line {
			trimmed = strings.TrimLeft(text, " ")
		}
		col += len(text) - len(trimmed)
		trimmed = strings.TrimRight(trimmed, " \r'\"")
		at := strings.Index(s.Value[off:], trimmed)
		if trimmed == "" || at < 0 || strings.TrimSpace(s.Value[off:off+at]) != "" {
			continue
		}
		marks = append(marks, mark{off + at, Pos{l, col}, false})
		off += at + len(trimmed)
	}
	return marks
}
