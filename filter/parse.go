package filter

import (
	"strings"

	"netverify/frame"
)

// maxDepth bounds parentheses and negations.
const maxDepth = 200

type parser struct {
	src   string
	tok   token
	depth int
	refs  []Ref
	subs  []substitution

	places int // of the regular expressions so far
}

func (p *parser) parse() (node, error) {
	if len(p.src) > maxSource {
		return nil, errorAt(maxSource, len(p.src)-maxSource, "filter longer than %d bytes", maxSource)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokEnd {
		return nil, errorAt(0, len(p.src), "empty filter")
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.unexpected(`"&&", "||" or the end`)
	}
	return n, nil
}

// next moves to the next token.
func (p *parser) next() error {
	t, err := lex(p.src, p.tok.off+p.tok.n)
	p.tok = t
	return err
}

// is tells whether the current token is one of the given words or operators.
func (p *parser) is(texts ...string) bool {
	if p.tok.kind != tokWord && p.tok.kind != tokPunct {
		return false
	}
	for _, t := range texts {
		if p.tok.text == t {
			return true
		}
	}
	return false
}

// unexpected complains of the current token.
func (p *parser) unexpected(want string) error {
	if p.tok.kind == tokEnd {
		return errorAt(p.tok.off, 0, "filter ends where %s is expected", want)
	}
	text := p.src[p.tok.off : p.tok.off+p.tok.n]
	hint := ""
	switch text {
	case "xor", "AND", "OR", "NOT":
		hint = map[string]string{"xor": "; Wireshark has it from 4.2", "AND": `; did you mean "and"?`, "OR": `; did you mean "or"?`, "NOT": `; did you mean "not"?`}[text]
	}
	return errorAt(p.tok.off, p.tok.n, "%s where %s is expected%s", shorten(text), want, hint)
}

func (p *parser) or() (node, error) {
	n, err := p.and()
	if err != nil || !p.is("||", "or") {
		return n, err
	}
	list := orNode{n}
	for p.is("||", "or") {
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func (p *parser) and() (node, error) {
	n, err := p.not()
	if err != nil || !p.is("&&", "and") {
		return n, err
	}
	list := andNode{n}
	for p.is("&&", "and") {
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func (p *parser) not() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errorAt(p.tok.off, p.tok.n, "nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	switch {
	case p.is("!", "not"):
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		return notNode{n}, nil
	case p.is("("):
		open := p.tok
		if err := p.next(); err != nil {
			return nil, err
		}
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.is(")") {
			if p.tok.kind == tokEnd {
				return nil, errorAt(open.off, 1, `"(" without its ")"`)
			}
			return nil, p.unexpected(`"&&", "||" or ")"`)
		}
		return n, p.next()
	}
	start := p.tok.off
	n, err := p.test()
	if err != nil {
		return nil, err
	}
	return &termNode{n, strings.TrimSpace(p.src[start:min(p.tok.off, len(p.src))])}, nil
}

// test parses a comparison, a membership or a presence.
func (p *parser) test() (node, error) {
	quantifier := token{}
	if p.is("any", "all") {
		quantifier = p.tok
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	start := p.tok
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	negated := false
	if p.is("not") {
		if err := p.next(); err != nil {
			return nil, err
		}
		if negated = true; !p.is("in") {
			return nil, p.unexpected(`"in"`)
		}
	}
	switch {
	case p.is("in"):
		n, err := p.membership(left, start, quantifier.text == "all")
		if err == nil && negated {
			n = notNode{n}
		}
		return n, err
	case p.tok.kind == tokPunct || p.tok.kind == tokWord:
		if op, ok := operators[p.tok.text]; ok {
			if quantifier.n > 0 {
				op.all = quantifier.text == "all"
			}
			return p.comparison(left, start, op)
		}
	}
	if quantifier.n > 0 {
		return nil, p.unexpected(`an operator behind "` + quantifier.text + `"`)
	}
	return p.presence(left, start)
}

// presence makes the test that an operand alone is.
func (p *parser) presence(left operand, start token) (node, error) {
	switch {
	case left.masked:
		return &maskNode{left}, nil
	case left.slices != nil:
		return nil, errorAt(start.off, p.tok.off-start.off, "a slice alone says nothing; compare it")
	case left.field.Type == frame.TypeNone:
		return protocolNode{left.field}, nil
	}
	return presentNode{left.field}, nil
}

// operand parses a field with its slice and mask.
func (p *parser) operand() (operand, error) {
	t := p.tok
	switch {
	case t.kind == tokRef:
		return operand{}, errorAt(t.off, t.n, `the field must stand on the left: "eth.src == @%s"`, t.text)
	case t.kind != tokWord:
		return operand{}, p.unexpected("a field")
	}
	f, ok := frame.Lookup(t.text)
	if !ok {
		return operand{}, p.notAField(t)
	}
	if err := p.next(); err != nil {
		return operand{}, err
	}
	o := operand{field: f, typ: f.Type}
	if p.is("[") {
		if err := p.slice(&o, t); err != nil {
			return operand{}, err
		}
	}
	if p.is("&", "bitwise_and") {
		if err := p.mask(&o); err != nil {
			return operand{}, err
		}
	}
	return o, nil
}

// notAField complains of a word that stands where a field should.
func (p *parser) notAField(t token) error {
	if t.text[0] >= '0' && t.text[0] <= '9' {
		return errorAt(t.off, t.n, "%s where a field is expected: the field must stand on the left", shorten(t.text))
	}
	if end := t.off + t.n; end < len(p.src) && p.src[end] == '(' {
		return errorAt(t.off, t.n, "functions such as %s() are not supported", t.text)
	}
	if _, ok := operators[t.text]; ok {
		return p.unexpected("a field")
	}
	return unknownField(t.off, t.text)
}

// mask parses "& number".
func (p *parser) mask(o *operand) error {
	op := p.tok
	oneByte := len(o.slices) == 1 && o.slices[0].length == 1
	if o.typ != frame.TypeUint && o.typ != frame.TypeInt && !oneByte {
		return errorAt(op.off, op.n, `"&" needs a number or a single byte, and %s is %s`, o.field.Name, o.describe())
	}
	for p.is("&", "bitwise_and") {
		if err := p.next(); err != nil {
			return err
		}
		if p.tok.kind != tokWord {
			return p.unexpected("a number")
		}
		bits := o.field.Bits
		var v uint64
		var err error
		if oneByte {
			var b frame.Value
			if b, err = parseBytes(p.tok, 1); err == nil {
				v = uint64(b.Bytes[0])
			}
		} else if v, err = parseUint(p.tok, bits); err != nil {
			err = errorAt(p.tok.off, p.tok.n, "%s is not a number of %d bits", shorten(p.tok.text), bits)
		}
		if err != nil {
			return err
		}
		if o.masked {
			v &= o.mask
		}
		o.masked, o.mask = true, v
		if err := p.next(); err != nil {
			return err
		}
	}
	return nil
}
