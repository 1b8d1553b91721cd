package lab

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/safchain/ethtool"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// featureWords is the number of 32-bit words of a feature set, as the kernel
// counts them: netdev features are one u64 (linux/netdev_features.h).
const featureWords = 2

// featureSet are features by their number.
type featureSet [featureWords]uint32

func (s featureSet) has(i uint) bool { return s[i/32]&(1<<(i%32)) != 0 }
func (s *featureSet) add(i uint)     { s[i/32] |= 1 << (i % 32) }
func (s *featureSet) drop(i uint)    { s[i/32] &^= 1 << (i % 32) }

// featureNames are the kernel's names of all features with their numbers: a
// constant of the running kernel (net/ethtool/common.c:netdev_features_strings),
// asked for once, as the answer takes longer than a change itself.
var featureNames struct {
	sync.Mutex
	numbers map[string]uint // nil until the first answer
}

// featureNames asks in a namespace that surely has lo.
func (n *node) featureNames() (map[string]uint, error) {
	featureNames.Lock()
	defer featureNames.Unlock()
	if featureNames.numbers != nil {
		return featureNames.numbers, nil
	}
	err := n.ns.Do(func() error {
		e, err := ethtool.NewEthtool()
		if err != nil {
			return err
		}
		defer e.Close()
		names, err := e.FeatureNames("lo")
		if err != nil {
			return err
		}
		for name, i := range names {
			if i >= 32*featureWords {
				return fmt.Errorf("feature %s has number %d: this kernel's feature sets are larger than %d words", name, i, featureWords)
			}
		}
		featureNames.numbers = names
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("names of offloads: %w", err)
	}
	return featureNames.numbers, nil
}

// featureAliases are ethtool(8)'s own names for what the kernel names otherwise.
var featureAliases = map[string]string{
	"tx": "tx-checksum-ip-generic", "tx-checksumming": "tx-checksum-ip-generic",
	"rx": "rx-checksum", "rx-checksumming": "rx-checksum",
	"sg": "tx-scatter-gather", "scatter-gather": "tx-scatter-gather",
	"tso": "tx-tcp-segmentation", "tcp-segmentation-offload": "tx-tcp-segmentation",
	"gso": "tx-generic-segmentation", "generic-segmentation-offload": "tx-generic-segmentation",
	"gro": "rx-gro", "generic-receive-offload": "rx-gro",
	"lro": "rx-lro", "large-receive-offload": "rx-lro",
	"rxvlan": "rx-vlan-hw-parse", "rx-vlan-offload": "rx-vlan-hw-parse",
	"txvlan": "tx-vlan-hw-insert", "tx-vlan-offload": "tx-vlan-hw-insert",
}

// isOffload tells by a feature's name whether it lets a device, or its
// stand-in, change how a frame looks to a tap: checksums left open, several
// segments in one frame, tags beside the frame.
func isOffload(name string) bool {
	for _, p := range []string{"tx-checksum", "rx-checksum", "tx-scatter-gather", "tx-gso", "rx-gro", "rx-lro", "tx-tcp", "tx-udp"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return strings.HasSuffix(name, "-segmentation") || strings.Contains(name, "-vlan-") && !strings.HasSuffix(name, "-filter")
}

// isTagOffload tells whether a feature lets a device put a VLAN tag into a
// frame, or take it out: until then, and from then on, the tag is beside it.
func isTagOffload(name string) bool {
	return strings.Contains(name, "-vlan-") && (strings.HasSuffix(name, "-hw-insert") || strings.HasSuffix(name, "-hw-parse"))
}

// gfeatures is struct ethtool_gfeatures with its blocks.
type gfeatures struct {
	cmd, size uint32
	block     [featureWords]struct{ available, requested, active, neverChanged uint32 }
}

// sfeatures is struct ethtool_sfeatures with its blocks.
type sfeatures struct {
	cmd, size uint32
	block     [featureWords]struct{ valid, requested uint32 }
}

// ifreqData is struct ifreq with ifr_data.
type ifreqData struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [16]byte
}

// ethtool makes an ioctl in the connection's namespace: SIOCETHTOOL is taken by
// any socket of it (net/socket.c:sock_do_ioctl).
func (c *conn) ethtool(name string, data unsafe.Pointer) error {
	req := ifreqData{data: data}
	copy(req.name[:unix.IFNAMSIZ-1], name)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(c.fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&req))); errno != 0 {
		return errno
	}
	return nil
}

// features reads which features can be changed and which are active.
func (c *conn) features(name string) (changeable, active featureSet, err error) {
	g := gfeatures{cmd: unix.ETHTOOL_GFEATURES, size: featureWords}
	if err := c.ethtool(name, unsafe.Pointer(&g)); err != nil {
		return changeable, active, fmt.Errorf("read offloads of %s: %w", name, err)
	}
	for i, b := range g.block {
		changeable[i], active[i] = b.available&^b.neverChanged, b.active
	}
	return changeable, active, nil
}

// setFeatures makes the features of mask those of on.
func (c *conn) setFeatures(name string, mask, on featureSet) error {
	s := sfeatures{cmd: unix.ETHTOOL_SFEATURES, size: featureWords}
	for i := range s.block {
		s.block[i].valid, s.block[i].requested = mask[i], on[i]
	}
	return c.ethtool(name, unsafe.Pointer(&s))
}

func (n *node) offloadsOff() error {
	for _, i := range n.ifaces {
		if err := i.setOffloads(i.spec.Features, isOffload, i.spec.Pos); err != nil {
			return err
		}
	}
	return nil
}

// setOffloads changes the named features, gives those of others that can be
// changed the lab's setting (off, but for those of tags where the
// plan wants these beside the frames), and reads the outcome back. All of it is one
// request: the kernel derives features from each other.
func (i *iface) setOffloads(want map[string]bool, others func(string) bool, pos scenarios.Pos) error {
	err := func() error {
		names, err := i.node.featureNames()
		if err != nil {
			return err
		}
		c := i.node.conn
		changeable, active, err := c.features(i.name)
		if err != nil {
			return err
		}
		var mask, on featureSet
		for name, number := range names {
			if others == nil || !others(name) || !changeable.has(number) {
				continue
			}
			mask.add(number)
			if i.node.lab.vlanOffload && isTagOffload(name) {
				on.add(number)
			}
		}
		for name, v := range want {
			number, err := featureNumber(names, name)
			if err != nil {
				return err
			}
			if active.has(number) != v && !changeable.has(number) {
				return &fixedOffload{name, i.spec.Kind, active.has(number)}
			}
			mask.add(number)
			on.drop(number)
			if v {
				on.add(number)
			}
		}
		if (active[0]^on[0])&mask[0] == 0 && (active[1]^on[1])&mask[1] == 0 {
			return nil
		}
		if err := c.setFeatures(i.name, mask, on); err != nil {
			return err
		}
		return i.checkOffloads(names, mask, on)
	}()
	return i.node.lab.fail(pos, i.node.plan.Pos, "set offloads of", i.ref().String(), err)
}

// settleTags gives an interface its offloads of tags ahead of the others, which
// may have to wait for its parent's: at its creation a VLAN interface settles
// by them who writes its tag into headers (net/8021q/vlan_dev.c:vlan_dev_init).
func (i *iface) settleTags() error {
	want := maps.Clone(i.spec.Features)
	maps.DeleteFunc(want, func(name string, _ bool) bool { return !isTagOffload(canonical(name)) })
	return i.setOffloads(want, isTagOffload, i.spec.Pos)
}

// offloadsOfSet is setOffloads for a step. What comes of those that the step
// judges itself is for its verdict.
func (i *iface) offloadsOfSet(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	err := i.setOffloads(s.Features, nil, pos)
	name := ""
	var fixed *fixedOffload
	var derived *derivedOffload
	switch {
	case errors.As(err, &fixed):
		name = fixed.name
	case errors.As(err, &derived):
		name = derived.name
	}
	if name != "" && slices.Contains(s.Judged, "features."+name) {
		return nil
	}
	return err
}

// checkOffloads compares what is active with what was asked for.
func (i *iface) checkOffloads(names map[string]uint, mask, on featureSet) error {
	_, active, err := i.node.conn.features(i.name)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if n := names[name]; mask.has(n) && active.has(n) != on.has(n) {
			return &derivedOffload{name, on.has(n), active.has(n)}
		}
	}
	return nil
}

// fixedOffload is one that a kind of device does not let be changed: to ask for
// it is a mistake of the scenario, as ethtool(8) shows it as [fixed]. A macvlan
// has its checksum offload and its segmentation for good, whatever its parent
// has (drivers/net/macvlan.c:ALWAYS_ON_OFFLOADS).
type fixedOffload struct {
	name string
	kind scenarios.InterfaceKind
	on   bool
}

func (f *fixedOffload) Error() string {
	return fmt.Sprintf("%s is %s for good on a %s (ethtool -k shows it as [fixed]): leave it out of features", f.name, onOff(f.on), f.kind)
}

// derivedOffload is one that the kernel did not change because of others: what
// goes together is its rule (net/core/dev.c:netdev_fix_features,
// netdev_sync_upper_features), and no request that it took and did not carry out.
type derivedOffload struct {
	name    string
	on, got bool
}

func (d *derivedOffload) Error() string {
	return fmt.Sprintf("%s: asked for %s, and it is %s: the kernel derives offloads from each other (segmentation needs tx-scatter-gather and a tx-checksum, what stands on a link follows it): write those that it needs as well, or leave it out",
		d.name, onOff(d.on), onOff(d.got))
}

// canonical is the kernel's name of what ethtool(8) may name otherwise.
func canonical(name string) string {
	if alias, ok := featureAliases[name]; ok {
		return alias
	}
	return name
}

func featureNumber(names map[string]uint, name string) (uint, error) {
	n, ok := names[canonical(name)]
	if !ok {
		return 0, fmt.Errorf("no offload is named %q: %w", name, unix.EINVAL)
	}
	return n, nil
}

func onOff(v bool) string {
	if v {
		return "on"
	}
	return "off"
}
