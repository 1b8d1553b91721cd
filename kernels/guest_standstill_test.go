package kernels

import (
	"strings"
	"testing"
)

func TestWhereAGuestStood(t *testing.T) {
	const head = "[    9.1] Uhhuh. NMI received for unknown reason 30 on CPU 0.\n" +
		"[    9.1] Kernel panic - not syncing: NMI: Not continuing\n[    9.1] Call Trace:\n[    9.1]  <NMI>\n[    9.1]  panic+0x107/0x2fe\n"
	for _, tt := range []struct{ name, console, where string }{
		{"spinning", head + "[    9.1] RIP: 0010:macvlan_queue_xmit+0x12/0x3a0 [macvlan]\n[    9.1]  </NMI>\n[    9.1]  <TASK>\n" +
			"[    9.1]  dev_hard_start_xmit+0xd6/0x1d0\n[    9.1]  ? nf_hook+0x1/0x2\n[    9.1]  __dev_queue_xmit+0x7c4/0xcc0\n[    9.1]  </TASK>\n[    9.1]  later+0x1/0x2\n",
			"in the kernel, in macvlan_queue_xmit < dev_hard_start_xmit < __dev_queue_xmit"},
		{"idle", head + "[    9.1] RIP: 0010:default_idle+0x10/0x20\n[    9.1]  </NMI>\n", "idle (default_idle): everybody in it waits"},
		{"a program", head + "[    9.1] RIP: 0033:0x4a1c\n", "in a program, not in the kernel"},
		{"mute", head, ""},
		{"nothing", "[    1.0] hello\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := strings.Split("[    0.5] first\n"+tt.console, "\n")
			before, where := standstill(lines)
			if where != tt.where {
				t.Errorf("%q, want %q", where, tt.where)
			}
			if _, panicked := panicLine(before); panicked || before[0] != lines[0] {
				t.Errorf("what was before the NMI: %q", before)
			}
		})
	}
}
