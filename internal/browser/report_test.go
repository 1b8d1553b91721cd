package browser

import (
	"errors"
	"testing"

	"github.com/chromedp/chromedp"

	"netverify/frame"
	"netverify/frame/frametest"
	"netverify/recording"
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

// TestHostileTextStaysText: nothing of what scenarios and captures say runs.
func TestHostileTextStaysText(t *testing.T) {
	const evil = `javascript:console.log(0)</noscript></script></style></svg></title><script>console.log(1)</script><img src="http://127.0.0.1:9/x" onerror="console.log(2)">` +
		`<svg onload="console.log(4)"><a href="javascript:console.log(5)">x</a>--><iframe src="http://127.0.0.1:9/y"></iframe>'"` + "`${console.log(3)}`"
	s := scenario("a/"+evil, "fail")
	s.Title, s.Reason, s.Facts = evil, evil, []report.Fact{{Key: evil, Value: evil}}
	for i := range s.Checks {
		s.Checks[i].Step, s.Checks[i].Text, s.Checks[i].Reason, s.Checks[i].Filter = evil, evil, evil, evil
		s.Checks[i].Journey = append(s.Checks[i].Journey, evil, "#2 "+evil)
	}
	s.Topology.Nodes[0].Name, s.Topology.Nodes[0].Firewall, s.Topology.Nodes[0].Trouble = evil, evil, evil
	for i := range s.Topology.Nodes[0].Interfaces {
		face := &s.Topology.Nodes[0].Interfaces[i]
		face.Name, face.Kind, face.State, face.Mode, face.Link = evil, evil, evil, evil, evil
		face.Options = map[string]string{evil: evil}
	}
	s.Verifies, s.File, s.Evidence = []string{evil}, evil, []string{evil + ".pcapng"}
	good := s
	good.Name, good.Outcome = "b/"+evil, "pass"
	all := run("debian:"+evil, s, good)
	all.Trouble = []string{evil, "WARNING: " + evil} // what the kernel logged among it
	all.Kernel.Release, all.Kernel.Build, all.Evidence = evil, evil, evil
	file := written(t, report.Of(all), func(*report.Run, string) (*recording.Recording, error) {
		rec := question()
		for i := range rec.Points {
			rec.Points[i].Node, rec.Points[i].Interface, rec.Points[i].Kind = evil, evil, evil
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
	p.want(`document.querySelectorAll("img, iframe, main script, [onload], [onerror], a[href^='javascript:']").length`, "0")
	p.want(`document.querySelector(".evidence .trouble").textContent === document.querySelector("h2[id]").textContent || document.querySelector(".current h2").textContent.includes("<img")`, "true")
	p.press(escape, escape)
	p.until(`!document.body.classList.contains("viewing")`)
	p.click(`.matrix td.pass a`)
	p.until(`document.querySelector(".diagram") !== null`)
	p.want(`document.querySelectorAll("img, iframe, main script, [onload], [onerror], a[href^='javascript:']").length`, "0")
}

// TestValuesAreThoseOfPackageFrame compares every value of every frame of the
// corpus, as the page writes it, with what the field table says.
func TestValuesAreThoseOfPackageFrame(t *testing.T) {
	views := frametest.Views(append(frametest.Whole(), frametest.Mutated(400, 3)...))
	rec := &recording.Recording{Points: []recording.Point{point("a", "eth0", 1)}, Steps: []recording.StepRecord{{Name: "all", Count: len(views)}}}
	for _, v := range views {
		rec.Observations = append(rec.Observations, recording.Observation{Dir: frame.Out, Frame: v.Frame, ChecksumPending: v.ChecksumPending, At: 1})
	}
	s := scenario("a/b", "pass")
	file := written(t, report.Of(run("debian:6.1", s)), func(*report.Run, string) (*recording.Recording, error) { return rec, nil })
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
	file := written(t, report.Of(run("debian:6.1", s)), func(*report.Run, string) (*recording.Recording, error) { return flood(2001), nil })
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
