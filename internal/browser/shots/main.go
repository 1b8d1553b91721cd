// Command shots takes the pictures of docs/screenshots from a report:
//
//	shots report.html docs/screenshots
//
// The report must hold a scenario that failed.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"

	"netverify/internal/browser"
	"netverify/internal/whole"
)

// shot is one picture.
type shot struct {
	name   string
	view   browser.View
	script string // run on the page, from the overview
	ready  string // what holds then
}

// failure opens the first result that failed, and the second frame of what it
// tells of the journey.
const failure = `document.querySelector(".troubled .why a").click()`

var shots = []shot{
	{"overview", browser.View{Width: 1280, Height: 800}, "true", `document.querySelector(".matrix") !== null`},
	{"failure", browser.View{Width: 1280, Height: 1060}, failure, `document.querySelector(".panel") !== null`},
	{"failure-dark", browser.View{Width: 1280, Height: 1060, Dark: true}, failure, `document.querySelector(".panel") !== null`},
	{"frame", browser.View{Width: 1280, Height: 860}, failure, `document.querySelector(".panel") !== null`},
	{"phone", browser.View{Width: 400, Height: 800}, failure, `document.querySelector(".diagram") !== null`},
}

// marked shows the diagram, and the bytes of a field of the open frame.
const marked = `(() => {
	document.querySelector(".evidence").scrollIntoView();
	document.querySelector("[data-name='arp.src.hw_mac']").click();
})()`

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: shots REPORT.html FOLDER")
		os.Exit(2)
	}
	if err := take(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "shots:", err)
		os.Exit(1)
	}
}

func take(file, dir string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	b, err := browser.Start()
	if err != nil {
		return err
	}
	defer b.Close()
	for _, s := range shots {
		if err := s.take(b, "file://"+file, filepath.Join(dir, s.name+".png")); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (s shot) take(b *browser.Browser, address, name string) error {
	p, err := b.Open(address, s.view)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Do(chromedp.Evaluate(s.script, nil)); err != nil {
		return err
	}
	if err := p.Until(s.ready); err != nil {
		return err
	}
	if s.name == "frame" {
		if err := p.Do(chromedp.Evaluate(marked, nil)); err != nil {
			return err
		}
	}
	var shot []byte
	if err := p.Do(chromedp.CaptureScreenshot(&shot)); err != nil {
		return err
	}
	if trouble := p.Trouble(); len(trouble) > 0 {
		return fmt.Errorf("the page makes trouble: %q", trouble)
	}
	small, err := packed(shot)
	if err != nil {
		return err
	}
	return whole.File(name, small)
}

// packed writes a picture in 256 colours, which is all that a page of text needs.
func packed(shot []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	bounds := img.Bounds()
	used := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			used[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(used), func(a, b color.RGBA) int {
		return cmp.Or(used[b]-used[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	near := map[color.RGBA]uint8{}
	for _, c := range colours {
		near[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, near[at(x, y)])
		}
	}
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small)
	return b.Bytes(), err
}
