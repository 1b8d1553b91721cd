package scenarios

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/internal/golden"
)

func brokenFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/broken/*/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d broken files, %v", len(files), err)
	}
	return files
}

// TestBrokenFiles compares the errors of every broken file with those beside
// it. The folder says who must notice: text is no YAML of ours, shape is
// refused by the JSON Schema as well, sense takes the loader.
func TestBrokenFiles(t *testing.T) {
	for _, f := range brokenFiles(t) {
		t.Run(strings.TrimPrefix(f, "testdata/broken/"), func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(f)
			plans, err := LoadBytes(name, src)
			var errs Errors
			if !errors.As(err, &errs) || plans != nil {
				t.Fatalf("loaded: %v, %v", plans, err)
			}
			checkPlaces(t, src, errs)
			golden.Equal(t, strings.TrimSuffix(f, ".yaml")+".err", []byte(errs.Error()+"\n"))
			// Not of text: an ordinary decoder never comes back from the bombs.
			switch filepath.Base(filepath.Dir(f)) {
			case "shape":
				if validate(t, src) == nil {
					t.Error("the schema takes it")
				}
			case "sense":
				if err := validate(t, src); err != nil {
					t.Errorf("the schema refuses it, so it belongs to shape: %v", err)
				}
			}
		})
	}
}

// checkPlaces checks that errors stand within the text, in order, on one line each.
func checkPlaces(t *testing.T, src []byte, errs Errors) {
	t.Helper()
	lines := strings.Split(string(src), "\n")
	for _, e := range errs {
		if e.Line < 1 || e.Line > len(lines) || e.Col < 1 || e.Col > len([]rune(lines[e.Line-1]))+2 {
			t.Errorf("no such place: %v", e)
		}
		if strings.ContainsAny(e.Msg, "\n\r") || e.Msg == "" {
			t.Errorf("not one line: %q", e.Msg)
		}
	}
	if !slices.IsSortedFunc(errs, func(a, b *Error) int { return slices.Compare([]int{a.Line, a.Col}, []int{b.Line, b.Col}) }) {
		t.Error("not in the order of the file")
	}
}

func TestTooMuchText(t *testing.T) {
	src := []byte("name: test/large\ntitle: " + strings.Repeat("x", 10<<20))
	_, err := LoadBytes("large.yaml", src)
	if err == nil || !strings.HasPrefix(err.Error(), "large.yaml:1:1: the file has ") {
		t.Error(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(file, src, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err = Find([]string{file}); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Error(err)
	}
}

// TestManyErrors: a thousand mistakes are told as a hundred and a number.
func TestManyErrors(t *testing.T) {
	src := "name: test/many\ntitle: x\n"
	for i := range 1000 {
		src += fmt.Sprintf("key%d: 1\n", i)
	}
	_, err := LoadBytes("many.yaml", []byte(src))
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != maxErrors+1 || !strings.Contains(errs[maxErrors].Msg, "more errors") {
		t.Errorf("%d errors; last %v", len(errs), errs[len(errs)-1])
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("*/*.yaml")
	for _, file := range append(files, brokenFiles(f)...) {
		if src, err := os.ReadFile(file); err == nil && len(src) < 8<<10 {
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		plans, err := LoadBytes("fuzz.yaml", src)
		var errs Errors
		switch {
		case err == nil && len(plans) == 0:
			t.Error("neither plans nor errors")
		case err != nil && (!errors.As(err, &errs) || len(errs) == 0):
			t.Errorf("not Errors: %v", err)
		}
		for _, e := range errs {
			if e.Line < 1 || e.Col < 1 || strings.ContainsAny(e.Msg, "\n\r") {
				t.Errorf("%#v", e)
			}
		}
		for _, p := range plans {
			_ = p.Case()
		}
	})
}
