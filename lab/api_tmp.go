package lab

import (
	"errors"
	"net"

	"netverify/assert"
	"netverify/frame"
	"netverify/internal/netns"
	"netverify/scenarios"
)

var errSoon = errors.New("lab: being written")

// Interface is what the kernel says of one interface of a lab.
type Interface struct {
	Ref       scenarios.Ref
	Kind      string // rtnl kind; "loopback" for lo
	Ifindex   int
	MAC       net.HardwareAddr
	MTU       int // bytes, without the Ethernet header
	OperState string
	Parent    *scenarios.Ref // parent, or the other end of a cable; nil if there is none in the lab
	Mode      string         // of macvlan, macvtap, ipvlan and bond
}

type Lab struct{}

type Finding struct {
	Name   string
	OK     bool
	Detail string // what was found
	Advice string // what to do about it; "" where OK
}

func Build(plan *scenarios.Plan) (*Lab, error)                           { return nil, errSoon }
func (l *Lab) Interfaces() []Interface                                   { return nil }
func (l *Lab) Bindings() frame.Bindings                                  { return nil }
func (l *Lab) Facts() []assert.Fact                                      { return nil }
func (l *Lab) NS(node string) *netns.NS                                  { return nil }
func (l *Lab) Lookup(ref scenarios.Ref) (int, net.HardwareAddr, bool)    { return 0, nil, false }
func (l *Lab) Preconditions() []string                                   { return nil }
func (l *Lab) DropCounters() (map[string]uint64, error)                  { return nil, errSoon }
func (l *Lab) Set(s scenarios.Setting) error                             { return errSoon }
func (l *Lab) Create(c *scenarios.Create) error                          { return errSoon }
func (l *Lab) Remove(r scenarios.Ref) error                              { return errSoon }
func (l *Lab) State(wants []assert.StateWant) ([]frame.StateFact, error) { return nil, errSoon }
func (l *Lab) ForgetUnresolved() error                                   { return errSoon }
func (l *Lab) Close() error                                              { return errSoon }
func Probe(f scenarios.Feature) error                                    { return errSoon }
func EnsurePrivilege(args []string) (reexeced bool, exit int, err error) { return false, 0, errSoon }
func Diagnose() []Finding                                                { return nil }
