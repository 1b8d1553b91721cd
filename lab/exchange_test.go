package lab

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// message is one of netlink's, padded.
func message(typ, flags uint16, seq uint32, payload ...byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = append(binary.NativeEndian.AppendUint32(b, 0), payload...)
	return append(b, make([]byte, -len(b)&3)...)
}

func TestAnswersAreReadToTheirEnds(t *testing.T) {
	refused := binary.NativeEndian.AppendUint32(nil, ^uint32(unix.EINVAL)+1)
	echo := message(unix.RTM_NEWLINK, 0, 7, 1, 2, 3, 4)
	text := attrString(unix.NLMSGERR_ATTR_MSG, "no").Serialize()
	for _, tt := range []struct {
		name    string
		b       []byte
		msgs    int
		whole   bool
		changed bool
		err     string
	}{
		{name: "one", b: message(unix.RTM_NEWLINK, 0, 7, 1), msgs: 1, whole: true},
		{name: "part of many", b: message(unix.RTM_NEWLINK, unix.NLM_F_MULTI, 7, 1), msgs: 1},
		{name: "many and the end", b: slices.Concat(message(unix.RTM_NEWLINK, unix.NLM_F_MULTI, 7, 1), message(unix.RTM_NEWLINK, unix.NLM_F_MULTI, 7, 1, 2, 3, 4, 5), message(unix.NLMSG_DONE, unix.NLM_F_MULTI, 7, 0, 0, 0, 0)), msgs: 2, whole: true},
		{name: "changed", b: message(unix.NLMSG_DONE, unix.NLM_F_MULTI|unix.NLM_F_DUMP_INTR, 7), whole: true, changed: true},
		{name: "acknowledged", b: message(unix.NLMSG_ERROR, unix.NLM_F_CAPPED, 7, 0, 0, 0, 0), whole: true},
		{name: "of an earlier request", b: message(unix.NLMSG_ERROR, 0, 6, refused...)},
		{name: "refused", b: message(unix.NLMSG_ERROR, 0, 7, slices.Concat(refused, echo)...), whole: true, err: "invalid argument"},
		{name: "refused with words", b: message(unix.NLMSG_ERROR, unix.NLM_F_ACK_TLVS, 7, slices.Concat(refused, echo, text)...), whole: true, err: "invalid argument: no"},
		{name: "capped, with words", b: message(unix.NLMSG_ERROR, unix.NLM_F_ACK_TLVS|unix.NLM_F_CAPPED, 7, slices.Concat(refused, echo[:unix.NLMSG_HDRLEN], text)...), whole: true, err: "invalid argument: no"},
		{name: "a list that ends with an error", b: message(unix.NLMSG_DONE, unix.NLM_F_MULTI|unix.NLM_F_ACK_TLVS, 7, slices.Concat(refused, text)...), whole: true, err: "invalid argument: no"},
		{name: "longer than it is", b: append(binary.NativeEndian.AppendUint32(nil, 99), make([]byte, 12)...), err: "a netlink message of 99 bytes in 16"},
		{name: "shorter than a header", b: make([]byte, 16), err: "a netlink message of 0 bytes in 16"},
	} {
		a := answer{seq: 7}
		err := a.take(tt.b)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if len(a.msgs) != tt.msgs || a.whole != tt.whole || a.changed != tt.changed || got != tt.err {
			t.Errorf("%s: %d messages, whole %t, changed %t, %q; want %d, %t, %t, %q", tt.name, len(a.msgs), a.whole, a.changed, got, tt.msgs, tt.whole, tt.changed, tt.err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(message(unix.NLMSG_ERROR, unix.NLM_F_ACK_TLVS, 7, 1, 0, 0, 0, 255, 255, 255, 255))
	f.Add(message(unix.NLMSG_DONE, 0, 7))
	f.Fuzz(func(t *testing.T, b []byte) {
		a := answer{seq: 7}
		if err := a.take(b); err == nil && len(a.msgs) > len(b)/unix.NLMSG_HDRLEN {
			t.Errorf("%d messages in %d bytes", len(a.msgs), len(b))
		}
	})
}

func TestAClosedSocketSaysSo(t *testing.T) {
	var s rtSocket
	if err := s.open(); err != nil {
		t.Fatal(err)
	}
	s.close()
	s.close()
	if _, err := s.exchange(nl.NewNetlinkRequest(unix.RTM_GETLINK, 0)); !errors.Is(err, unix.EBADF) {
		t.Errorf("%v, want EBADF", err)
	}
}
