package kernels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// session is one boot of a guest, seen from the host.
type session struct {
	release string
	machine *running
	accel   string
	memory  int // MiB
	ring    *ring

	greeted bool
	hello   hello
	begun   []string // names of scenarios that have begun and not ended
	results int      // that have come
	output  int64
	exit    *exitRecord
	done    *doneRecord
	broken  string // what init told last
	breaks  int    // times that it told so

	cause  cause
	err    error         // of causeContext and causeDamage
	waited time.Duration // of causeDeadline
	asked  bool          // a guest that was silent was asked where it stands

	life   uint64 // of its last pulse
	stuck  string // where a thread waits in the kernel since it has shown no life; "": none, or not in one place
	lively bool   // that pulse was another than the one before it
	beats  int    // pulses in that time that told so

	// What is nil nobody asked the guest for, and is not expected from it.
	onBegin  func(name string) error
	onResult func(*resultRecord) error
	onOutput func([]byte)
}

// cause is why the host stopped listening.
type cause uint8

const (
	_ cause = iota
	causeDone
	causeEnd // of the stream
	causeDamage
	causeDeadline
	causeContext
)

// record is one of the stream, or its end.
type record struct {
	kind    recordKind
	payload []byte
	err     error
}

// listen takes in records until the last one, the end of the stream, or a
// deadline. QEMU is gone when it returns.
func (s *session) listen(ctx context.Context, boot, silence time.Duration) {
	records := make(chan record)
	stop := make(chan struct{})
	received := make(chan struct{})
	go func() {
		defer close(received)
		receive(s.machine.results, s.ring, records, stop)
	}()
	defer func() {
		close(stop)
		<-received // QEMU is gone, and with it the other end of its pipe: nothing reads the ring any more
	}()
	defer s.machine.kill()
	pid := s.machine.process.Pid
	limit := newPatience(boot, 0)
	timer := time.NewTimer(boot)
	defer timer.Stop()
	allow := func(d time.Duration) {
		limit = newPatience(d, starved(pid))
		timer.Reset(d)
	}
	alarm := s.machine.console.alarm
	for s.cause == 0 {
		select {
		case <-alarm: // a kernel that died may still restart, or go on
			alarm = nil
			allow(min(limit.limit, deathTime))
		case r := <-records:
			if s.take(r); s.alive(r.kind) {
				allow(silence)
			}
		case <-timer.C:
			if more := limit.more(starved(pid)); more > 0 {
				timer.Reset(more)
				continue
			}
			s.cause, s.waited = causeDeadline, limit.limit
			if s.asked = s.greeted && alarm != nil; s.asked {
				s.machine.interrupt()
			}
		case <-ctx.Done():
			s.cause, s.err = causeContext, context.Cause(ctx)
		}
	}
	if s.cause == causeEnd || s.cause == causeDone { // QEMU ends by itself, and its status counts
		select {
		case <-s.machine.ended:
		case <-time.After(endTime):
		}
	}
}

// endTime is what a guest that said its last word, or whose port is closed, has
// to end. The way to reboot under a loaded host's TCG takes a second or two.
const endTime = 15 * time.Second

// deathTime is how long a guest is listened to whose kernel panicked or oopsed
// and of which nothing more comes.
const deathTime = 15 * time.Second

// receive reads records until the stream's end. It closes the stream.
func receive(r io.ReadCloser, shared *ring, records chan<- record, stop <-chan struct{}) {
	defer r.Close()
	for {
		kind, payload, err := readRecord(r)
		if err == nil {
			kind, payload, err = unfold(shared, kind, payload)
		}
		select {
		case records <- record{kind, payload, err}:
		case <-stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// unfold is the record that another stands for.
func unfold(shared *ring, kind recordKind, payload []byte) (recordKind, []byte, error) {
	if kind == recordAway {
		p, err := decodePiece(payload)
		if err != nil {
			return 0, nil, err
		}
		payload, err = shared.take(p)
		return p.kind, payload, err
	}
	if kind&squeezed != 0 {
		payload, err := unsqueeze(payload)
		return kind &^ squeezed, payload, err
	}
	return kind, payload, nil
}

// take takes in one record.
func (s *session) take(r record) {
	err := r.err
	switch {
	case errors.Is(err, io.EOF):
		s.cause = causeEnd
		return
	case err != nil:
	case !s.greeted && r.kind != recordHello && r.kind != recordBroken:
		err = fmt.Errorf("%w: the first record is of kind %d", errStreamCut, r.kind)
	default:
		err = s.known(r)
	}
	if err != nil {
		s.cause, s.err = causeDamage, err
	}
}

func (s *session) known(r record) error {
	switch r.kind {
	case recordPulse:
		return s.pulse(r.payload)
	case recordHello:
		if s.greeted {
			return lie("it greets twice")
		}
		s.greeted = true
		return decodeJSON(r.payload, &s.hello)
	case recordBegin:
		return s.begins(string(r.payload))
	case recordResult:
		return s.result(r.payload)
	case recordOutput:
		return s.wrote(r.payload)
	case recordExit:
		if s.onOutput == nil || s.exit != nil {
			return lie("a test program ends that does not run")
		}
		s.exit = &exitRecord{}
		return decodeJSON(r.payload, s.exit)
	case recordBroken:
		s.broken = string(r.payload)
		if s.breaks++; s.breaks > mostBroken {
			return lie("init is broken for the %dth time", s.breaks)
		}
	case recordDone:
		s.done = &doneRecord{}
		s.cause = causeDone
		return decodeJSON(r.payload, s.done)
	default:
		return fmt.Errorf("%w: a record of unknown kind %d", errStreamCut, r.kind)
	}
	return nil
}

// pulse takes in a sign of life, or of none.
func (s *session) pulse(payload []byte) error {
	var p pulseRecord
	if err := decodeJSON(payload, &p); err != nil {
		return err
	}
	if len(p.Stuck) > mostStuck {
		return lie("a stack of %d bytes", len(p.Stuck))
	}
	switch {
	case p.Life != s.life:
		s.life, s.stuck, s.beats, s.lively = p.Life, "", 0, true
	case p.Stuck == "" || s.beats > 0 && p.Stuck != s.stuck:
		s.stuck, s.beats, s.lively = "", 0, false
	default:
		s.stuck, s.beats, s.lively = p.Stuck, s.beats+1, false
	}
	return nil
}

// mostStuck bounds what is told of a thread's place, in bytes.
const mostStuck = 4096

// leastBeats is how many pulses in a row must have told of one place before a
// thread counts as held there: the guest's processor was free as often.
const leastBeats = 5

// alive tells whether a record of a kind shows that scenarios come forward.
func (s *session) alive(kind recordKind) bool { return kind != recordPulse || s.lively }

func (s *session) begins(name string) error {
	if s.onBegin == nil {
		return lie("%q begins, and no scenario was asked for", name)
	}
	if err := s.onBegin(name); err != nil {
		return err
	}
	s.begun = append(s.begun, name)
	return nil
}

// result hands one on; its evidence is held no longer than that takes.
func (s *session) result(payload []byte) error {
	var r resultRecord
	if err := r.decode(payload); err != nil {
		return err
	}
	if s.onResult == nil {
		return lie("a result of %q, and no scenario was asked for", r.Result.Name)
	}
	if err := s.onResult(&r); err != nil {
		return err
	}
	s.ended(r.Result.Name)
	s.results++
	return nil
}

func (s *session) wrote(b []byte) error {
	if s.onOutput == nil {
		return lie("output of a test program, and none was asked for")
	}
	if s.output += int64(len(b)); s.output > mostOutput {
		return lie("a test program wrote more than %d bytes", mostOutput)
	}
	s.onOutput(b)
	return nil
}

func (s *session) ended(name string) {
	for i, n := range s.begun {
		if n == name {
			s.begun = append(s.begun[:i:i], s.begun[i+1:]...)
			return
		}
	}
}

func (s *session) during() string {
	if len(s.begun) == 0 {
		return ""
	}
	return s.begun[len(s.begun)-1]
}

// difference says how the counts of the last record differ from what came; ""
// if they do not.
func (s *session) difference() string {
	if s.done.Results != s.results || s.done.Output != s.output {
		return fmt.Sprintf("the guest sent %d results and %d bytes of output, %d and %d came", s.done.Results, s.done.Output, s.results, s.output)
	}
	return ""
}

// check returns nil for a guest that ended as it should.
func (s *session) check() error {
	if s.cause == causeDone && s.broken == "" && s.difference() == "" {
		return nil
	}
	return s.ending()
}
