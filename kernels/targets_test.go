package kernels

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoadMatrix(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "linux"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       []Target
		fails      string // after the file's name
	}{
		{
			name: "every key", text: "kernels:\n  - kernel: host\n  - kernel: debian:5.10\n  - {kernel: linux, name: next, append: debug, memory: 512, cpus: 2, modules: linux}\n",
			want: []Target{{Spec: "host"}, {Spec: "debian:5.10"}, {Spec: filepath.Join(dir, "linux"), Name: "next", Modules: filepath.Join(dir, "linux"), Memory: 512, CPUs: 2, Append: "debug"}},
		},
		{name: "a name that is no path", text: "kernels: [{kernel: 6.1.0-56-cloud-amd64_6.1.192-2}]", want: []Target{{Spec: "6.1.0-56-cloud-amd64_6.1.192-2"}}},
		{name: "nothing", text: "", fails: ": no kernels"},
		{name: "an empty list", text: "kernels: []", fails: ": no kernels"},
		{name: "an unknown key", text: "kernels:\n  - kernel: host\n    memry: 3\n", fails: ":3:5: unknown field \"memry\""},
		{name: "another unknown key", text: "kernel: host\n", fails: ":1:1: unknown field \"kernel\""},
		{name: "no kernel", text: "kernels:\n  - kernel: host\n  - name: x\n", fails: ":3:5: kernel 2: the key `kernel` is missing"},
		{name: "not a list", text: "kernels: host\n", fails: ":1:10: "},
		{name: "a word for a number", text: "kernels:\n  - {kernel: x, memory: much}\n", fails: ":2:25: "},
		{name: "less than nothing", text: "kernels:\n  - {kernel: x, memory: -1}\n", fails: ":2:6: kernel 1: memory: -1 MiB"},
		{name: "less than none", text: "kernels:\n  - {kernel: x, cpus: -1}\n", fails: ":2:6: kernel 1: cpus: -1"},
		{name: "the host as a guest", text: "kernels:\n  - {kernel: host, cpus: 1}\n", fails: ":2:6: kernel 1: host is this machine as it is"},
		{name: "one label for two", text: "kernels:\n  - kernel: a\n  - {kernel: b, name: a}\n", fails: ":3:6: kernel 2: kernel 1 is called a as well"},
		{name: "no YAML", text: "kernels: [\n", fails: ":1:10: "},
		{name: "blanks that nobody sees", text: "kernels:\n  - kernel: a\n  - kernel: 'a '\n", fails: ":3:5: kernel 2: kernel 1 is called a as well"},
		{name: "a number for a release", text: "kernels:\n  - {kernel: 6.10}\n", fails: ":2:14: kernel: not a text, but float: put it in quotes"},
		{name: "a word of YAML's", text: "kernels:\n  - {kernel: a, append: true}\n", fails: ":2:25: append: not a text, but bool: put it in quotes"},
		{name: "a guest that is called host", text: "kernels:\n  - {kernel: a, name: host}\n", fails: ":2:6: kernel 1: name: host is what reports call this machine"},
		{name: "a terminal's commands", text: "kernels:\n  - {kernel: \"x\\e[2J\"}\n", fails: `:2:6: kernel 1: kernel: "x\x1b[2J" has characters that cannot be seen`},
		{name: "another direction", text: "kernels:\n  - {kernel: x, name: \"a\u202eb\"}\n", fails: `:2:6: kernel 1: name: "a\u202eb" has characters`},
		{name: "a second line", text: "kernels:\n  - {kernel: x, append: \"a\\nb\"}\n", fails: `:2:6: kernel 1: append: "a\nb" has characters`},
		{name: "no UTF-8", text: "kernels:\n  - {kernel: \"\xff\"}\n", fails: ":2:6: kernel 1: kernel: "},
		{name: "a nothing in a path", text: "kernels:\n  - {kernel: x, modules: \"a\\0b\"}\n", fails: `:2:6: kernel 1: modules: "a\x00b" has characters`},
		{name: "a long name", text: "kernels:\n  - {kernel: x, name: " + strings.Repeat("n", 101) + "}\n", fails: ":2:6: kernel 1: name: 101 characters, at most 100"},
		{name: "more memory than there is", text: "kernels:\n  - {kernel: x, memory: 4503599627370496}\n", fails: ":2:6: kernel 1: memory: 4503599627370496 MiB: more than"},
		{name: "more processors than there are", text: "kernels:\n  - {kernel: x, cpus: 100000}\n", fails: ":2:6: kernel 1: cpus: 100000: more than"},
		{name: "more kernels than anybody looks at", text: "kernels:\n" + strings.Repeat("  - kernel: x\n", 257), fails: ": 257 kernels: at most 256"},
		{name: "an alias", text: "kernels:\n  - &a {kernel: x}\n  - *a\n", fails: ":2:5: anchors"},
		{name: "a merge", text: "kernels:\n  - {<<: 1}\n", fails: ":2:6: anchors"},
		{name: "a tag", text: "kernels: [{kernel: !!binary aGVsbG8=}]\n", fails: ":1:20: anchors"},
		{name: "a second document", text: "kernels: [{kernel: host}]\n---\nkernels: [{kernel: x}]\n", fails: ":2:1: a second document"},
		{name: "lists without end", text: "kernels: " + strings.Repeat("[", 60000), fails: ":1:18: lists and maps within each other too deeply"},
		{name: "maps without end", text: "kernels: " + strings.Repeat("{a: ", 15000), fails: ":1:42: lists and maps within each other too deeply"},
		{name: "lists in block style without end", text: "kernels:\n" + strings.Repeat("- ", 30000), fails: ":2:17: lists and maps within each other too deeply"},
		{name: "too much", text: "kernels: [{kernel: host}]\n#" + strings.Repeat("x", maxMatrix), fails: ": more than 65536 bytes"},
		{name: "a null element", text: "kernels: [null]\n", fails: ": kernel 1: the key `kernel` is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "matrix.yaml")
			if err := os.WriteFile(file, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := LoadMatrix(file)
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("error %v, want %s%s", err, file, tt.fails)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

// TestDepthOfAMatrixCostsNothing: it is refused before the parser has seen it, whose
// work grows with its square.
func TestDepthOfAMatrixCostsNothing(t *testing.T) {
	work := func(depth int) float64 {
		text := []byte("kernels: " + strings.Repeat("[", depth))
		return testing.AllocsPerRun(1, func() {
			if _, err := parseMatrix(text); err == nil {
				t.Error("no error")
			}
		})
	}
	if small, large := work(1000), work(8000); large > 9*small+1000 {
		t.Errorf("%v allocations, then %v", small, large)
	}
}

// TestAKernelIsARegularFile: nothing that would have it waited for for ever.
func TestAKernelIsARegularFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{pipe, "/dev/zero"} {
		if k, err := Find(t.Context(), f, Options{}); err == nil || !strings.Contains(err.Error(), "it is a ") {
			t.Errorf("%s: %v, %v", f, k, err)
		}
		if _, err := ReadConfig(f); err == nil || !strings.Contains(err.Error(), "it is a ") {
			t.Errorf("%s as a configuration: %v", f, err)
		}
	}
}

func FuzzLoadMatrix(f *testing.F) {
	for _, seed := range []string{"kernels:\n  - kernel: host\n", "kernels: [{kernel: x, name: 1}]", "kernels: [&a {kernel: x}, *a]", "a: &a [*a]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "m.yaml")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		list, err := LoadMatrix(file)
		if err == nil && len(list) == 0 {
			t.Error("neither a kernel nor an error")
		}
		for _, k := range list {
			if k.Spec == "" {
				t.Error("a target without a kernel")
			}
		}
	})
}
