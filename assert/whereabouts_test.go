package assert

import (
	"strings"
	"testing"

	"netverify/recording"
)

// TestWhereAQuestionEnded: a question that the stack it was for did not take, an
// answer to the search for its way that the stack did not take, and an answer at
// another interface than the question had left by, are told as what they are.
func TestWhereAQuestionEnded(t *testing.T) {
	const unreached = "fail: request 1 of 1 was not answered"
	const unsent = "so that the request itself was not sent (the neighbour 192.0.2.2 was incomplete)"
	for _, tt := range []struct {
		name string
		see  func(b *book)
		want []string
	}{
		{"nobody answers the search", func(b *book) { b.see(whoHas(c1, c2), reflected...) },
			[]string{", and nobody answered it, " + unsent}},
		{"the search arrives with a tag", func(b *book) { b.see(whoHas(c1, c2), toSwitch...).see(tagged(10, whoHas(c1, c2)), "c2:eth0 in") },
			[]string{"#4 c2:eth0 in", ", whose stack did not take it, as it bears the tag of VLAN 10 (TPID 0x8100), and c2:eth0 is not of that VLAN, and nobody answered it"}},
		{"it is answered with a tag", func(b *book) { b.see(whoHas(c1, c2), reflected...).see(tagged(10, isAt(c2, c1)), "c1:eth0 in") },
			[]string{", and its answer did come, but the stack did not take it, as it bears the tag of VLAN 10 (TPID 0x8100), and c1:eth0 is not of that VLAN: #7 c1:eth0 in", unsent}},
		{"it is answered", func(b *book) { b.see(whoHas(c1, c2), reflected...).see(isAt(c2, c1), "c1:eth0 in") },
			[]string{"the question was last seen at #6 c2:eth0 in", "without " + unsent}},
		{"it is answered elsewhere", func(b *book) { b.see(whoHas(c1, c2), reflected...).see(isAt(c2, c1), "c1:eth9 in") },
			[]string{"; an answer came in at c1:eth9 and not at c1:eth0, by which the question had left: #7 c1:eth9 in", unsent}},
		{"the request is answered elsewhere", func(b *book) { b.see(echo(c1, c2, 0, 1), reflected...).see(echoReply(c2, c1, 0, 1), "c1:eth9 in") },
			[]string{"; an answer came in at c1:eth9 and not at c1:eth0, by which the question had left: #7 c1:eth9 in"}},
		{"the request arrives with a tag", func(b *book) {
			b.see(echo(c1, c2, 0, 1), toSwitch...).see(tagged(10, echo(c1, c2, 0, 1)), "c2:eth0 in")
		},
			[]string{", whose stack did not take it, as it bears the tag of VLAN 10"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook()
			b.rec.Points = append(append([]recording.Point(nil), bookPoints...), recording.Point{Node: "c1", Interface: "eth9", Kind: "veth"})
			b.step(ask(replies(ReplyWant{})))
			tt.see(b)
			k := b.rest().judge()
			verdict(t, k, unreached)
			for _, want := range tt.want {
				if without, not := strings.CutPrefix(want, "without "); strings.Contains(k.Reason, without) == not {
					t.Errorf("%q: %s", want, k.Reason)
				}
			}
		})
	}
}
