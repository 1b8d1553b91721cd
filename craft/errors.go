package craft

// Error is one thing wrong with a Spec.
type Error struct {
	Path string // field as the scenario spells it: "vlan[1].id", "arp.sender"; "" for the Spec as a whole
	Msg  string // "5000 is out of range 0-4095"
}

// Error returns "path: message".
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Msg
	}
	return e.Path + ": " + e.Msg
}
