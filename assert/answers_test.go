package assert

import (
	"reflect"
	"testing"

	"netverify/frame"
)

// TestWhichFieldsAskAboutTheCapture holds aboutFrame to the field table: a
// field whose values change with the capture must not be answered from memory.
func TestWhichFieldsAskAboutTheCapture(t *testing.T) {
	udp := ipv4(c2.mac, c1.mac, c1.ip, c2.ip, 17, 64, []byte{0, 7, 0, 7, 0, 9, 0x12, 0x34, 1})
	tcp := ipv4(c2.mac, c1.mac, c1.ip, c2.ip, 6, 64, append([]byte{0, 7, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0, 1, 0x12, 0x34}, 0, 0))
	fields, differ := frame.Fields(), 0
	for _, data := range [][]byte{udp, tcp, echo(c1, c2, 0, 1), whoHas(c1, c2), igmp(c1), tagged(5, bare(c1, 1))} {
		f := frame.New(data)
		a := frame.View{Frame: f, Number: 1, Interface: "c1:eth0", At: 1, Dir: frame.In}
		b := frame.View{Frame: f, Number: 2, Interface: "c2:eth0", At: 2, Dir: frame.Out, ChecksumPending: true}
		for i := range fields {
			if reflect.DeepEqual(fields[i].AppendValues(nil, &a), fields[i].AppendValues(nil, &b)) {
				continue
			}
			differ++
			if aboutFrame(fields[i].Name) {
				t.Errorf("%s depends on more than the frame", fields[i].Name)
			}
		}
	}
	if differ == 0 {
		t.Error("no field depends on the capture: the views do not differ")
	}
}

// TestAFilterAboutTheCaptureIsAskedEachTime: one frame, two taps.
func TestAFilterAboutTheCaptureIsAskedEachTime(t *testing.T) {
	b := newBook().step(ask(look(KindSeen, "host:eth0", `frame.interface_name == "host:eth0" && arp`).times(1, 1),
		look(KindNever, "c1:eth0", `frame.interface_name == "host:eth0" && arp`))).
		see(whoHas(c1, c2), toSwitch...).rest()
	if v := Judge(&b.cas, &b.rec); v.Outcome != Pass {
		t.Errorf("%+v", v)
	}
}
