package recording

// Foreign is what captures that others made leave open. Where a Recording has
// it, no step of it was driven by netverify: there are no fences, and nobody
// noted what the sockets got or what the kernel said.
type Foreign struct {
	Steps  []bool         // by index of Recording.Steps: the captures are of it
	Points []ForeignPoint // by index of Recording.Points
	Frames []int          // by index of Recording.Observations: the number of the frame in its file, from 1
	Sent   [][][]byte     `json:",omitempty"` // by index of Recording.Steps: the frames that the step crafts, whatever marks they bear
	Clocks []string       // places whose times contradict each other, in words
}

// ForeignPoint tells of the capture of one point.
type ForeignPoint struct {
	File string
	// Cooked captures (tcpdump -i any) have no destination MAC: it is zero
	// where the kernel did not take the frame for a broadcast.
	Cooked bool
	// Tags tells that VLAN tags are known to be in the capture. A network card,
	// or a capture's driver, may have taken them away.
	Tags bool
}
