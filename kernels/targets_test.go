package kernels

import (
	"os"
	"path/filepath"
	"strings"
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
