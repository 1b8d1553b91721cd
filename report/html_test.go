package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"netverify/assert"
	"netverify/frame"
	"netverify/frame/frametest"
	"netverify/internal/golden"
	"netverify/recording"
)

func page1(t *testing.T, rep Report, opt Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, rep, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	block1 = regexp.MustCompile(`<script type="text/plain" id="(\w+)">([^<]*)</script>\n`)
	inline = regexp.MustCompile(`(?s)<(style|script)>(.*?)</(?:style|script)>`)
)

// packed are the blocks of a page, unpacked.
func packed(t *testing.T, doc string) map[string]json.RawMessage {
	t.Helper()
	out := map[string]json.RawMessage{}
	for _, m := range block1.FindAllStringSubmatch(doc, -1) {
		raw, err := base64.StdEncoding.DecodeString(m[2])
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if !z.ModTime.IsZero() || z.Name != "" {
			t.Errorf("%s bears a time or a name", m[1])
		}
		if out[m[1]], err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestHTML compares the page without its style, program and drawings, and the
// data of the result that failed.
func TestHTML(t *testing.T) {
	rep, opt := sample()
	doc := page1(t, rep, opt)
	blocks := packed(t, doc)
	body := block1.ReplaceAllString(inline.ReplaceAllString(doc, "<$1>…</$1>"), "")
	body = regexp.MustCompile(`sha256-[^&]+&#43;?[^ "]*|sha256-[^' "]*`).ReplaceAllString(body, "sha256-…")
	golden.Equal(t, filepath.Join("testdata", "page.html"), []byte(body))
	var data, shapes bytes.Buffer
	for _, part := range []struct {
		id  string
		out *bytes.Buffer
	}{{"d2", &data}, {"shapes", &shapes}} {
		if err := json.Indent(part.out, blocks[part.id], "", " "); err != nil {
			t.Fatal(part.id, err)
		}
	}
	golden.Equal(t, filepath.Join("testdata", "page-data.json"), data.Bytes())
	golden.Equal(t, filepath.Join("testdata", "page-shapes.json"), shapes.Bytes())
}

func TestHTMLIsTheSameEachTime(t *testing.T) {
	rep, opt := sample()
	first := page1(t, rep, opt)
	for range 20 {
		if page1(t, rep, opt) != first {
			t.Fatal("the same report gave another page")
		}
	}
}

// TestHTMLOfAnything: no report makes it fail, and what is in a report or in a
// frame never becomes markup.
func TestHTMLOfAnything(t *testing.T) {
	evil := []string{
		`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, `'};alert(1);//`, `{{.}}`,
		"a\x00b\x1b[2J\u2028\u202e", `--><!--`, `</title></style></textarea>`, "\xff\xfe", ``, ` `, `#"/@~`, strings.Repeat("x", 3000),
	}
	plain, opt := sample()
	plain.Runs[0].Scenarios[0].Checks[0].Filter = "arp"
	elements := tags(t, page1(t, plain, opt))
	for n, word := range evil {
		rep, opt := sample()
		for i := range rep.Runs {
			run := &rep.Runs[i]
			run.Kernel.Name, run.Kernel.Release, run.Evidence, run.Because, run.Hint = fmt.Sprint(i, word), word, word, word, word
			run.Trouble = []string{word}
			for k := range run.Scenarios {
				s := &run.Scenarios[k]
				s.Name, s.Title, s.Reason, s.Verifies, s.Trouble = fmt.Sprintf("a/%d%s", k, word), word, word, []string{word}, word
				s.Checks = slices.Clone(s.Checks)
				s.Evidence = []string{word + ".pcapng"}
				s.Facts = []Fact{{word, word}}
				for c := range s.Checks {
					check := &s.Checks[c]
					check.Step, check.Kind, check.Text, check.Filter, check.Reason, check.Quiet = word, word, word, word, word, word
					check.Journey = append(check.Journey, word)
				}
			}
		}
		opt.Recordings = func(*Run, string) (*recording.Recording, error) {
			rec := sampleRecording()
			rec.Points[0].Node, rec.Steps[0].Name = word, word
			rec.Observations[0].Frame = frame.New([]byte(strings.Repeat(word, 4)))
			return rec, errors.New(word)
		}
		doc := page1(t, rep, opt)
		for _, tag := range tags(t, doc) {
			if !slices.Contains(elements, tag) {
				t.Errorf("word %d made an element %s", n, tag)
			}
		}
		packed(t, doc)
	}
	for _, rep := range []Report{{}, Of(), Of(New(Kernel{}, 0, nil)), Of(everything(), everything()), Of(New(kernel(), 3, []assert.Result{{Name: "a", Outcome: 99}}))} {
		page1(t, rep, Options{})
	}
}

// tags are the different elements of a page, each with the names of its
// attributes and what an address begins with.
func tags(t *testing.T, doc string) []string {
	t.Helper()
	var out []string
	// As a browser without a program reads it: what noscript holds is markup.
	doc = strings.NewReplacer("<noscript>", "", "</noscript>", "").Replace(doc)
	z := html.NewTokenizer(strings.NewReader(doc))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			slices.Sort(out)
			return slices.Compact(out)
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			text := tag.Data
			for _, a := range tag.Attr {
				switch a.Key {
				case "href", "src", "content", "type":
					text += " " + a.Key + "=" + a.Val[:min(len(a.Val), 1)]
				default:
					text += " " + a.Key
				}
			}
			out = append(out, text)
		}
	}
}

// TestThePolicyFitsThePage: the digests are those of the style and the programs,
// nothing else is allowed, and the page has nothing that would need more.
func TestThePolicyFitsThePage(t *testing.T) {
	rep, opt := sample()
	doc := page1(t, rep, opt)
	if !strings.Contains(doc, "default-src &#39;none&#39;") {
		t.Error("the policy does not begin with nothing")
	}
	for _, no := range []string{" style=", " onclick=", "unsafe", "http://", "https://", "@import", "url("} {
		body := inline.ReplaceAllString(doc, "")
		if strings.Contains(body, no) {
			t.Errorf("the page has %q", no)
		}
	}
	if n := len(inline.FindAllString(doc, -1)); n != 3 {
		t.Errorf("%d styles and programs, want 3", n)
	}
}

func TestHTMLReturnsErrors(t *testing.T) {
	rep, opt := sample()
	if err := HTML(fullDisk{}, rep, opt); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

// TestEvidenceThatCannotBeReadIsToldOf: the page is there, and says why its
// frames are not.
func TestEvidenceThatCannotBeReadIsToldOf(t *testing.T) {
	rep, opt := sample()
	opt.Recordings = func(*Run, string) (*recording.Recording, error) { return nil, errors.New("input/output error") }
	var p pack
	if err := json.Unmarshal(packed(t, page1(t, rep, opt))["d2"], &p); err != nil {
		t.Fatal(err)
	}
	if p.Trouble != "input/output error" || len(p.Hop) != 0 {
		t.Errorf("trouble %q, %d frames", p.Trouble, len(p.Hop))
	}
}

// TestResultsThatSayTheSameAreToldOnce, and those that differ in anything are not.
func TestResultsThatSayTheSameAreToldOnce(t *testing.T) {
	other := passing("a")
	other.Checks[0].Fence *= 2
	worse := failing("a")
	d, err := newDocument(Of(New(kernel(), 1, []assert.Result{passing("a")}), New(guest("b", "6.1"), 1, []assert.Result{other}),
		New(guest("c", "6.2"), 1, []assert.Result{worse})), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range d.Sections[0].Variants {
		got = append(got, v.Outcome+": "+v.Names()+": "+v.Steps[0].Checks[0].Fence)
	}
	want := []string{"pass: 6.18.0, b: 0.04 ms to 0.08 ms", "fail: c: 0.04 ms"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !d.Sections[0].Differs() {
		t.Error("the kernels differ, and the page does not say so")
	}
}

func TestRepetitionsAreResultsOfTheirOwn(t *testing.T) {
	d, err := newDocument(Of(New(kernel(), 3, []assert.Result{repeat(passing("a"), 1), repeat(failing("a"), 2), repeat(passing("a"), 3)})), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := d.Sections[0].Cells[0]
	if c.Outcome != "fail" || c.Passed != 2 || c.Shown.ID != "a@6.18.0~2" || len(d.Sections[0].Variants) != 2 {
		t.Errorf("%s, %d passed, shown %s, %d variants", c.Outcome, c.Passed, c.Shown.ID, len(d.Sections[0].Variants))
	}
}

// TestValuesAreTakenFromTheBytes: nearly all, so that frames share their shapes,
// and only what stands somewhere.
func TestValuesAreTakenFromTheBytes(t *testing.T) {
	var texts, plains int
	for _, v := range frametest.Views(append(frametest.Whole(), frametest.Mutated(3000, 1)...)) {
		for _, l := range shapeOf(&v) {
			for _, f := range l.Fields {
				switch {
				case f.Text != "":
					texts++
				case f.Len == 0:
					t.Errorf("%s has neither text nor place", f.name)
				default:
					plains++
				}
			}
		}
	}
	if texts == 0 || plains < 10*texts {
		t.Errorf("%d texts, %d from bytes", texts, plains)
	}
}

// TestAFrameTakesFewBytes: a library on several kernels is hundreds of
// thousands of frames, in a page that must open at once.
func TestAFrameTakesFewBytes(t *testing.T) {
	const frames, most = 6000, 20 // bytes a frame
	size := func(n int) int {
		rep, opt := sample()
		rep.Runs, rep.Runs[0].Scenarios = rep.Runs[:1], rep.Runs[0].Scenarios[:1]
		opt.Recordings = func(*Run, string) (*recording.Recording, error) {
			rec := sampleRecording()
			r := rand.New(rand.NewPCG(1, 2))
			at := rec.Observations[0].At
			for i := range n {
				o := rec.Observations[3+i%2]
				at += r.Int64N(30_000)
				if i%2 == 0 { // a new fence, which is seen twice
					b := bytes.Clone(o.Frame.Bytes())
					binary.BigEndian.PutUint32(b[26:], uint32(i))
					rec.Observations[3].Frame = frame.New(b)
					rec.Observations[4].Frame = rec.Observations[3].Frame
				}
				o.Frame, o.At = rec.Observations[3].Frame, at
				rec.Observations = append(rec.Observations, o)
			}
			return rec, nil
		}
		return len(page1(t, rep, opt))
	}
	if got := (size(frames) - size(0)) / frames; got > most {
		t.Errorf("a frame takes %d bytes, want at most %d", got, most)
	} else {
		t.Logf("a frame takes %d bytes", got)
	}
}

func TestFragmentsAreTheirOwnIds(t *testing.T) {
	for name, want := range map[string]string{
		"macvlan/vepa": "macvlan/vepa", "a@b": "a%40b", "debian:6.1": "debian:6.1", "a b": "a%20b", `"<>`: "%22%3C%3E", "é": "%C3%A9", "~": "%7E", "": "",
	} {
		if got := fragment(name, "/:"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
