package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"netverify/internal/whole"
	"netverify/scenarios"
)

func main() {
	dir := flag.String("dir", "pcaps", "folder of the reference captures")
	record := flag.String("record", "", "folder with the evidence of a run (netverify run --out) that is taken over")
	rest := flag.String("rest", "", "folder with the evidence of a run: prints the scenarios, of those that the arguments name, that it has none of")
	compare := flag.String("compare", "", "two folders with the evidence of runs, with a comma between them: prints where they differ, and ends with status 1 then")
	flag.Parse()
	if err := do(*dir, *record, *rest, *compare, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "pcaps:", err)
		os.Exit(1)
	}
}

func do(dir, record, rest, compare string, args []string) error {
	plans, err := scenarios.Library()
	if err != nil {
		return err
	}
	by := map[string]*scenarios.Plan{}
	for _, p := range plans {
		by[p.Name] = p
	}
	switch {
	case compare != "":
		return compareFolders(compare, by)
	case rest != "":
		return printRest(rest, by, args)
	}
	x, err := readIndex(dir)
	if err != nil {
		return err
	}
	if record != "" {
		if err := x.record(dir, record, plans, by); err != nil {
			return err
		}
	}
	return whole.File(filepath.Join(dir, "README.md"), []byte(x.markdown()))
}

// printRest names the scenarios that no evidence is there of, a line each.
func printRest(dir string, by map[string]*scenarios.Plan, args []string) error {
	asked, err := scenarios.Find(args)
	if err != nil {
		return err
	}
	have, err := left(dir, by)
	if err != nil {
		return err
	}
	for _, p := range asked {
		if have[p.Name] == nil {
			fmt.Println(p.Name)
		}
	}
	return nil
}

// compareFolders tells where two runs differ.
func compareFolders(folders string, by map[string]*scenarios.Plan) error {
	one, two, ok := strings.Cut(folders, ",")
	if !ok {
		return errors.New("-compare wants two folders with a comma between them")
	}
	a, err := left(one, by)
	if err != nil {
		return err
	}
	b, err := left(two, by)
	if err != nil {
		return err
	}
	var wrong []error
	same := 0
	for name, p := range by {
		switch {
		case a[name] == nil && b[name] == nil:
		case a[name] == nil || b[name] == nil:
			wrong = append(wrong, fmt.Errorf("%s: recorded once only", name))
		default:
			if d := difference(normal(p, a[name].rec), normal(p, b[name].rec)); d != "" {
				wrong = append(wrong, fmt.Errorf("%s:\n%s", name, d))
				continue
			}
			same++
		}
	}
	fmt.Printf("%d scenarios gave the same verdicts and the same journeys twice\n", same)
	if same == 0 && wrong == nil {
		return errors.New("nothing was compared")
	}
	return errors.Join(wrong...)
}

// difference lists the lines that only one of two texts has; "" if they are equal.
func difference(a, b string) string {
	if a == b {
		return ""
	}
	count := map[string]int{}
	for l := range strings.Lines(a) {
		count[l]++
	}
	for l := range strings.Lines(b) {
		count[l]--
	}
	var out strings.Builder
	for _, side := range []struct {
		mark, text string
		sign       int
	}{{"-", a, 1}, {"+", b, -1}} {
		for l := range strings.Lines(side.text) {
			if count[l]*side.sign > 0 {
				count[l] -= side.sign
				out.WriteString(side.mark + " " + l)
			}
		}
	}
	if out.Len() == 0 {
		return "the same lines, in another order\n"
	}
	return out.String()
}
