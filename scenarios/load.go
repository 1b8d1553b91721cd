package scenarios

import (
	"fmt"
	"io"
	"io/fs"

	"netverify/internal/input"
	"netverify/scenarios/internal/yamltree"
)

// Load reads a scenario file. A file with a matrix gives several plans, in the
// order of the matrix. What is wrong with the file is returned as Errors, all
// of it at once.
func Load(fsys fs.FS, path string) ([]*Plan, error) { return load(fsys, path, path) }

// load reads a file that messages call by another name.
func load(fsys fs.FS, path, name string) ([]*Plan, error) {
	// To open a FIFO would wait for somebody to write to it.
	info, err := fs.Stat(fsys, path)
	if err != nil {
		return nil, err
	}
	if err := input.Regular(name, info.Mode()); err != nil {
		return nil, Errors{{File: name, Msg: err.Error()}}
	}
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than allowed tells that there is more.
	src, err := io.ReadAll(io.LimitReader(f, yamltree.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(src) > yamltree.MaxBytes {
		return nil, Errors{{File: name, Line: 1, Col: 1, Msg: fmt.Sprintf("the file is too large; a scenario has at most %d bytes", yamltree.MaxBytes)}}
	}
	return LoadBytes(name, src)
}

// LoadBytes reads the text of a scenario file. The name of the file is used in
// messages only.
func LoadBytes(file string, src []byte) ([]*Plan, error) {
	p := newProblems(file)
	root, errs := yamltree.Parse(src)
	p.tree(errs)
	if root == nil {
		return nil, p.err()
	}
	if root.Kind != yamltree.Map {
		p.at(root, "a scenario is a map with name, title, topology and steps, not %s", root.What())
		return nil, p.err()
	}
	cells := p.cells("matrix", root.Get("matrix"))
	if len(cells)*len(src) > maxExpanded {
		p.at(root.Get("matrix"), "%d plans of %d bytes; a file may expand to %d bytes", len(cells), len(src), maxExpanded)
		return nil, p.err()
	}
	before := len(p.list)
	body := p.each(withoutMatrix(root))
	if len(p.list) > before { // what has not been expanded would be told again as wrong
		return nil, p.err()
	}
	if n := body.Size(); len(cells) > 1 && len(cells)*n > maxExpandedValues {
		p.at(root.Get("matrix"), "%d plans of %d values; a file may expand to %d values", len(cells), n, maxExpandedValues)
		return nil, p.err()
	}
	named := false
	if len(cells) > 0 {
		named = p.usage(body, cells[0])
	}
	plans, wrong := p.expand(body, cells, named)
	p.merge(wrong, cells)
	if err := p.err(); err != nil {
		return nil, err
	}
	return plans, nil
}

// expand resolves every cell, and returns the errors of each.
func (p *problems) expand(body *yamltree.Node, cells []cell, named bool) (plans []*Plan, wrong []Errors) {
	first := map[string]int{}
	for i, c := range cells {
		mine := newProblems(p.file)
		tree := mine.fill(body, c)
		plan := &Plan{Name: fmt.Sprint(i)}
		if len(mine.list) == 0 { // else what is not filled in would be told again as a wrong name
			plan = resolve(mine, tree)
			plan.Rule, plan.Digest, plan.Variables = textOf(body.Get("title")), digest(tree), c.variables()
		}
		if suffix := c.String(); suffix != "" && !named {
			plan.Name += "[" + suffix + "]"
		}
		if before, twice := first[plan.Name]; twice && len(mine.list) == 0 {
			mine.at(c[0].Value, "rows %d and %d of the matrix give the same name %q: use what tells them apart in name, as in name: topic/thing-${variable}", before+1, i+1, plan.Name)
		}
		first[plan.Name] = i
		plans = append(plans, plan)
		wrong = append(wrong, mine.list)
	}
	return plans, wrong
}

// textOf returns a text of the file as it is written, "" for anything else.
func textOf(n *yamltree.Node) string {
	if n == nil || n.Kind != yamltree.Scalar {
		return ""
	}
	return n.Value
}

// merge takes over the errors of all cells, each once. One that not every cell
// has says for which it is true.
func (p *problems) merge(wrong []Errors, cells []cell) {
	type key struct {
		line, col int
		msg       string
	}
	count := map[key]int{}
	for _, list := range wrong {
		once := map[key]bool{}
		for _, e := range list {
			if k := (key{e.Line, e.Col, e.Msg}); !once[k] {
				once[k] = true
				count[k]++
			}
		}
	}
	for i, list := range wrong {
		for _, e := range list {
			k := key{e.Line, e.Col, e.Msg}
			if count[k] == 0 {
				continue
			}
			if count[k] < len(cells) && cells[i].String() != "" {
				e.Msg += " (with " + cells[i].String() + ")"
			}
			count[k] = 0
			p.list = append(p.list, e)
		}
	}
}
