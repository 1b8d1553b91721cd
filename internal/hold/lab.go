package hold

import "netverify/internal/netns"

// Lab is what a holder holds.
type Lab struct {
	Scenario string
	Outcome  string // "fail"
	Nodes    []Node // in the order of the plan
}

// Node is a namespace that commands may be run in.
type Node struct {
	Name       string    `json:"name"`
	Interfaces []string  `json:"interfaces"` // a line each: "eth0 macvlan on host:eth0, 192.0.2.1/24"
	NS         *netns.NS `json:"-"`          // belongs to the lab; nil at the client
}

// greeting is the first that a holder says.
type greeting struct {
	PID      int    `json:"pid"` // of the process that the user has started
	Scenario string `json:"scenario"`
	Outcome  string `json:"outcome"`
	Nodes    []Node `json:"nodes"`
}

// Command is what to run in a node. The request travels behind a single byte
// with the descriptors of its standard input, output and error.
type Command struct {
	Node     string   `json:"node"`
	Args     []string `json:"args"`     // the first is looked up in the PATH of Env
	Env      []string `json:"env"`      // "key=value"
	Dir      string   `json:"dir"`      // where to start it
	Terminal bool     `json:"terminal"` // standard input is a terminal, to be the controlling one
}

// event is what the holder says of a command: its end.
type event struct {
	Code  int    `json:"code"`  // exit status; 128 + signal where it was killed
	Error string `json:"error"` // why it could not be started; "" where it was
}

// control is what a client says of a command that runs.
type control struct {
	Signal int `json:"signal"` // for its process group
}

// Exit statuses of what was not the command's own end, as env(1) has them.
const (
	CodeUnable        = 125 // it could not be entered
	CodeNotExecutable = 126 // the command is no program
	CodeNotFound      = 127 // there is no such command
)

// streams are standard input, output and error.
const streams = 3
