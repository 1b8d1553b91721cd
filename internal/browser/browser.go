// Package browser opens pages in Debian's chromium, without a window, and
// watches them: what a page says on its console, what it throws and what it
// asks the network for is trouble. Nothing here waits for time to pass: a page
// is asked for a condition until it holds or the deadline is over.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Deadline is what one page may take for all that is done with it.
const Deadline = 2 * time.Minute

// ErrMissing means that there is no chromium.
var ErrMissing = errors.New("chromium is not installed (Debian: apt-get install chromium)")

// Browser is a running chromium.
type Browser struct {
	ctx  context.Context
	stop []context.CancelFunc
}

// Start starts chromium. Its profile is a folder that goes with it.
func Start() (*Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, ErrMissing
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("hide-scrollbars", true))
	b := new(Browser)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	b.stop = append(b.stop, stop)
	b.ctx, stop = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	b.stop = append(b.stop, stop)
	if err := chromedp.Run(b.ctx); err != nil {
		b.Close()
		return nil, fmt.Errorf("start chromium: %w", err)
	}
	return b, nil
}

// Close ends chromium and waits for that.
func (b *Browser) Close() {
	if b.ctx != nil {
		_ = chromedp.Cancel(b.ctx) // it is gone either way
	}
	for i := len(b.stop) - 1; i >= 0; i-- {
		b.stop[i]()
	}
}

// View is how a page is looked at.
type View struct {
	Width, Height int // CSS pixels; 0: 1280 by 900
	Dark          bool
	Print         bool
	NoScript      bool // the page's program does not run
}

// Page is a page in a tab of its own.
type Page struct {
	ctx  context.Context
	stop []context.CancelFunc

	mu      sync.Mutex
	trouble []string
}

// Open opens an address.
func (b *Browser) Open(address string, view View) (*Page, error) {
	p := new(Page)
	ctx, stop := chromedp.NewContext(b.ctx)
	p.stop = append(p.stop, stop)
	p.ctx, stop = context.WithTimeout(ctx, Deadline)
	p.stop = append(p.stop, stop)
	file, _, _ := strings.Cut(address, "#")
	chromedp.ListenTarget(p.ctx, func(event any) { p.watch(file, event) })
	if view.Width == 0 {
		view.Width, view.Height = 1280, 900
	}
	media, scheme := "screen", "light"
	if view.Print {
		media = "print"
	}
	if view.Dark {
		scheme = "dark"
	}
	err := p.Do(log.Enable(), network.Enable(), chromedp.EmulateViewport(int64(view.Width), int64(view.Height)),
		emulation.SetEmulatedMedia().WithMedia(media).WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		emulation.SetScriptExecutionDisabled(view.NoScript), chromedp.Navigate(address))
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("open %s: %w", address, err)
	}
	return p, nil
}

// watch takes in what a page should not do.
func (p *Page) watch(file string, event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		text = "console." + string(e.Type)
		for _, a := range e.Args {
			text += " " + string(a.Value) + a.Description
		}
	case *runtime.EventExceptionThrown:
		text = "exception: " + e.ExceptionDetails.Error()
	case *log.EventEntryAdded:
		text = "log: " + e.Entry.Text
	case *network.EventRequestWillBeSent:
		if e.Request.URL == file || strings.HasPrefix(e.Request.URL, "data:,") {
			return
		}
		text = "request: " + e.Request.URL
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = append(p.trouble, text)
}

// Trouble is what the page did that it should not.
func (p *Page) Trouble() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.trouble...)
}

// Do does things with the page, one after the other.
func (p *Page) Do(actions ...chromedp.Action) error { return chromedp.Run(p.ctx, actions...) }

// Ask evaluates an expression, or what it promises, into result.
func (p *Page) Ask(expression string, result any) error {
	err := p.Do(chromedp.Evaluate(expression, result, func(e *runtime.EvaluateParams) *runtime.EvaluateParams {
		return e.WithAwaitPromise(true)
	}))
	if err != nil {
		return fmt.Errorf("%s: %w", expression, err)
	}
	return nil
}

// Until waits until an expression is true, for half a minute at most. Where the
// document is replaced meanwhile, the one that follows it is asked.
func (p *Page) Until(expression string) error {
	until := time.Now().Add(30 * time.Second)
	err := p.Do(chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(time.Until(until))))
	for replaced(err) && time.Now().Before(until) {
		err = p.Do(chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(time.Until(until))))
	}
	if err != nil {
		return fmt.Errorf("wait for %s: %w", expression, err)
	}
	return nil
}

// replaced reports whether the browser had already left the document that it was
// asked about: it announces the new one only after it did.
func replaced(err error) bool {
	var e *cdproto.Error
	return errors.As(err, &e) && e.Code == -32000 && strings.Contains(strings.ToLower(e.Message), "context")
}

// Close closes the tab.
func (p *Page) Close() {
	for i := len(p.stop) - 1; i >= 0; i-- {
		p.stop[i]()
	}
}
