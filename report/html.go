package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"netverify/report/draw"
)

//go:embed html
var assets embed.FS

// scripts are the parts of the page's program, in this order.
var scripts = []string{"dom", "data", "values", "overview", "diagram", "hex", "frame", "scenario", "route"}

// HTML writes the report as one file that needs nothing else: an overview of
// scenario by kernel, of each scenario its checks and their verdicts, and, from
// the evidence, its frames. Without a program (JavaScript switched off) all but
// the frames is there. opt.Recordings reads the evidence; nil, or an
// error, which the page tells, leaves the frames out.
//
// Nothing of the page asks the network for anything, and its policy (CSP)
// forbids it to. Names, reasons and frames are not trusted: they reach the page
// as text only. The same report and recordings give the same bytes.
func HTML(w io.Writer, rep Report, opt Options) error {
	d, err := newDocument(rep, opt.Recordings)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "top", d); err != nil {
		return err
	}
	if _, err := w.Write(bytes.Map(visible, b.Bytes())); err != nil {
		return err
	}
	for _, block := range d.blocks {
		// Base64 has no character that could end the element.
		if _, err := fmt.Fprintf(w, "<script type=\"text/plain\" id=\"%s\">%s</script>\n", block.id, block.data); err != nil {
			return err
		}
	}
	b.Reset()
	if err := pages.ExecuteTemplate(&b, "end", d); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"duration": duration, "plural": plural,
	"arg": func(v *variant, c htmlCheck) checkOf { return checkOf{v, c} },
}).ParseFS(assets, "html/*.tmpl"))

// assetsOf are the page's own style and program.
type assetsOf struct {
	Style  template.CSS
	Early  template.JS // runs before the first paint
	Script template.JS
}

// first tells the style sheet that there is a program.
const first = `document.documentElement.className="js";`

func (assetsOf) load() assetsOf {
	var js strings.Builder
	js.WriteString("\"use strict\";(()=>{\n")
	for _, name := range scripts {
		js.WriteString(asset(name + ".js"))
	}
	js.WriteString("})();")
	return assetsOf{template.CSS(asset("page.css") + draw.CSS), template.JS(first), template.JS(js.String())}
}

func asset(name string) string {
	b, err := assets.ReadFile("html/" + name)
	if err != nil {
		panic(err) // it is embedded: a name is wrong
	}
	return string(b)
}

// Policy is the page's Content-Security-Policy: its own style and programs, by
// their digests, and nothing else, from nowhere.
func (a assetsOf) Policy() string {
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src " + digest(string(a.Style)) +
		"; script-src " + digest(string(a.Early)) + " " + digest(string(a.Script))
}

// visible replaces what could move the text around it.
func visible(r rune) rune {
	if r != '\n' && control(r) {
		return '\ufffd'
	}
	return r
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
