package recording

// Reference is a kernel on which the very same scenario (by its digest) has
// passed: what another kernel refuses, or does not deliver, that one does.
type Reference struct {
	Kernel  string // as it was asked for: "debian:6.1", "host", a path
	Release string // uname -r
	From    string // who says so: "this run", the library's record, a report's file
}

// Refusal is a request that the kernel itself turned down, or did not carry out,
// for which no limit of the machine and no right of the user accounts.
type Refusal struct {
	What  string // what was asked, and of which object: "create c1:eth0 (macvlan on host:eth0)"
	Errno string // "EINVAL"; "carrier" where one did not follow
}

// Again is a further run of the scenario in a fresh lab, after a run that showed
// something to be suspected of the kernel.
type Again struct {
	Outcome string
	Keys    []string `json:",omitempty"` // as assert.Suspect's: what was to be suspected then
}
