package browser

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

	"netverify/frame"
	"netverify/frame/frametest"
	"netverify/report"
)

const lit = `[...document.querySelectorAll(".dump [role=gridcell].lit")].map(e => e.textContent).join(" ")`

// TestFromAFailureToItsBytes is the way of somebody who was not there.
func TestFromAFailureToItsBytes(t *testing.T) {
	p := open(t, vepa(t), "", View{})
	p.until(`document.querySelector(".troubled") !== null`)
	p.want(`document.title`, "netverify: 1 scenario needs a look")
	p.want(`document.querySelector(".troubled .said").textContent`, "expected next at c2:eth0 in; the last place is #4 sw:p1 in")
	p.click(`.troubled .why a`)
	p.until(`document.querySelector(".panel") !== null`)
	p.want(`document.querySelector(".panel h3").textContent`, "Frame 4 at sw:p1 in") // the frame beside the check, unasked
	p.want(`document.querySelector(".badcheck .said a").getAttribute("href")`, "#macvlan/vepa@debian:6.1/f4")

	// From the check to another frame, and from that back to its check.
	p.click(`.badcheck .way a[data-frame="2"]`)
	p.until(`document.querySelector(".panel").dataset.number === "2"`)
	p.want(`location.hash`, "#macvlan/vepa@debian:6.1/f2")
	p.want(`document.querySelectorAll(".row.f.on").length`, "3") // its journey is lit
	p.want(`[...document.querySelectorAll(".journey a")].map(a => a.textContent).join(", ")`, "#2 c1:eth0 out, #3 host:eth0 out, #4 sw:p1 in")
	p.click(`.decides a[data-goto-check="1"]`)
	p.until(`document.activeElement.dataset.check === "1"`)
	p.want(`location.hash`, "#macvlan/vepa@debian:6.1/c1")

	// A field and its bytes, either way.
	p.click(`.row.f[data-index="2"]`)
	p.until(`document.querySelector(".panel").dataset.number === "3"`)
	p.click(`.field[data-name="eth.type"]`)
	p.want(lit, "08 06")
	p.want(`location.hash`, "#macvlan/vepa@debian:6.1/f3/eth.type")
	p.do(chromedp.Focus(`.dump [data-off="22"]`, chromedp.ByQuery))
	p.until(`document.querySelector(".field.lit").dataset.name === "arp.src.hw_mac"`)
	p.want(lit, "02 00 00 00 03 01")

	// The command that opens the frame elsewhere.
	p.want(`[...document.querySelectorAll(".panel .command code")].map(e => e.textContent).join("; ")`,
		"wireshark -r evidence/6.1/macvlan/vepa.pcapng -g 3; tshark -r evidence/6.1/macvlan/vepa.pcapng -Y 'frame.number==3' -V")
	p.do(chromedp.Reload())
	p.until(`document.querySelector(".field[aria-current]") !== null`)
	p.want(lit, "08 06")
}

// TestAChecksFilterIsACommand that selects its frames in Wireshark.
func TestAChecksFilterIsACommand(t *testing.T) {
	p := open(t, vepa(t), "#macvlan/vepa@debian:6.1/f2", View{})
	p.until(`document.querySelector(".panel") !== null`)
	p.want(`[...document.querySelectorAll(".panel .command code")].at(-1).textContent`, "tshark -r evidence/6.1/macvlan/vepa.pcapng -Y 'arp'")
}

func TestFencesAndNoiseAreHiddenUntilAsked(t *testing.T) {
	p := open(t, vepa(t), "#bridge/hairpin@debian:7.2", View{})
	p.until(`document.querySelector(".diagram") !== null`)
	numbers := `[...document.querySelectorAll(".row.f .n")].map(e => e.textContent).join(" ")`
	p.want(numbers, "2 3 4")
	p.want(`[...document.querySelectorAll(".node")].map(e => e.textContent).join(" ")`, "swp1 hosteth0 c1eth0 c2eth0") // c2:eth0: a check names it
	p.click(`[data-view="fences"]`)
	p.want(numbers, "1 2 3 4 6")
	p.click(`[data-view="noise"]`)
	p.want(numbers, "1 2 3 4 5 6")
	p.click(`[data-view="idle"]`)
	p.want(`document.querySelectorAll(".node i").length`, "5")
	p.want(`document.activeElement.dataset.view`, "idle")
	p.click(`[data-view="fences"]`)
	p.want(numbers, "2 3 4 5")
}

func TestSearchAndFilters(t *testing.T) {
	file := vepa(t)
	p := open(t, file, "", View{})
	shown := `[...document.querySelectorAll(".matrix tbody:not([hidden]) tr:not(.head):not([hidden])")].map(r => r.querySelector("a").textContent).join(" ")`
	all := "macvlan/vepa bridge/hairpin vlan/trunk"
	p.until(shown + ` === "` + all + `"`)
	p.do(chromedp.SendKeys("#q", "HAIR pin", chromedp.ByQuery))
	p.want(shown, "bridge/hairpin")
	p.want(`document.querySelector("#shown").textContent`, "1 of 3")
	p.want(`location.hash`, "#?q=HAIR+pin")
	p.do(chromedp.Reload())
	p.until(shown + ` === "bridge/hairpin"`)
	p.do(chromedp.SendKeys("#q", "zzz", chromedp.ByQuery))
	p.want(shown, "")
	p.click("#clear")
	p.want(shown, all)
	p.click(`.chip[data-outcome="fail"]`)
	p.want(shown, "macvlan/vepa")
	p.click(`.chip[data-outcome="skip"]`)
	p.want(shown, "macvlan/vepa vlan/trunk")
	p.do(chromedp.SetValue("#by-kernel", "1", chromedp.ByQuery), chromedp.Evaluate(`document.querySelector("#by-kernel").dispatchEvent(new Event("input", {bubbles: true}))`, nil))
	p.want(shown, "vlan/trunk")

	p = open(t, file, "#?d=1", View{})
	p.until(shown + ` === "macvlan/vepa"`)
	p = open(t, file, "#?s=slowest", View{})
	p.until(shown + ` === "bridge/hairpin macvlan/vepa vlan/trunk"`)
	p = open(t, file, "#?s=worst&t=vlan", View{})
	p.until(shown + ` === "vlan/trunk"`)
}

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

// TestHostileTextStaysText: nothing of what scenarios and captures say runs.
func TestHostileTextStaysText(t *testing.T) {
	const evil = `</noscript></script><script>console.log(1)</script><img src="http://127.0.0.1:9/x" onerror="console.log(2)">'"` + "`${console.log(3)}`"
	s := scenario("a/"+evil, "fail")
	s.Title, s.Reason, s.Facts = evil, evil, []report.Fact{{Key: evil, Value: evil}}
	for i := range s.Checks {
		s.Checks[i].Step, s.Checks[i].Text, s.Checks[i].Reason, s.Checks[i].Filter = evil, evil, evil, evil
		s.Checks[i].Journey = append(s.Checks[i].Journey, evil, "#2 "+evil)
	}
	s.Topology.Nodes[0].Name = evil
	good := s
	good.Name, good.Outcome = "b/"+evil, "pass"
	file := written(t, report.Of(run("debian:"+evil, s, good)), func(*report.Run, string) (*frame.Recording, error) {
		rec := question()
		for i := range rec.Points {
			rec.Points[i].Node = evil
		}
		rec.Steps[0].Name = evil
		rec.Observations[1].Frame = frame.New([]byte(evil))
		return rec, errors.New(evil)
	})
	p := open(t, file, "", View{})
	p.until(`document.querySelectorAll(".matrix a").length > 3`)
	p.click(`.matrix td.fail a`)
	p.until(`document.querySelector(".panel") !== null`)
	p.click(`.row.f`)
	p.until(`document.querySelector(".panel").dataset.number === "2"`)
	p.want(`document.querySelectorAll("img, main script").length`, "0")
	p.want(`document.querySelector(".evidence .trouble").textContent === document.querySelector("h2[id]").textContent || document.querySelector(".current h2").textContent.includes("<img")`, "true")
	p.press(escape, escape)
	p.until(`!document.body.classList.contains("viewing")`)
	p.click(`.matrix td.pass a`)
	p.until(`document.querySelector(".diagram") !== null`)
	p.want(`document.querySelectorAll("img, main script").length`, "0")
}

// TestValuesAreThoseOfPackageFrame compares every value of every frame of the
// corpus, as the page writes it, with what the field table says.
func TestValuesAreThoseOfPackageFrame(t *testing.T) {
	views := frametest.Views(append(frametest.Whole(), frametest.Mutated(400, 3)...))
	rec := &frame.Recording{Points: []frame.Point{point("a", "eth0", 1)}, Steps: []frame.StepRecord{{Name: "all", Count: len(views)}}}
	for _, v := range views {
		rec.Observations = append(rec.Observations, frame.Observation{Dir: frame.Out, Frame: v.Frame, ChecksumPending: v.ChecksumPending, At: 1})
	}
	s := scenario("a/b", "pass")
	file := written(t, report.Of(run("debian:6.1", s)), func(*report.Run, string) (*frame.Recording, error) { return rec, nil })
	p := open(t, file, "#a/b@debian:6.1", View{})
	p.until(`document.querySelector(".diagram") !== null`)
	p.click(`[data-view="noise"]`)
	var got [][]string
	if err := p.Ask(`[...document.querySelectorAll(".row.f")].map(row => {
		row.click();
		return [...document.querySelectorAll(".panel .field")].map(f => f.dataset.name + "=" + f.querySelector(".value").textContent).sort();
	})`, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(views) {
		t.Fatalf("%d frames on the page, want %d", len(got), len(views))
	}
	for n := range views {
		var want []string
		for _, part := range views[n].Parts() {
			for _, o := range part.Fields {
				want = append(want, o.Name+"="+o.Text(o.Value))
			}
		}
		if diff := different(want, got[n]); diff != "" {
			t.Errorf("frame %d: %s", n, diff)
		}
	}
}

// TestTwoThousandFrames: a big recording opens, and scrolls without drawing what
// is out of sight.
func TestTwoThousandFrames(t *testing.T) {
	s := scenario("a/b", "pass")
	s.Evidence = []string{"b.pcapng"}
	file := written(t, report.Of(run("debian:6.1", s)), func(*report.Run, string) (*frame.Recording, error) { return flood(2001), nil })
	p := open(t, file, "", View{})
	p.until(`document.querySelector(".matrix") !== null`)
	var took struct{ Open, Worst, Median, Rows float64 }
	if err := p.Ask(`(async () => {
		const begin = performance.now();
		location.hash = "a/b";
		while (document.querySelectorAll(".row.f").length < 2001) await new Promise(requestAnimationFrame);
		const open = performance.now() - begin;
		const times = [];
		let last = performance.now();
		const height = document.documentElement.scrollHeight;
		for (let i = 0; i < 60; i++) {
			window.scrollTo(0, height * i / 60);
			await new Promise(requestAnimationFrame);
			times.push(performance.now() - last);
			last = performance.now();
		}
		times.sort((a, b) => a - b);
		return {open, worst: times.at(-1), median: times[30], rows: document.querySelectorAll(".row.f").length};
	})()`, &took); err != nil {
		t.Fatal(err)
	}
	t.Logf("opened in %.0f ms; a frame of the screen takes %.0f ms, at most %.0f ms", took.Open, took.Median, took.Worst)
	// How long that takes is a matter of the machine; how much is drawn is not.
	var drawn int
	if err := p.Ask(`[...document.querySelectorAll(".row.f span.n")].filter(e => e.checkVisibility({contentVisibilityAuto: true})).length`, &drawn); err != nil {
		t.Fatal(err)
	}
	if drawn == 0 || drawn > 400 {
		t.Errorf("%d of 2001 rows are laid out", drawn)
	}
	p.do(chromedp.Focus(`.row.f[tabindex="0"]`, chromedp.ByQuery))
	p.press(endKey)
	p.want(`document.activeElement.dataset.index`, "2000")
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
