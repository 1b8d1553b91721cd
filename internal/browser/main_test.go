package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var (
	chromium Browser
	start    = sync.OnceValue(func() error {
		b, err := Start()
		if err == nil {
			chromium = *b
		}
		return err
	})
)

func TestMain(m *testing.M) {
	code := m.Run()
	chromium.Close()
	os.Exit(code)
}

// tab is a page under test: any error ends the test, and any trouble fails it.
type tab struct {
	*Page
	t *testing.T
}

// open opens a page of the report that is in a file.
func open(t *testing.T, file, place string, view View) tab {
	t.Helper()
	err := start()
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := chromium.Open("file://"+file+place, view)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, what := range p.Trouble() {
			t.Errorf("the page makes trouble: %s", what)
		}
		if t.Failed() {
			p.keep(t)
		}
		p.Close()
	})
	return tab{p, t}
}

// keep keeps a picture of a page that failed.
func (p *Page) keep(t *testing.T) {
	dir := os.Getenv("NETVERIFY_PICTURES")
	if dir == "" {
		return
	}
	var png []byte
	if err := p.Do(chromedp.CaptureScreenshot(&png)); err != nil {
		t.Log(err)
		return
	}
	name := filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".png")
	t.Log("see", name, os.WriteFile(name, png, 0o644))
}

func (p tab) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := p.Do(actions...); err != nil {
		p.t.Fatal(err)
	}
}

func (p tab) until(expression string) {
	p.t.Helper()
	if err := p.Until(expression); err != nil {
		p.t.Fatal(err)
	}
}

// text is what an expression says.
func (p tab) text(expression string) string {
	p.t.Helper()
	var v any
	if err := p.Ask(expression, &v); err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprint(v)
}

func (p tab) want(expression, want string) {
	p.t.Helper()
	if got := p.text(expression); got != want {
		p.t.Errorf("%s: %q, want %q", expression, got, want)
	}
}

// click clicks on what a selector finds first.
func (p tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// press presses keys, wherever the focus is.
func (p tab) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

// shortcut presses a key with a letter that the page may take for itself.
func (p tab) shortcut(key string) {
	p.t.Helper()
	p.do(input.DispatchKeyEvent(input.KeyDown).WithKey(key).WithText(key), input.DispatchKeyEvent(input.KeyUp).WithKey(key))
}

// Keys that are not letters.
const (
	down, up, enter, escape  = kb.ArrowDown, kb.ArrowUp, kb.Enter, kb.Escape
	right, tabulator, endKey = kb.ArrowRight, kb.Tab, kb.End
)

// TestAMissingBrowserIsNamed: what its tests are skipped for, and nothing else.
func TestAMissingBrowserIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if b, err := Start(); !errors.Is(err, ErrMissing) || b != nil {
		t.Errorf("%v, %v", b, err)
	}
}
