package browser

// Who does not read the page with a pointer, on a light screen, with a program:
// by keyboard, in the dark, on paper, without JavaScript, by a screen reader.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestByKeyboard goes from the search to the bytes and back.
func TestByKeyboard(t *testing.T) {
	p := open(t, vepa(t), "", View{})
	p.until(`document.querySelector(".matrix") !== null`)
	p.shortcut("/")
	p.want(`document.activeElement.id`, "q")
	p.press("vepa", down, enter)
	p.until(`document.querySelector(".panel") !== null`)
	p.want(`location.hash`, "#macvlan/vepa@debian:6.1/f4")
	p.do(chromedp.Focus(`.row.f[aria-selected="true"]`, chromedp.ByQuery))
	p.press(up)
	p.until(`document.querySelector(".panel").dataset.number === "3"`)
	p.shortcut("k")
	p.until(`document.querySelector(".panel").dataset.number === "2"`)
	p.want(`getComputedStyle(document.activeElement).outlineStyle`, "solid")
	p.press(enter)
	p.until(`document.activeElement.id === "frame-title"`)
	p.do(chromedp.Focus(`.field`, chromedp.ByQuery))
	p.press(down)
	p.want(`document.activeElement.dataset.name`, "eth.dst.lg")
	p.do(chromedp.Focus(`.dump [data-off="0"]`, chromedp.ByQuery))
	p.press(right, down)
	p.want(`document.activeElement.dataset.off`, "17")
	p.press(escape)
	p.until(`document.querySelector(".panel") === null`)
	p.want(`document.activeElement.dataset.index`, "1")
	p.press(escape)
	p.until(`!document.body.classList.contains("viewing")`)
	p.want(`document.querySelector("#q").value`, "vepa") // the filters are as they were
	p.want(`document.activeElement.closest("tr") !== null`, "true")
	p.shortcut("?")
	p.until(`document.querySelector("#help").open`)
	p.press(escape)
	p.until(`!document.querySelector("#help").open`)
	for range 40 { // every stop of the tabulator can be seen
		p.press(tabulator)
		p.want(`document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== "none"`, "true")
	}
}

// contrasts lists the texts that are too faint for WCAG 2.2's AA (1.4.3).
const contrasts = `(() => {
  const rgb = c => { const m = c.match(/[\d.]+/g).map(Number); return c.startsWith("color(srgb") ? [m[0]*255, m[1]*255, m[2]*255, m[3] ?? 1] : [m[0], m[1], m[2], m[3] ?? 1]; };
  const over = (a, b) => a.slice(0, 3).map((v, i) => v * a[3] + b[i] * (1 - a[3]));
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126*r + .7152*g + .0722*b; };
  const ground = e => { const list = []; for (; e; e = e.parentElement) list.push(rgb(getComputedStyle(e).backgroundColor)); let c = rgb(getComputedStyle(document.body).backgroundColor).slice(0, 3); list.reverse().forEach(l => { c = over(l, c); }); return c; };
  const bad = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode());) {
    const e = n.parentElement;
    if (!n.data.trim() || !e.checkVisibility() || e.closest(".sr, script, style, noscript, svg")) continue;
    const b = ground(e), f = over(rgb(getComputedStyle(e).color), b);
    const [hi, lo] = [light(f), light(b)].sort((x, y) => y - x);
    const ratio = (hi + .05) / (lo + .05);
    if (ratio < 4.5) bad.add(ratio.toFixed(2) + " " + e.className + " " + n.data.trim().slice(0, 30));
  }
  return [...bad].join("\n");
})()`

func TestContrastInLightAndDark(t *testing.T) {
	file := vepa(t)
	var grounds []string
	for _, dark := range []bool{false, true} {
		for _, place := range []string{"", "#?o=fail", "#macvlan/vepa@debian:6.1/f3/eth.type", "#bridge/hairpin@debian:7.2"} {
			p := open(t, file, place, View{Dark: dark})
			p.until(`document.querySelector("#overview, .diagram").checkVisibility() || document.querySelector(".diagram") !== null`)
			if faint := p.text(contrasts); faint != "" {
				t.Errorf("dark %t, %s: too faint:\n%s", dark, place, faint)
			}
			if place == "" {
				grounds = append(grounds, p.text(`getComputedStyle(document.body).backgroundColor`))
			}
		}
	}
	if grounds[0] == grounds[1] {
		t.Errorf("light and dark are the same: %s", grounds)
	}
}

// TestPrint: paper shows what did not pass in full, and no switches.
func TestPrint(t *testing.T) {
	p := open(t, vepa(t), "", View{Print: true})
	p.until(`document.querySelector(".matrix") !== null`)
	p.want(`document.querySelector("[id='macvlan/vepa'] .badcheck").checkVisibility()`, "true")
	p.want(`document.querySelector("[id='bridge/hairpin']").checkVisibility()`, "false")
	p.want(`document.querySelector(".filters").checkVisibility()`, "false")
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		pdf, _, err := page.PrintToPDF().Do(ctx)
		if err == nil && len(pdf) < 1000 {
			err = errors.New("no paper")
		}
		return err
	}))
}

// TestWithoutAProgram: all verdicts, checks and reasons are there.
func TestWithoutAProgram(t *testing.T) {
	p := open(t, vepa(t), "", View{NoScript: true})
	var text string
	p.do(chromedp.Text("main", &text, chromedp.ByQuery))
	for _, want := range []string{
		"fail on debian:6.1", "pass on debian:7.2", "expected next at c2:eth0 in; the last place is #4 sw:p1 in", "seen at c1:eth0 out: arp",
		"#3 host:eth0 out  ARP Who has 192.0.2.2?", "this kernel has no VLAN devices (CONFIG_VLAN_8021Q)", "What bridge/hairpin is about",
	} {
		if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
			t.Errorf("%q is not there", want)
		}
	}
	if strings.Contains(text, "Search") {
		t.Error("there is a search that cannot work")
	}
}

// TestAnOldBrowserStillTellsTheVerdict, and says why it shows no frames.
func TestAnOldBrowserStillTellsTheVerdict(t *testing.T) {
	p := open(t, vepa(t), "", View{})
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument("delete window.DecompressionStream").Do(ctx)
		return err
	}), chromedp.Reload())
	p.until(`document.querySelector(".troubled") !== null`)
	p.click(`.troubled .why a`)
	p.until(`document.querySelector(".evidence .trouble") !== null`)
	p.want(`document.querySelector(".evidence .trouble").textContent.startsWith("this browser cannot unpack the frames")`, "true")
	p.want(`document.querySelector(".current .badcheck").checkVisibility()`, "true")
}

// TestAccessibilityTree looks at the page as a screen reader does.
func TestAccessibilityTree(t *testing.T) {
	file := vepa(t)
	for place, want := range map[string][]string{
		"": {"main ", "heading netverify", "table Scenario by kernel", "columnheader debian:6.1", "searchbox Search scenarios", "search Scenarios",
			"rowheader macvlan/vepa What macvlan/vepa is about", "link fail 12 ms", "button fail 1", "region 3 scenarios on 2 kernels"},
		"#macvlan/vepa@debian:6.1/f3": {"main ", "heading What macvlan/vepa is about", "navigation Results of macvlan/vepa", "grid Frames",
			"columnheader frame", "complementary Frame 3 at host:eth0 out", "button close frame 3", "grid Bytes", "navigation Journey of this frame",
			"gridcell 08, byte 12, eth.type", "link decides check 2: fail", "region fail: path: c1:eth0 out, sw:p1 in, c2:eth0 in"},
	} {
		p := open(t, file, place, View{})
		p.until(`document.querySelector("` + map[bool]string{true: ".matrix", false: ".panel"}[place == ""] + `") !== null`)
		var tree struct {
			Nodes []struct {
				Ignored bool    `json:"ignored"`
				Role    axValue `json:"role"`
				Name    axValue `json:"name"`
			} `json:"nodes"`
		}
		p.do(chromedp.ActionFunc(func(ctx context.Context) error {
			return cdp.Execute(ctx, accessibility.CommandGetFullAXTree, nil, &tree)
		}))
		seen := map[string]bool{}
		for _, n := range tree.Nodes {
			if n.Ignored {
				continue
			}
			role, name := n.Role.text(), n.Name.text()
			seen[role+" "+name] = true
			if name == "" && strings.Contains(" link button searchbox combobox checkbox grid table navigation dialog img ", " "+role+" ") {
				t.Errorf("%s: a %s without a name", place, role)
			}
		}
		for _, w := range want {
			if !seen[w] {
				t.Errorf("%s: there is no %q", place, w)
			}
		}
		p.want(`(() => { const ids = [...document.querySelectorAll("[id]")].map(e => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i).join(" "); })()`, "")
	}
}

// axValue is a value of the accessibility tree. The types of package
// accessibility know less than the chromium at hand says.
type axValue struct {
	Value any `json:"value"`
}

func (v axValue) text() string {
	if v.Value == nil {
		return ""
	}
	return strings.Join(strings.Fields(fmt.Sprint(v.Value)), " ")
}
