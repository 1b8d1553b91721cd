package scenarios

import (
	"fmt"
	"regexp"
	"strings"

	"netverify/scenarios/internal/yamltree"
)

// Bounds of what one file may expand to.
const (
	maxPlans    = 1000
	maxExpanded = 16 << 20 // bytes: plans times length of the file
)

var (
	variableName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	nameValue    = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,40}$`)
)

// cell is one row of the matrix: the variables in order, with their values.
type cell []yamltree.Pair

// cells reads the values of variables, of `matrix:` or the `each:` of a step. A map gives each variable a list of values and means
// every combination, the first variable changing slowest; a list gives the
// rows themselves. Without a matrix there is one cell with no variables.
func (p *problems) cells(word string, matrix *yamltree.Node) []cell {
	switch {
	case matrix == nil:
		return []cell{nil}
	case matrix.Kind == yamltree.Map && len(matrix.Pairs) > 0:
		return p.product(word, matrix)
	case matrix.Kind == yamltree.List && len(matrix.Items) > 0:
		return p.rows(word, matrix)
	}
	p.at(matrix, "%s must be a map from variables to lists of values, or a list of maps from variables to values, not %s", word, matrix.What())
	return nil
}

func (p *problems) product(word string, matrix *yamltree.Node) []cell {
	cells := []cell{nil}
	for _, v := range matrix.Pairs {
		p.variable(v.Key)
		if v.Value.Kind != yamltree.List || len(v.Value.Items) == 0 {
			p.at(v.Value, "%q must be a list of values, not %s", v.Key.Value, v.Value.What())
			return nil
		}
		if len(cells)*len(v.Value.Items) > maxPlans {
			p.at(matrix, "%s has more than %d combinations", label(word), maxPlans)
			return nil
		}
		var next []cell
		for _, c := range cells {
			for _, item := range v.Value.Items {
				next = append(next, append(c[:len(c):len(c)], yamltree.Pair{Key: v.Key, Value: item}))
			}
		}
		cells = next
	}
	return cells
}

func (p *problems) rows(word string, matrix *yamltree.Node) (cells []cell) {
	if len(matrix.Items) > maxPlans {
		p.at(matrix, "%s has more than %d rows", label(word), maxPlans)
		return nil
	}
	first := matrix.Items[0]
	for _, row := range matrix.Items {
		if row.Kind != yamltree.Map || len(row.Pairs) == 0 {
			p.at(row, "a row of %s is a map from variables to values, not %s", label(word), row.What())
			return nil
		}
		for _, v := range row.Pairs {
			if row == first {
				p.variable(v.Key)
			} else if first.Get(v.Key.Value) == nil {
				p.at(v.Key, "the first row of %s has no %q; all rows have the same variables", label(word), v.Key.Value)
			}
		}
		for _, v := range first.Pairs {
			if row.Get(v.Key.Value) == nil {
				p.at(row, "this row of the matrix lacks %q; all rows have the same variables", v.Key.Value)
			}
		}
		cells = append(cells, row.Pairs)
	}
	return cells
}

func (p *problems) variable(key *yamltree.Node) {
	if !variableName.MatchString(key.Value) {
		p.at(key, "variable %q: a lower-case letter, then lower-case letters, digits and _", key.Value)
	}
}

// usage reports variables that no ${...} uses. It returns those that the name
// of the scenario uses.
func (p *problems) usage(body *yamltree.Node, c cell) (inName bool) {
	used := map[string]bool{}
	body.Variables(func(name string, _ yamltree.Pos) { used[name] = true })
	for _, v := range c {
		if !used[v.Key.Value] {
			p.at(v.Key, "the variable %q is not used: no ${%s} stands in the file", v.Key.Value, v.Key.Value)
		}
	}
	if name := body.Get("name"); name != nil {
		name.Variables(func(string, yamltree.Pos) { inName = true })
	}
	return inName
}

// fill returns the file with the variables of a cell filled in.
func (p *problems) fill(body *yamltree.Node, c cell) *yamltree.Node {
	names := make([]string, len(c))
	for i, v := range c {
		names[i] = v.Key.Value
	}
	tree, errs := body.Expand(func(name string) (*yamltree.Node, error) {
		for _, v := range c {
			if v.Key.Value == name {
				return v.Value, nil
			}
		}
		if len(c) == 0 {
			return nil, fmt.Errorf("${%s}: the file has no matrix that gives it a value ($${%s} is the text itself)", name, name)
		}
		return nil, fmt.Errorf("${%s}: the matrix has no such variable%s", name, oneOf(name, names))
	})
	p.tree(errs)
	return tree
}

// String returns "mode=vepa,hairpin=true": the variables whose values are
// short words.
func (c cell) String() string {
	var parts []string
	for _, v := range c {
		if v.Value.Kind == yamltree.Scalar && nameValue.MatchString(v.Value.Value) {
			parts = append(parts, v.Key.Value+"="+v.Value.Value)
		}
	}
	return strings.Join(parts, ",")
}

// variables returns those whose values are text.
func (c cell) variables() (list []Variable) {
	for _, v := range c {
		if v.Value.Kind == yamltree.Scalar {
			list = append(list, Variable{v.Key.Value, v.Value.Value})
		}
	}
	return list
}

// withoutMatrix returns the root without its matrix, whose values are no text
// to fill in.
func withoutMatrix(root *yamltree.Node) *yamltree.Node {
	body := *root
	body.Pairs = nil
	for _, p := range root.Pairs {
		if p.Key.Value != "matrix" {
			body.Pairs = append(body.Pairs, p)
		}
	}
	return &body
}

// label is matrix or each as messages call it.
func label(word string) string {
	if word == "matrix" {
		return "the matrix"
	}
	return word
}
